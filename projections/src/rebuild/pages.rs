//! The log in pages, read and decoded once for every projector. Positions are dense, so it is
//! known beforehand where each page begins and the next is read while this one is worked on.

use std::sync::Arc;

use eventstore::follow::Mark;
use eventstore::{Decoder, Entry, Log};
use futures::{Stream, StreamExt, stream};

use super::RebuildError;

/// Events of a page.
pub(super) const PAGE: i64 = 8_000;
/// Pages being read at the same time.
const AHEAD: usize = 2;

/// Contiguous events.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) entries: Arc<Vec<Arc<Entry>>>,
    /// The last of them.
    pub(super) mark: Mark,
}

/// The pages of events after `after` until `until`, in order.
pub(super) fn pages(
    log: &Log,
    after: i64,
    until: i64,
) -> impl Stream<Item = Result<Page, RebuildError>> + use<> {
    let log = log.clone();
    let starts = (0..).map(move |page| after + page * PAGE).take_while(move |start| *start < until);
    stream::iter(starts)
        .map(move |start| {
            let (log, count) = (log.clone(), PAGE.min(until - start));
            async move { tokio::spawn(page(log, start, count)).await? }
        })
        .buffered(AHEAD)
}

/// Exactly `count` events after `start`.
async fn page(log: Log, start: i64, count: i64) -> Result<Page, RebuildError> {
    let recorded = log.range(start, count).await?;
    let mut entries = Vec::with_capacity(recorded.len());
    let mut mark = Mark { position: start, event_id: None };
    let mut decoder = Decoder::default();
    for recorded in recorded {
        let position = recorded.position;
        if position != mark.position + 1 {
            break;
        }
        mark = Mark::at(&recorded);
        let entry = decoder.decode(recorded);
        entries.push(entry.map_err(|source| RebuildError::Decode { position, source })?);
    }
    if mark.position != start + count {
        return Err(RebuildError::Gap(mark.position + 1));
    }
    Ok(Page { entries: Arc::new(entries), mark })
}
