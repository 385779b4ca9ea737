//! As whom read tables are read. Every query takes a [`Reader`], so none can be asked without
//! saying who asks; the identity lasts for the one transaction of the query (SEC-02).

use deadpool_postgres::{Client, Pool};
use futures::future::join4;
use tokio_postgres::{Error, Row, Statement};
use uuid::Uuid;

use super::query::{Params, ReadError};
use super::readers::{CURRENT_ROLE, CURRENT_USER, Capacity};

const ACT_AS: &str = "select set_config($1, $2, true)";

/// The read tables, for reading, as nobody yet.
#[derive(Debug, Clone)]
pub struct Reads {
    pool: Pool,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Identity {
    Nobody,
    User(Uuid),
    In(Capacity),
}

/// The read tables as somebody may see them.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pool: &'a Pool,
    identity: Identity,
}

impl Reads {
    /// Reads through a pool that connects as `api`, for whom rows are fenced.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// As nobody: what everybody may see.
    #[must_use]
    pub fn public(&self) -> Reader<'_> {
        self.by(Identity::Nobody)
    }

    /// As a user: their own rows, and what everybody may see.
    #[must_use]
    pub fn user(&self, user: Uuid) -> Reader<'_> {
        self.by(Identity::User(user))
    }

    /// In a capacity that the caller has been found to have.
    #[must_use]
    pub fn capacity(&self, capacity: Capacity) -> Reader<'_> {
        self.by(Identity::In(capacity))
    }

    fn by(&self, identity: Identity) -> Reader<'_> {
        Reader { pool: &self.pool, identity }
    }
}

impl Reader<'_> {
    /// A connection, as nobody.
    pub(super) async fn client(&self) -> Result<Client, ReadError> {
        Ok(self.pool.get().await?)
    }

    /// Runs a statement under the reader's identity.
    pub(super) async fn query(
        &self,
        client: &Client,
        statement: &Statement,
        params: &Params<'_>,
    ) -> Result<Vec<Row>, Error> {
        let user;
        let setting = match self.identity {
            Identity::Nobody => return client.query(statement, params).await,
            Identity::User(id) => {
                user = id.to_string();
                (CURRENT_USER, &*user)
            }
            Identity::In(capacity) => (CURRENT_ROLE, capacity.word()),
        };
        let act_as = client.prepare_cached(ACT_AS).await?;
        // All four are sent at the first poll, in this order, before any answer is awaited: one
        // flush. So whoever stops waiting has also sent the `commit`, and no identity is left on
        // the connection; a statement that fails turns it into a rollback.
        let (begun, acting, rows, ended) = join4(
            client.batch_execute("begin"),
            client.execute(&act_as, &[&setting.0, &setting.1]),
            client.query(statement, params),
            client.batch_execute("commit"),
        )
        .await;
        begun?;
        acting?;
        let rows = rows?;
        ended?;
        Ok(rows)
    }
}
