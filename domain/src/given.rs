//! The log in memory, for the tests of rules that span aggregates: given a history, when a
//! decision is made, then these events, timers and claims.
//!
//! It treats a decision as the writer does: streams are loaded only when asked for, events are
//! applied from their stored text, a claim of somebody else refuses.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken frame must fail the test")]

use std::collections::BTreeMap;
use std::fmt::Debug;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::aggregate::{Decide, State, Stream, StreamId, encode};
use crate::work::{Base, ClaimChange, VaultChange};
use crate::{Decision, Event, Halt, Refusal, Work};

/// A history, the state it folds to, and what lies beside it.
#[derive(Default)]
pub struct Given {
    at: DateTime<Utc>,
    loaded: BTreeMap<StreamId, Box<dyn State>>,
    claims: BTreeMap<(&'static str, String), StreamId>,
    vault: BTreeMap<(&'static str, String), Kept>,
    /// Every event so far, in the order of the log.
    pub log: Vec<Event>,
}

/// A record of the vault; with `due` it is a timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// When it rings.
    pub due: Option<DateTime<Utc>>,
    /// What was kept.
    pub bytes: Vec<u8>,
}

/// What an accepted decision did.
#[derive(Debug)]
pub struct Accepted<R> {
    /// What the caller is told.
    pub reply: R,
    /// The events of this decision.
    pub events: Vec<Event>,
}

impl<R> Accepted<R> {
    /// The stored types of the events, which is often all a rule speaks of.
    pub fn types(&self) -> Vec<&'static str> {
        self.events.iter().map(Event::type_name).collect()
    }
}

impl Given {
    /// An empty log; the clock stands at [`noon`].
    pub fn nothing() -> Self {
        Self { at: noon(), ..Self::default() }
    }

    /// Something that happened before.
    pub fn event<A: Decide>(mut self, id: impl Into<Uuid>, event: A::Event) -> Self {
        let stream = Stream::of::<A>(id);
        let stored = encode(&event).unwrap();
        self.append(stream, crate::aggregate::StoredEvent::type_name(&event), &stored);
        self
    }

    /// The clock moves on.
    pub fn later(&mut self, by: Duration) {
        self.at += by;
    }

    /// What the clock shows.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Decides, and appends if it is accepted.
    pub fn when<D: Decision>(&mut self, decision: &D) -> Result<Accepted<D::Reply>, Refusal> {
        loop {
            let mut work = Work::new(self, self.at);
            let reply = match decision.decide(&mut work) {
                Ok(reply) => reply,
                Err(Halt::Refused(refusal)) => return Err(refusal),
                Err(Halt::Fault(fault)) => panic!("a fault: {fault}"),
                Err(Halt::Missing(stream)) => {
                    self.loaded.insert(stream.id, (stream.fold.fresh)());
                    continue;
                }
            };
            let changes = work.into_changes();
            self.change_claims(changes.claims)?;
            let before = self.log.len();
            for event in &changes.events {
                let touched = changes.streams.iter().find(|t| t.stream.id == event.stream);
                self.append(touched.unwrap().stream, event.event_type, &event.payload);
            }
            for touched in changes.streams.iter().filter(|touched| touched.written.is_some()) {
                let (decided, folded) =
                    (touched.written.as_ref().unwrap(), &self.loaded[&touched.stream.id]);
                assert_eq!(decided.snapshot(), folded.snapshot(), "stored events fold alike");
            }
            self.change_vault(changes.vault);
            return Ok(Accepted { reply, events: self.log[before..].to_vec() });
        }
    }

    /// The state of an aggregate.
    pub fn state<A: Decide>(&self, id: impl Into<Uuid>) -> A {
        let stream = Stream::of::<A>(id).id;
        let state = self.loaded.get(&stream).map(|state| state.as_any().downcast_ref::<A>());
        state.map_or_else(A::default, |state| state.unwrap().clone())
    }

    /// Who has a claim.
    pub fn claimed(&self, scope: &'static str, value: &str) -> Option<StreamId> {
        self.claims.get(&(scope, value.to_owned())).copied()
    }

    /// A record of the vault.
    pub fn kept(&self, kind: &'static str, key: &str) -> Option<&Kept> {
        self.vault.get(&(kind, key.to_owned()))
    }

    /// Every timer that is set: kind, key, due.
    pub fn timers(&self) -> Vec<(&'static str, String, DateTime<Utc>)> {
        let timers = self.vault.iter();
        timers.filter_map(|((kind, key), kept)| Some((*kind, key.clone(), kept.due?))).collect()
    }

    fn append(&mut self, stream: Stream, event_type: &str, payload: &str) {
        let state = self.loaded.entry(stream.id).or_insert_with(stream.fold.fresh);
        state.apply_stored(event_type, payload).unwrap();
        self.log.push(Event::decode(event_type, payload).unwrap());
    }

    fn change_claims(&mut self, changes: Vec<ClaimChange>) -> Result<(), Refusal> {
        let mut claims = self.claims.clone();
        for change in changes {
            match change {
                ClaimChange::Take { scope, value, owner, refusal } => {
                    if *claims.entry((scope, value)).or_insert(owner) != owner {
                        return Err(refusal);
                    }
                }
                ClaimChange::Release { scope, value, owner } => {
                    let released = claims.remove(&(scope, value));
                    assert_eq!(released, Some(owner), "only its owner releases a claim");
                }
            }
        }
        self.claims = claims;
        Ok(())
    }

    fn change_vault(&mut self, changes: Vec<VaultChange>) {
        for change in changes {
            match change {
                VaultChange::Keep { kind, key, bytes, due } => {
                    self.vault.insert((kind, key), Kept { due, bytes });
                }
                VaultChange::Forget { kind, key } => {
                    self.vault.remove(&(kind, key));
                }
            }
        }
    }
}

impl Base for Given {
    fn state(&self, stream: &StreamId) -> Option<&dyn State> {
        self.loaded.get(stream).map(|state| &**state)
    }

    fn claim(&self, _scope: &str, _value: &str) -> Option<Option<StreamId>> {
        None // What the batch did; here every decision is a batch of its own.
    }
}

/// When tests begin: 2026-11-20 12:00 UTC.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_176_000, 0).unwrap()
}

/// The id a test means by a number.
pub const fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}
