//! After the commit: states enter the cache, callers get their answers (log protocol, B17).

use metrics::histogram;

use super::actor::{Actor, count};
use super::append::Found;
use super::batch::{Batch, Decided, Slot};
use super::unit::{Stored, Unit, Verdict};
use crate::command::WriterError;
use crate::snapshots::Snapshot;

/// Up to so many callers are answered by the writer's own task.
const ANSWERS_INLINE_MAX: usize = 4;

impl Actor {
    /// Answers everybody. Without `found` the answer of the append was lost and the cache starts
    /// anew.
    pub(super) fn settle(
        &mut self,
        batch: Batch,
        units: Vec<Unit>,
        head: i64,
        found: Option<Found>,
    ) {
        histogram!("folio_writer_batch_units").record(count(units.len()));
        histogram!("folio_writer_batch_events").record(count(batch.events.ids.len()));
        let reached = head + i64::from(batch.events.count());
        if let Some(Found { lasts, alone, hash }) = found {
            self.cache.leave(hash, alone);
            let slots = batch.slots.into_iter().zip(lasts);
            let snapshots = slots.filter_map(|(slot, last)| self.remember(slot, last)).collect();
            self.beside.keep(snapshots);
        }
        self.signals.committed.send_if_modified(|committed| {
            let further = reached > *committed;
            *committed = reached.max(*committed);
            further
        });
        let answers = units.into_iter().zip(batch.decided);
        if answers.len() <= ANSWERS_INLINE_MAX {
            answers.for_each(|(unit, decided)| answer(unit, decided, head));
        } else {
            // Waking many callers takes as long as deciding for them: the next batch goes on.
            let answering = answers.collect::<Vec<_>>();
            self.answering.spawn(async move {
                answering.into_iter().for_each(|(unit, decided)| answer(unit, decided, head));
            });
        }
    }

    /// Caches a state if its events stand where they were decided; a blind append to a stream that
    /// others moved does not. What was only looked at was found where it was taken to be.
    fn remember(&mut self, slot: Slot, last: i64) -> Option<Snapshot> {
        let id = slot.stream.id;
        if slot.added == 0 {
            self.cache.confirm(&id, last);
            return None;
        }
        let seen = slot.expected.or_else(|| self.cache.get(&id).map(|entry| entry.sequence));
        let Some(state) = slot.written.filter(|_| seen == Some(last)) else {
            self.cache.evict(&id);
            return None;
        };
        let sequence = last + i64::from(slot.added);
        let every = self.config.snapshot_every;
        let snapshot = (sequence / every != last / every).then(|| Snapshot {
            stream: slot.stream,
            sequence,
            event_id: slot.last_event,
            state: state.snapshot(),
        });
        self.cache.put(id, state, sequence, slot.bytes);
        snapshot
    }
}

/// Answers a unit and those that follow it.
fn answer(mut unit: Unit, decided: Decided, head: i64) {
    let position = head + i64::from(decided.step);
    if !unit.followers.is_empty() {
        let accepted = decided.refusal.is_none();
        let request_hash = unit.key.request_hash;
        let body = decided.body;
        unit.replay_followers(&Stored { request_hash, accepted, position, body });
    }
    unit.answer(match decided.refusal {
        None => Verdict::Accepted { position },
        Some(refusal) => Verdict::Refused { refusal, position },
    });
}

/// Fails a unit for a fault of its own, loudly; answers the follower that leads from now on.
pub(super) fn fail_alone(unit: Unit, error: WriterError) -> Option<Unit> {
    let (scope, key) = (&unit.key.scope, &unit.key.key);
    tracing::error!(scope, key, %error, "a command failed");
    unit.fail_alone(error)
}
