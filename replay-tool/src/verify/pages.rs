//! Reads the log page by page while others check. Pages, not one long query: verify holds no
//! snapshot (log protocol, A6).

use anyhow::{Context, Result};
use eventstore::{Log, Recorded};
use tokio::sync::mpsc;

/// Events of one page: few enough that memory is used again while the processor still has it.
const PAGE: i64 = 4_000;
/// Pages read ahead of the checks.
const PAGES_AHEAD: usize = 4;

/// The events up to `head`, in order.
pub fn read_ahead(log: Log, head: i64) -> mpsc::Receiver<Result<Vec<Recorded>>> {
    let (pages, read) = mpsc::channel(PAGES_AHEAD);
    tokio::spawn(async move {
        let mut after = 0;
        while after < head {
            let page = page(&log, after, head).await;
            let last = page.as_ref().ok().and_then(|page| page.last()).map(|event| event.position);
            if pages.send(page).await.is_err() {
                return; // Enough was found wrong.
            }
            match last {
                Some(last) => after = last,
                None => return,
            }
        }
    });
    read
}

async fn page(log: &Log, after: i64, head: i64) -> Result<Vec<Recorded>> {
    let mut page = log.range(after, PAGE.min(head - after)).await.context("reading the log")?;
    // Where an event is missing the page reaches further than it should.
    page.retain(|event| event.position <= head);
    Ok(page)
}
