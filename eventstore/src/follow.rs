//! Following the log from a checkpoint: contiguous batches, from the feed while it brings the next
//! event, from Postgres whenever it does not.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use domain::DecodeError;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::timeout;
use uuid::Uuid;

use crate::feed::Chunk;
use crate::head::Head;
use crate::source::Source;
use crate::{DatabaseError, Decoder, Entry, Log, Recorded};

/// Most events of one batch, but for the rest of the append that the last one is of.
pub const BATCH_EVENTS_MAX: usize = 500;
/// Silence after which the head is compared.
pub const SILENCE_MAX: Duration = Duration::from_secs(1);

/// A place in the log. The event's id tells histories apart: positions are issued again when the
/// log is restored to an earlier state (log protocol, A10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The position; 0 stands before the first event.
    pub position: i64,
    /// The event at that position; none at 0.
    pub event_id: Option<Uuid>,
}

impl Mark {
    /// Before the first event.
    pub const GENESIS: Self = Self { position: 0, event_id: None };

    /// At this event.
    #[must_use]
    pub fn at(event: &Recorded) -> Self {
        Self { position: event.position, event_id: Some(event.event_id) }
    }
}

/// What to do with a delivery. It is a hint: what it means depends only on how far one has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Done already.
    Skip,
    /// The next one.
    Apply,
    /// Some before it are missing.
    Backfill,
}

/// Decides about a delivered position, given the last one that is done.
#[must_use]
pub fn plan(done: i64, delivered: i64) -> Plan {
    match delivered.cmp(&(done + 1)) {
        Ordering::Less => Plan::Skip,
        Ordering::Equal => Plan::Apply,
        Ordering::Greater => Plan::Backfill,
    }
}

/// Contiguous events after where one stood.
#[derive(Debug)]
pub struct Batch {
    /// Those one wants, in order; maybe none.
    pub entries: Vec<Arc<Entry>>,
    /// Where one stands when they are done.
    pub until: Mark,
}

/// Why the log cannot be followed further.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Postgres does not answer; ask again.
    #[error("the log cannot be read")]
    Log(#[from] DatabaseError),
    /// The log no longer holds the event one stood at.
    #[error("history forked: position {position} is not the event it was; rebuild from the log")]
    Forked {
        /// Where one stood.
        position: i64,
    },
    /// A wanted event does not decode.
    #[error("event {position} does not decode")]
    Poison {
        /// Which.
        position: i64,
        /// What is wrong with it.
        source: DecodeError,
    },
}

/// Says by its type whether an event is wanted.
pub type Wants<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// One reader of the log, at its own place.
pub struct Follower {
    log: Log,
    head: Head,
    feed: broadcast::Receiver<Chunk>,
    done: Mark,
    behind: bool,
}

impl Follower {
    /// Follows from `done` on.
    #[must_use]
    pub fn new(source: &Source, done: Mark) -> Self {
        let feed = source.feed.subscribe();
        Self { log: source.log.clone(), head: source.head.clone(), feed, done, behind: true }
    }

    /// The place up to which batches were given out.
    #[must_use]
    pub fn done(&self) -> Mark {
        self.done
    }

    /// Goes on from another place.
    pub fn seek(&mut self, mark: Mark) {
        self.behind |= mark.position < self.done.position;
        self.done = mark;
    }

    /// The next batch, all that is there up to [`BATCH_EVENTS_MAX`]; waits for at most
    /// [`SILENCE_MAX`], then answers an empty one. It ends where an append ends, so that whoever
    /// applies it never shows half of what happened at once.
    ///
    /// Safe to drop: what was not answered comes again.
    ///
    /// # Errors
    /// [`FollowError`]; after one of the log, it goes on where it was.
    pub async fn next(&mut self, wants: Wants<'_>) -> Result<Batch, FollowError> {
        loop {
            if self.behind {
                return self.backfill(wants).await;
            }
            match timeout(SILENCE_MAX, self.feed.recv()).await {
                Ok(Ok(chunk)) => {
                    let before = self.done;
                    let batch = self.drain(chunk, wants);
                    if self.done != before {
                        return Ok(batch);
                    }
                }
                Ok(Err(RecvError::Lagged(_))) => self.behind = true,
                Ok(Err(RecvError::Closed)) => {
                    self.head.changed().await;
                    self.behind = true;
                }
                Err(_silence) => {
                    if self.head.position() == self.done.position {
                        return Ok(Batch { entries: Vec::new(), until: self.done });
                    }
                    self.behind = true; // Missing events, or a shorter history: the log tells.
                }
            }
        }
    }

    /// The delivered events and those queued behind them.
    fn drain(&mut self, first: Chunk, wants: Wants<'_>) -> Batch {
        let (mut entries, mut next, mut count) = (Vec::new(), Some(first), 0);
        while let Some(chunk) = next {
            count += self.take(&chunk, wants, &mut entries);
            next = None;
            if count < BATCH_EVENTS_MAX && !self.behind {
                match self.feed.try_recv() {
                    Ok(chunk) => next = Some(chunk),
                    Err(broadcast::error::TryRecvError::Lagged(_)) => self.behind = true,
                    Err(_) => {}
                }
            }
        }
        Batch { entries, until: self.done }
    }

    /// Takes what comes next out of a chunk; answers how many events that were.
    fn take(&mut self, chunk: &Chunk, wants: Wants<'_>, wanted: &mut Vec<Arc<Entry>>) -> usize {
        let mut count = 0;
        for entry in &**chunk {
            match plan(self.done.position, entry.recorded.position) {
                Plan::Skip => {}
                Plan::Apply => {
                    self.done = Mark::at(&entry.recorded);
                    count += 1;
                    if wants(&entry.recorded.event_type) {
                        wanted.push(Arc::clone(entry));
                    }
                }
                Plan::Backfill => {
                    self.behind = true;
                    break;
                }
            }
        }
        count
    }

    /// One page from Postgres. It begins with the event one stands at, so that no page is ever
    /// taken from another history.
    async fn backfill(&mut self, wants: Wants<'_>) -> Result<Batch, FollowError> {
        let known = i64::from(self.done.event_id.is_some());
        let limit = BATCH_EVENTS_MAX as i64;
        let page = self.log.appends(self.done.position - known, limit + known).await?;
        let mut page = page.into_iter();
        if known == 1 && page.next().map(|event| Mark::at(&event)) != Some(self.done) {
            return Err(FollowError::Forked { position: self.done.position });
        }
        self.behind = page.len() >= BATCH_EVENTS_MAX;
        let mut batch = Batch { entries: Vec::new(), until: self.done };
        let mut decoder = Decoder::default();
        for event in page {
            let mark = Mark::at(&event);
            if wants(&event.event_type) {
                match decoder.decode(event) {
                    Ok(entry) => batch.entries.push(entry),
                    Err(source) if batch.until == self.done => {
                        return Err(FollowError::Poison { position: mark.position, source });
                    }
                    // What is before the poison is still good; the next call meets it first.
                    Err(_) => {
                        self.behind = true;
                        break;
                    }
                }
            }
            batch.until = mark;
        }
        self.done = batch.until;
        Ok(batch)
    }
}
