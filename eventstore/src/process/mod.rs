//! Runs processes: reads the log with a checkpoint of their own, has their acts carried out beside
//! the loop, and never acts twice on one event because something was restarted or rebuilt.

mod desk;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use domain::process::{Process, Start};
use futures::FutureExt;
use tokio::time::Instant;
use uuid::Uuid;

use crate::backoff::Backoff;
use crate::board::{Place, State, reason};
use crate::carry::{ActError, Carrier, Cause, Submitter};
use crate::checkpoint::{self, Checkpoint};
use crate::follow::{FollowError, Follower, Mark};
use crate::lease::Lease;
use crate::source::Source;
use crate::{DatabaseError, Entry};

use desk::{Desk, Job};

/// Stands in a process's checkpoint where a projection's has the schema of its tables.
const SCHEMA: &str = "process";
/// How often a checkpoint that moved over events without acts is written.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// The key of what a process does about an event: derived from the fact, never from an ordinal
/// (log protocol, A11), so that any repetition meets the first outcome. `attempt` counts what is
/// tried anew on purpose; the runner itself only ever makes the first.
#[must_use]
pub fn act_id(process: &str, event_id: Uuid, target: &str, attempt: u32) -> Uuid {
    domain::derive(&["act", process, &event_id.to_string(), target, &attempt.to_string()])
}

/// A process with what it needs to act. Dropping the future of [`Runner::run`] stops it.
pub struct Runner<P, C> {
    /// What follows from what happened.
    pub process: P,
    /// How that is done.
    pub carrier: Arc<C>,
    /// Where commands go.
    pub submitter: Submitter,
    /// What is read, and where it says how far it is.
    pub source: Source,
}

/// Why a process stopped, or begins again at its checkpoint.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("the database refused")]
    Database(#[from] DatabaseError),
    #[error("the log cannot be followed")]
    Follow(#[source] FollowError),
    #[error("what follows from event {position} cannot be done")]
    Act { position: i64, source: ActError },
}

/// The checkpoint as it is on disk.
struct Saved {
    checkpoint: Checkpoint,
    at: Instant,
}

impl<P: Process, C: Carrier<P::Act>> Runner<P, C> {
    /// Waits until no other process runs it, then runs it; returns when it had to stop: an act or
    /// event that can never be dealt with, or a forked history. The reason is on the board.
    pub async fn run(self) {
        let name = format!("process:{}", P::NAME);
        let place = self.source.board.join(&name);
        let mut backoff = Backoff::new();
        loop {
            place.is(State::Standby);
            let lease = Lease::acquire(&self.source.pool, &name).await;
            let fault = tokio::select! {
                () = lease.lost() => {
                    tracing::warn!(process = P::NAME, "the lease was lost");
                    continue;
                }
                Err(fault) = self.lead(&name, &place) => fault,
            };
            let reason = reason(&fault);
            if !matches!(fault, Fault::Database(_)) {
                tracing::error!(process = P::NAME, reason, "the process stopped");
                place.is(State::Stopped(reason));
                return;
            }
            tracing::warn!(process = P::NAME, reason, "the process tries again");
            place.is(State::Retrying(reason));
            backoff.wait().await;
        }
    }

    async fn lead(&self, name: &str, place: &Place) -> Result<Infallible, Fault> {
        let checkpoint = self.find(name).await?;
        let mut saved = Saved { checkpoint, at: Instant::now() };
        let mut follower = Follower::new(&self.source, checkpoint.mark);
        let mut desk = Desk::new(checkpoint.mark);
        loop {
            let mut hurry = false;
            tokio::select! {
                finished = desk.finished() => {
                    finished.map_err(|(position, source)| Fault::Act { position, source })?;
                    hurry = true; // What was done need not be done again after a restart.
                }
                batch = follower.next(&|_| true), if desk.has_room() => match batch {
                    Ok(batch) => {
                        for entry in &batch.entries {
                            self.react(entry, &mut desk).await?;
                        }
                    }
                    Err(FollowError::Log(error)) => return Err(error.into()),
                    Err(error) => return Err(Fault::Follow(error)),
                },
            }
            let done = desk.done();
            place.reached(done.position);
            if done != saved.checkpoint.mark && (hurry || saved.at.elapsed() >= SAVE_EVERY) {
                saved = self.save(name, Checkpoint { mark: done, ..saved.checkpoint }).await?;
            }
        }
    }

    /// Puts what follows from an event on the desk. Most often nothing does; if something does, the
    /// event is read again from Postgres, for what NATS brings is never acted upon.
    async fn react(&self, entry: &Arc<Entry>, desk: &mut Desk) -> Result<(), Fault> {
        let (recorded, mark) = (&entry.recorded, Mark::at(&entry.recorded));
        let acts = self.process.react(&entry.event, recorded.event_id, recorded.recorded_at);
        if !acts.is_empty() {
            let stored = self.source.log.at_position(mark.position).await?;
            if stored.as_ref() != Some(recorded) {
                return Err(Fault::Follow(FollowError::Forked { position: mark.position }));
            }
        }
        desk.take(mark, acts.into_iter().map(|act| self.job(act, entry)).collect());
        Ok(())
    }

    /// The act as a future that ends when it is done, however long the outside is away.
    fn job(&self, act: P::Act, entry: &Arc<Entry>) -> Job {
        let target = self.carrier.target(&act);
        let cause = Cause {
            scope: format!("process:{}", P::NAME),
            id: act_id(P::NAME, entry.recorded.event_id, &target, 1),
            actor: P::NAME.to_owned(),
            entry: Some(Arc::clone(entry)),
        };
        let (carrier, submitter) = (Arc::clone(&self.carrier), self.submitter.clone());
        let work = async move {
            let mut backoff = Backoff::new();
            loop {
                match submitter.carry_out(&*carrier, &act, &cause).await {
                    Err(error @ ActError::Unavailable(_)) => {
                        let reason = reason(&error);
                        tracing::warn!(process = P::NAME, id = %cause.id, reason, "tries again");
                        backoff.wait().await;
                    }
                    outcome => return outcome,
                }
            }
        };
        Job { target, work: work.boxed() }
    }

    async fn find(&self, name: &str) -> Result<Checkpoint, DatabaseError> {
        let start = match P::START {
            Start::Genesis => Mark::GENESIS,
            Start::Head => {
                let head = self.source.log.head().await?;
                let last = self.source.log.at_position(head).await?;
                last.map_or(Mark::GENESIS, |event| Mark::at(&event))
            }
        };
        let client = self.source.pool.get().await?;
        Ok(checkpoint::find_or_create(&client, name, SCHEMA, start).await?)
    }

    async fn save(&self, name: &str, checkpoint: Checkpoint) -> Result<Saved, DatabaseError> {
        let mut client = self.source.pool.get().await?;
        let tx = client.transaction().await?;
        checkpoint::advance(&tx, name, checkpoint.generation, checkpoint.mark).await?;
        tx.commit().await?;
        Ok(Saved { checkpoint, at: Instant::now() })
    }
}
