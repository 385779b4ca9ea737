//! What the server must be before history is trusted to it.

use tokio_postgres::Client;

use crate::{MigrateError, refused};

/// The oldest server the log runs on: `security_invoker` views and MERGE came with 15.
const VERSION_MIN: i32 = 15;

const SETTINGS: &str = "select
    current_setting('server_version_num')::int / 10000,
    current_setting('server_encoding'),
    current_setting('fsync'),
    current_setting('full_page_writes'),
    current_setting('synchronous_commit'),
    current_setting('data_checksums')";

/// Checks the server and answers what works but is not recommended.
pub(crate) async fn check(client: &Client, throwaway: bool) -> Result<Vec<String>, MigrateError> {
    let row = client.query_one(SETTINGS, &[]).await.map_err(refused("reading its settings"))?;
    let text = |at: usize| row.try_get::<_, String>(at).map_err(refused("reading its settings"));
    let version: i32 = row.try_get(0).map_err(refused("reading its settings"))?;
    let unfit = |reason: String| Err(MigrateError::Unfit(reason));
    if version < VERSION_MIN {
        return unfit(format!("PostgreSQL {version} is too old, at least {VERSION_MIN} is needed"));
    }
    let encoding = text(1)?;
    if encoding != "UTF8" {
        return unfit(format!("the database's encoding is {encoding}, hashes need UTF8"));
    }
    for (name, value) in [("fsync", text(2)?), ("full_page_writes", text(3)?)] {
        if value != "on" && !throwaway {
            return unfit(format!("{name} is {value}: a crash would lose answered commands"));
        }
    }
    let mut warnings = Vec::new();
    if text(4)? == "off" {
        warnings.push(
            "synchronous_commit is off by default; the writer turns it on for itself".to_owned(),
        );
    }
    if text(5)? != "on" {
        warnings.push("data_checksums are off: a rotten disk is only found by `verify`".to_owned());
    }
    Ok(warnings)
}
