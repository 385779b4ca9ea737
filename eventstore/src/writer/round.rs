//! Rounds: decide a batch, append it, and while something stands in its way learn what, and decide
//! again in the same order (log protocol, B6-B13).

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

use domain::Stream;
use metrics::{counter, gauge, histogram};

use super::RETRY_AFTER;
use super::actor::{Actor, count, load};
use super::append::{Appended, Conflicts, Found};
use super::batch::{Batch, Stop};
use super::claims::Claims;
use super::failure::Failed;
use super::settle::fail_alone;
use super::unit::Unit;
use crate::command::WriterError;

/// Rounds lost to faster writers before the log's lock is taken first.
const STALE_ROUNDS_MAX: u32 = 2;

/// Where a group of units stands after some rounds.
#[derive(Default)]
pub(super) struct Progress {
    rounds: u32,
    stale: u32,
    /// What appends found of claims.
    claims: Claims,
    /// Whether a transaction of ours holds the log's lock.
    pub(super) locked: bool,
}

/// What a round came to.
pub(super) enum Round {
    /// The batch is in the log after `head`; what it found there is lost with the answer.
    Written { batch: Box<Batch>, head: i64, found: Option<Found> },
    /// Decide again.
    Again,
    /// One of the units cannot be written.
    Poison(String),
    /// None of them can be, for now or for good.
    Failed(WriterError),
}

impl Actor {
    /// Sees to it that every unit is answered, or parked, or back in the queue's front. A batch
    /// with poison in it is halved, in order, until the poison is alone.
    pub(super) async fn append_all(&mut self, units: Vec<Unit>) {
        let mut groups = vec![units];
        while let Some(mut units) = groups.pop() {
            let Some(reason) = self.append_group(&mut units).await else { continue };
            if units.len() > 1 {
                let second = units.split_off(units.len() / 2);
                groups.extend([second, units]);
            } else if let Some(unit) = units.pop() {
                groups.extend(fail_alone(unit, WriterError::Fault(reason)).map(|next| vec![next]));
            }
        }
        self.cache.trim();
        gauge!("folio_writer_cache_bytes").set(count(self.cache.bytes()));
    }

    /// Rounds until the units are answered; what is left is poisoned for the reason answered.
    async fn append_group(&mut self, units: &mut Vec<Unit>) -> Option<String> {
        let mut progress = Progress::default();
        loop {
            match self.round(units, &mut progress).await {
                Round::Written { batch, head, found } => {
                    self.settle(*batch, std::mem::take(units), head, found);
                    return None;
                }
                Round::Again if units.is_empty() => return None,
                Round::Again if progress.rounds < self.config.rounds_max => {}
                Round::Again => {
                    self.unlock(&mut progress).await;
                    let busy = WriterError::Busy { retry_after: RETRY_AFTER };
                    units.drain(..).for_each(|unit| unit.fail(&busy));
                    return None;
                }
                Round::Poison(reason) => return Some(reason),
                Round::Failed(error) => {
                    units.drain(..).for_each(|unit| unit.fail(&error));
                    return None;
                }
            }
        }
    }

    async fn round(&mut self, units: &mut Vec<Unit>, progress: &mut Progress) -> Round {
        progress.rounds += 1;
        let batch = Box::new(self.decide(units, &progress.claims));
        if units.is_empty() {
            self.unlock(progress).await;
            return Round::Again;
        }
        match self.append(&batch, units, progress.locked).await {
            Ok(Appended::Written { head, found }) => {
                self.signals.vitals.well();
                Round::Written { batch, head, found: Some(found) }
            }
            Ok(Appended::Conflicts(conflicts)) => {
                let stale = self.learn(&batch, units, progress, conflicts);
                self.catch_up(stale, units, progress).await
            }
            Err(failed) => self.mend(failed, batch, units, progress).await,
        }
    }

    /// Decides units in order. Those that wait for a stream or failed are taken out of the list,
    /// those with the key of an earlier one follow it, those beyond the bounds come next.
    fn decide(&mut self, units: &mut Vec<Unit>, claims: &Claims) -> Batch {
        let mut batch = Batch::new(claims.clone());
        let mut waiting: VecDeque<Unit> = std::mem::take(units).into();
        let mut leaders: HashMap<u64, usize> = HashMap::with_capacity(waiting.len());
        let hasher = RandomState::new();
        while let Some(mut unit) = waiting.pop_front() {
            if batch.is_full(&self.config) {
                self.ready.push_front(unit);
                waiting.into_iter().rev().for_each(|unit| self.ready.push_front(unit));
                break;
            }
            if !unit.take() {
                let gone = WriterError::Busy { retry_after: RETRY_AFTER };
                if let Some(next) = unit.fail_alone(gone) {
                    waiting.push_front(next);
                }
                continue;
            }
            let hash = hasher.hash_one((&unit.key.scope, &unit.key.key));
            let leader = leaders.get(&hash).and_then(|at| units.get_mut(*at));
            if let Some(leader) = leader.filter(|leader| leader.has_key_of(&unit)) {
                leader.follow(unit);
                continue;
            }
            match batch.decide(&mut unit, &self.cache) {
                Ok(()) => {
                    leaders.insert(hash, units.len());
                    units.push(unit);
                }
                Err(Stop::Missing(stream)) => self.park_for(unit, stream),
                Err(Stop::Failed(error)) => {
                    if let Some(next) = fail_alone(unit, error) {
                        waiting.push_front(next);
                    }
                }
            }
        }
        batch
    }

    /// Sends the batch, and ends the transaction if there is one around it.
    async fn append(
        &mut self,
        batch: &Batch,
        units: &[Unit],
        locked: bool,
    ) -> Result<Appended, Failed> {
        let Some(session) = self.session.as_ref().filter(|session| !session.is_closed()) else {
            return Err(Failed::unknown("not connected"));
        };
        let begun = Instant::now();
        let appending = async {
            let appended = session.append(self.cache.seen(), batch, units).await?;
            if locked && matches!(appended, Appended::Written { .. }) {
                session.commit().await?;
            }
            Ok(appended)
        };
        let appended = tokio::time::timeout(self.config.append_max, appending).await;
        histogram!("folio_writer_append_seconds").record(begun.elapsed());
        match appended {
            Ok(appended) => appended.map_err(|error: tokio_postgres::Error| Failed::of(&error)),
            Err(_) => Err(Failed::unknown("no answer in time")),
        }
    }

    /// Takes in what the log said; answers which streams have to be loaded again.
    fn learn(
        &mut self,
        batch: &Batch,
        units: &mut Vec<Unit>,
        progress: &mut Progress,
        mut conflicts: Conflicts,
    ) -> Vec<Stream> {
        let cause = if conflicts.stale().is_empty() { "known" } else { "stale" };
        counter!("folio_writer_conflicts_total", "cause" => cause).increment(1);
        let mut evicted = Vec::new();
        for stale in conflicts.stale() {
            let Some(slot) = batch.slots.get(stale.place.wrapping_sub(1)) else { continue };
            let id = slot.stream.id;
            let applied = stale.tail.as_deref().map(|tail| self.cache.apply(&id, tail));
            if !matches!(applied, Some(Ok(()))) {
                self.cache.evict(&id);
                evicted.push(slot.stream);
            }
        }
        for taken in conflicts.taken() {
            if let Some((scope, value, _)) = batch.claims.iter().nth(taken.place.wrapping_sub(1)) {
                progress.claims.learn(scope, value.to_owned(), taken.holder());
            }
        }
        if !conflicts.stale().is_empty() {
            progress.stale += 1;
        }
        // From the back, so that places stay what they are.
        let mut known = conflicts.take_known();
        known.sort_by_key(|known| std::cmp::Reverse(known.place));
        for known in known {
            let place = known.place.wrapping_sub(1);
            if place < units.len() {
                units.remove(place).replay(&known.stored());
            }
        }
        if progress.stale >= STALE_ROUNDS_MAX && !progress.locked {
            evicted = batch.checked().collect();
        }
        evicted
    }

    /// Gets streams up to date before the next round: beside the log, or, when others were faster
    /// too often, under its lock.
    pub(super) async fn catch_up(
        &mut self,
        streams: Vec<Stream>,
        units: &[Unit],
        progress: &mut Progress,
    ) -> Round {
        if units.is_empty() {
            self.unlock(progress).await;
            return Round::Again;
        }
        let cold: Vec<Stream> =
            streams.iter().filter(|s| self.cache.get(&s.id).is_none()).copied().collect();
        if !cold.is_empty() {
            match load(&self.beside, &cold, self.config.parked_max).await {
                // Poison shows again when the units miss the stream, and is told to them then.
                Ok(loaded) => drop(self.install(loaded)),
                Err(error) => {
                    self.unlock(progress).await;
                    return Round::Failed(error);
                }
            }
        }
        if progress.stale < STALE_ROUNDS_MAX || progress.locked {
            return Round::Again;
        }
        match self.lock(&streams).await {
            Ok(()) => {
                progress.locked = true;
                Round::Again
            }
            Err(failed) => self.mend_unsent(failed, progress).await,
        }
    }
}
