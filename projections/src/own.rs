//! All that read tables have of one person, table by table: what a definition says is owned, its
//! owner can take along (D12). A new table is in it without anybody's doing.

use uuid::Uuid;

use crate::ALL;
use crate::frame::query::run;
use crate::frame::reader::Asked;
use crate::frame::{Definition, ReadError, Reader};

/// Rows of one answer.
pub const PAGE_ROWS_MAX: i64 = 500;
/// A table everybody may see that is about somebody all the same: whose, says its key.
const ABOUT: (&str, &str) = ("artists", "id");

/// A table with the column that says whose a row is.
#[derive(Debug, Clone, Copy)]
pub struct OwnTable {
    definition: &'static Definition,
    owner: &'static str,
}

/// Every table with rows of persons.
#[must_use]
pub fn tables() -> Vec<OwnTable> {
    let all = ALL.iter().flat_map(|projector| projector.tables()).copied();
    let owned = all.filter_map(|definition| {
        let about = (definition.name == ABOUT.0).then_some(ABOUT.1);
        let owner = definition.readers.owner.or(about)?;
        Some(OwnTable { definition, owner })
    });
    owned.collect()
}

impl OwnTable {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.definition.name
    }

    /// A person's rows as JSON objects in the order of the key, at most [`PAGE_ROWS_MAX`]: those
    /// after a row, or the first ones.
    ///
    /// # Errors
    /// The read tables cannot be read.
    pub async fn rows(
        &self,
        reader: Reader<'_>,
        person: Uuid,
        after: Option<&str>,
    ) -> Result<Vec<String>, ReadError> {
        let rows = run(&Asked::new(self.sql()), reader, &[&person, &after]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    fn sql(&self) -> String {
        let Self { definition, owner } = self;
        let (name, key) = (definition.name, definition.key.join(", "));
        let last = definition.key.iter().map(|key| format!("last.{key}")).collect::<Vec<_>>();
        let last = last.join(", ");
        format!(
            "select row_to_json(own)::text from {name} as own where {owner} = $1 and ($2::text is null \
            or ({key}) > (select {last} from json_populate_record(null::{name}, $2::text::json) as last)) \
            order by {key} limit {PAGE_ROWS_MAX}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_somebodys_is_among_it_and_what_is_nobodys_is_not() {
        let names: Vec<_> = tables().iter().map(OwnTable::name).collect();
        for name in ["users", "purchases", "transactions", "generations", "api_keys", "artists"] {
            assert!(names.contains(&name), "{name}");
        }
        for name in ["webhook_events", "job_queue", "user_profiles", "audit_logs"] {
            assert!(!names.contains(&name), "{name}");
        }
    }
}
