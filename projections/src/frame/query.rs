//! How a read table is read: a statement, what its rows become, and pages by keyset (c0.4).

use std::marker::PhantomData;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use deadpool_postgres::PoolError;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::reader::{Asked, Reader};
use super::table::{Definition, Table, View};

/// Most rows one page can have: the API's 100, and one more to know whether there are more.
pub const PAGE_ROWS_MAX: u16 = 101;

/// Why a view could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No connection in time.
    #[error("no connection to the read tables")]
    Pool(#[from] PoolError),
    /// The database said no, or nothing.
    #[error("the read tables could not be read")]
    Database(#[from] tokio_postgres::Error),
}

/// A statement of the read side, whatever it returns; a test prepares every one.
pub trait Statement: Sync {
    /// The text as it is sent.
    fn sql(&self) -> &str;
}

/// A statement and what its rows become. A `static` beside its only user.
pub struct Query<V> {
    table: Option<&'static Definition>,
    text: &'static str,
    sql: OnceLock<Asked>,
    backwards: OnceLock<Asked>,
    view: PhantomData<fn() -> V>,
}

impl<T: Table> Query<T> {
    /// Whole rows of one table; `text` is what follows `select … from <table>`.
    #[must_use]
    pub const fn rows(text: &'static str) -> Self {
        Self {
            table: Some(T::DEFINITION),
            text,
            sql: OnceLock::new(),
            backwards: OnceLock::new(),
            view: PhantomData,
        }
    }
}

impl<V: View> Query<V> {
    /// A whole statement, whose columns are the fields of `V` in order.
    #[must_use]
    pub const fn view(text: &'static str) -> Self {
        Self {
            table: None,
            text,
            sql: OnceLock::new(),
            backwards: OnceLock::new(),
            view: PhantomData,
        }
    }

    /// All rows.
    ///
    /// # Errors
    /// No connection, or the database's error.
    pub async fn all(&self, reader: Reader<'_>, params: &Params<'_>) -> Result<Vec<V>, ReadError> {
        let rows = run(self.asked(), reader, params).await?;
        rows.iter().map(|row| V::from_row(row).map_err(ReadError::from)).collect()
    }

    /// A page of a list, in the list's order whichever way it is read. The statement's order and
    /// its one comparison with the row it comes after are turned around for the way back.
    ///
    /// # Errors
    /// No connection, or the database's error.
    pub async fn page(
        &self,
        reader: Reader<'_>,
        way: Way,
        params: &Params<'_>,
    ) -> Result<Vec<V>, ReadError> {
        match way {
            Way::On => self.all(reader, params).await,
            Way::Back => {
                let asked = self.backwards.get_or_init(|| Asked::new(backwards(self.sql())));
                let rows = run(asked, reader, params).await?;
                let rows = rows.iter().rev();
                rows.map(|row| V::from_row(row).map_err(ReadError::from)).collect()
            }
        }
    }

    /// The row, if there is one.
    ///
    /// # Errors
    /// No connection, or the database's error.
    pub async fn one(
        &self,
        reader: Reader<'_>,
        params: &Params<'_>,
    ) -> Result<Option<V>, ReadError> {
        Ok(self.all(reader, params).await?.into_iter().next())
    }
}

impl<V> Query<V> {
    fn asked(&self) -> &Asked {
        self.sql.get_or_init(|| {
            Asked::new(match self.table {
                Some(table) => {
                    format!("select {} from {} {}", table.columns(), table.name, self.text)
                }
                None => self.text.to_owned(),
            })
        })
    }
}

impl<V> Statement for Query<V> {
    fn sql(&self) -> &str {
        self.asked().by_nobody()
    }
}

/// The rows of a statement as a reader may see them; once more with a new plan when a rebuilt table
/// has taken the old one's place meanwhile.
pub(crate) async fn run(
    asked: &Asked,
    reader: Reader<'_>,
    params: &Params<'_>,
) -> Result<Vec<Row>, ReadError> {
    let client = reader.client().await?;
    let acts_as = reader.acts_as();
    let (mut sql, mut params) = (asked.by_nobody(), params.to_vec());
    if let Some((setting, value)) = &acts_as {
        sql = asked.by_somebody(params.len());
        params.extend([setting as &(dyn ToSql + Sync), value]);
    }
    let statement = client.prepare_cached(sql).await?;
    match client.query(&statement, &params).await {
        Err(error) if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) => {
            client.statement_cache.remove(sql, &[]);
            Box::pin(async {
                let statement = client.prepare_cached(sql).await?;
                Ok(client.query(&statement, &params).await?)
            })
            .await
        }
        answered => Ok(answered?),
    }
}

/// The statement of a list for the way back.
#[must_use]
pub fn backwards(sql: &str) -> String {
    let (rows, order) = sql.rsplit_once("order by").unwrap_or((sql, ""));
    format!("{}order by{}", rows.replacen(") < ($", ") > ($", 1), order.replace(" desc", " asc"))
}

/// A statement's parameters.
pub type Params<'a> = [&'a (dyn ToSql + Sync)];

/// Which way a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// On from a row.
    On,
    /// Back from a row.
    Back,
}

/// A page of a list that descends by (sort key, id), which is a total order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<K = DateTime<Utc>> {
    /// The sort key of the row the page is next to; the far end for the first page.
    pub key: K,
    /// The id of that row, among equal sort keys.
    pub id: Uuid,
    /// Rows at most.
    pub limit: i64,
    /// On which side of that row.
    pub way: Way,
}

impl<K: Far> Page<K> {
    /// The page after a row, or the first one; at most [`PAGE_ROWS_MAX`] rows.
    #[must_use]
    pub fn after(after: Option<(K, Uuid)>, limit: u16) -> Self {
        let (key, id) = after.unwrap_or((K::FAR, Uuid::max()));
        Self { key, id, limit: i64::from(limit.min(PAGE_ROWS_MAX)), way: Way::On }
    }

    /// The page before a row.
    #[must_use]
    pub fn before((key, id): (K, Uuid), limit: u16) -> Self {
        Self { way: Way::Back, ..Self::after(Some((key, id)), limit) }
    }
}

/// A sort key with a far end, before which every row comes: so a page's condition is always the
/// same comparison, which an index answers.
pub trait Far {
    /// Greater than any that occurs.
    const FAR: Self;
}

impl Far for DateTime<Utc> {
    const FAR: Self = DateTime::<Utc>::MAX_UTC;
}

impl Far for i64 {
    const FAR: Self = i64::MAX;
}
