//! Reads the log page by page while others check. Pages, not one long query: verify holds no
//! snapshot (log protocol, A6).

use anyhow::{Context, Result};
use eventstore::Log;
use eventstore::read::EventRows;
use tokio::sync::mpsc;

/// Events of one page: few enough that memory is used again while the processor still has it.
const PAGE: i64 = 4_000;
/// Pages read ahead of the checks.
const PAGES_AHEAD: usize = 4;

/// A page, and the position of its last event.
pub type Page = (EventRows, i64);

/// The events up to `head`, in order. Where one is missing, the last page reaches beyond it.
pub fn read_ahead(log: Log, head: i64) -> mpsc::Receiver<Result<Page>> {
    let (pages, read) = mpsc::channel(PAGES_AHEAD);
    tokio::spawn(async move {
        let mut after = 0;
        while after < head {
            let page = match page(&log, after, head).await.transpose() {
                Some(page) => page,
                None => return,
            };
            after = page.as_ref().map_or(head, |(_, last)| *last);
            if pages.send(page).await.is_err() {
                return; // Enough was found wrong.
            }
        }
    });
    read
}

/// `None` at the end of the log.
async fn page(log: &Log, after: i64, head: i64) -> Result<Option<Page>> {
    let rows = log.rows_after(after, PAGE.min(head - after)).await.context("reading the log")?;
    let last = rows.last_position().context("reading the log")?;
    Ok(last.map(|last| (rows, last)))
}
