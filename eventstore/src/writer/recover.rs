//! When an append fails: what is known is answered, what is not is found out on a new connection
//! before anything else is done (log protocol, B12-B15).

use std::time::{Duration, Instant};

use domain::Stream;
use uuid::Uuid;

use super::RETRY_AFTER;
use super::actor::Actor;
use super::batch::Batch;
use super::failure::{Failed, Failure};
use super::health::SILENCE_MAX;
use super::load::Loading;
use super::round::{Progress, Round};
use super::session::Session;
use super::unit::Unit;
use crate::command::{Key, WriterError};

/// Between attempts to reach the database.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// A batch whose outcome is unknown, named by its id; the key is of any of its commands.
struct Doubt<'a> {
    batch: Uuid,
    key: &'a Key,
}

impl Actor {
    /// Decides what becomes of a batch whose append failed.
    pub(super) async fn mend(
        &mut self,
        failed: Failed,
        batch: Box<Batch>,
        units: &[Unit],
        progress: &mut Progress,
    ) -> Round {
        let doubt = match units.first() {
            Some(unit) if failed.failure == Failure::Unknown => {
                Doubt { batch: batch.id, key: &unit.key }
            }
            Some(_) | None => return self.mend_unsent(failed, progress).await,
        };
        tracing::warn!(batch = %batch.id, reason = failed.reason, "a batch's outcome is unknown");
        progress.locked = false;
        match self.reconnect(Some(doubt)).await {
            Some(Some(head)) => Round::Written { batch, head, found: None },
            Some(None) => {
                let streams: Vec<Stream> = batch.checked().collect();
                self.catch_up(streams, units, progress).await
            }
            None => Round::Failed(WriterError::OutcomeUnknown),
        }
    }

    /// The same, when nothing of the batch can be in the log.
    pub(super) async fn mend_unsent(&mut self, failed: Failed, progress: &mut Progress) -> Round {
        let Failed { failure, reason } = failed;
        if failure == Failure::Unknown {
            progress.locked = false;
            return match self.reconnect(None).await {
                Some(_) => Round::Again,
                None => Round::Failed(WriterError::Busy { retry_after: RETRY_AFTER }),
            };
        }
        self.unlock(progress).await;
        match failure {
            Failure::Again | Failure::Unknown => Round::Again,
            Failure::Poison => Round::Poison(reason),
            Failure::Busy => {
                tracing::warn!(reason, "the log is busy");
                self.signals.vitals.refused(&reason);
                Round::Failed(WriterError::Busy { retry_after: RETRY_AFTER })
            }
            Failure::Fault => {
                tracing::error!(reason, "the log refuses appends");
                self.signals.vitals.refused(&reason);
                Round::Failed(WriterError::Fault(reason))
            }
        }
    }

    /// Takes the log's lock in a transaction, and reads what others wrote to these streams.
    pub(super) async fn lock(&mut self, streams: &[Stream]) -> Result<(), Failed> {
        let Some(session) = &self.session else { return Err(Failed::unknown("not connected")) };
        let cached = streams.iter().filter_map(|stream| {
            let entry = self.cache.get(&stream.id)?;
            Some(Loading::from(*stream, entry.state.copy(), entry.sequence))
        });
        let cached = cached.collect();
        let reading = async {
            session.lock().await?;
            session.load(cached).await
        };
        match tokio::time::timeout(self.config.append_max, reading).await {
            Ok(Ok(loaded)) => {
                for (stream, _) in self.install(loaded) {
                    self.cache.evict(&stream);
                }
                Ok(())
            }
            Ok(Err(error)) => {
                let failed = Failed::of(&error);
                self.roll_back().await;
                Err(failed)
            }
            Err(_) => Err(Failed::unknown("no answer in time")),
        }
    }

    /// Gives the lock back, if it is held.
    pub(super) async fn unlock(&mut self, progress: &mut Progress) {
        if std::mem::take(&mut progress.locked) {
            self.roll_back().await;
        }
    }

    async fn roll_back(&mut self) {
        let Some(session) = &self.session else { return };
        let rolled_back = tokio::time::timeout(self.config.append_max, session.roll_back()).await;
        if !matches!(rolled_back, Ok(Ok(()))) {
            self.session = None; // Whatever it still holds ends with the connection.
        }
    }

    /// Connects anew and settles the doubt: the head before the batch, or `None` if it is not in
    /// the log and cannot get there any more. Nothing in memory is trusted after that: the server
    /// may be another one. Gives up only when the writer is to stop: then there is no answer.
    async fn reconnect(&mut self, doubt: Option<Doubt<'_>>) -> Option<Option<i64>> {
        self.session = None;
        self.cache.clear();
        let begun = Instant::now();
        let mut pause = PAUSE_MIN;
        loop {
            match self.try_reconnect(doubt.as_ref()).await {
                Ok(head) => return Some(head),
                Err(reason) => {
                    tracing::warn!(reason, "the log cannot be reached");
                    if begun.elapsed() > SILENCE_MAX {
                        self.signals.vitals.silent(&reason);
                    }
                }
            }
            if self.signals.closing.requested() && begun.elapsed() > self.config.deadline {
                return None;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    async fn try_reconnect(&mut self, doubt: Option<&Doubt<'_>>) -> Result<Option<i64>, String> {
        let session = Session::open(&self.config).await.map_err(|e| chain(&e))?;
        let head = match doubt {
            Some(Doubt { batch, key }) => {
                let resolved = session.resolve(*batch, key);
                let resolved = tokio::time::timeout(self.config.append_max, resolved).await;
                resolved.map_err(|_| "no answer in time".to_owned())?.map_err(|e| chain(&e))?
            }
            None => None,
        };
        self.signals.committed.send_replace(session.head);
        self.session = Some(session);
        self.signals.vitals.well();
        Ok(head)
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
