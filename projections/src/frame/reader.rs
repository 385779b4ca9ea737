//! As whom read tables are read. Every query takes a [`Reader`], so none can be asked without
//! saying who asks; the identity lasts for the one statement of the query (SEC-02).

use std::sync::OnceLock;

use deadpool_postgres::{Client, Pool};
use uuid::Uuid;

use super::query::ReadError;
use super::readers::{CURRENT_ROLE, CURRENT_USER, Capacity};

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

    /// The setting that says who asks, and its value; `None` for nobody.
    pub(super) fn acts_as(&self) -> Option<(&'static str, String)> {
        match self.identity {
            Identity::Nobody => None,
            Identity::User(id) => Some((CURRENT_USER, id.to_string())),
            Identity::In(capacity) => Some((CURRENT_ROLE, capacity.word().to_owned())),
        }
    }
}

/// A statement in both of its forms, each written once.
pub(crate) struct Asked {
    by_nobody: String,
    by_somebody: OnceLock<String>,
}

impl Asked {
    /// Of a text.
    pub(crate) fn new(by_nobody: String) -> Self {
        Self { by_nobody, by_somebody: OnceLock::new() }
    }

    /// The text.
    pub(super) fn by_nobody(&self) -> &str {
        &self.by_nobody
    }

    /// The text, which has so many parameters of its own, with who asks as two more.
    pub(super) fn by_somebody(&self, params: usize) -> &str {
        self.by_somebody.get_or_init(|| as_reader(&self.by_nobody, params))
    }
}

/// A statement that first says who asks, by its last two parameters, and then is `sql`, which has
/// `params` of its own.
///
/// One statement, for each one more is answered, flushed and waited for by itself: a transaction
/// around it cost a read more than the rows it reads. A condition that looks at no row is decided
/// before any row is looked for, so the identity has been set by then. If it ever were not, nobody
/// would ask, and see only what everybody sees: the setting ends with the statement, and no other's is
/// left on the connection.
fn as_reader(sql: &str, params: usize) -> String {
    let (setting, value) = (params + 1, params + 2);
    format!(
        "select answer.* from ({sql}) as answer \
        where (select set_config(${setting}, ${value}, true)) is not null"
    )
}
