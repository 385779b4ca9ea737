//! Rotating the master key: every person's key is wrapped anew, a page at a time, while everything
//! serves; the keys themselves, and so the log, stay as they are.

use deadpool_postgres::Pool;

use super::{MasterKey, PERSON_KEY, SealError};
use crate::database::DatabaseError;

/// Keys of one page.
const PAGE_KEYS: i64 = 500;

const PAGE: &str = "select key, bytes from vault.records
where kind = $1 and key > $2 order by key limit $3";

/// Only what is still as it was read: a key that was destroyed meanwhile stays destroyed.
const PUT: &str = "update vault.records as r set bytes = w.after
from unnest($2::text[], $3::bytea[], $4::bytea[]) as w (key, before, after)
where r.kind = $1 and r.key = w.key and r.bytes = w.before";

/// How far a rotation is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Keys looked at.
    pub seen: u64,
    /// Keys that an older master key had wrapped.
    pub rewrapped: u64,
}

/// Wraps with the newest master key what older ones wrapped. Broken off, it is begun again and
/// finds what is left; a service that has only an older master key may add to that meanwhile.
///
/// # Errors
/// The vault cannot be reached, or a key opens with none of the master keys.
pub async fn rewrap(
    pool: &Pool,
    master: &MasterKey,
    tell: impl Fn(&Rewrapped),
) -> Result<Rewrapped, SealError> {
    let (mut so_far, mut last) = (Rewrapped::default(), String::new());
    let client = pool.get().await.map_err(DatabaseError::from)?;
    loop {
        let page = client.query(PAGE, &[&PERSON_KEY, &last, &PAGE_KEYS]).await;
        let page = page.map_err(DatabaseError::from)?;
        let Some(end) = page.last() else { return Ok(so_far) };
        last = end.get(0);
        let (mut keys, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for row in &page {
            let (key, wrapped): (String, Vec<u8>) = (row.get(0), row.get(1));
            if let Some(rewrapped) = master.rewrap(&wrapped)? {
                keys.push(key);
                before.push(wrapped);
                after.push(rewrapped);
            }
        }
        if !keys.is_empty() {
            let put = client.execute(PUT, &[&PERSON_KEY, &keys, &before, &after]).await;
            so_far.rewrapped += put.map_err(DatabaseError::from)?;
        }
        so_far.seen += page.len() as u64;
        tell(&so_far);
    }
}
