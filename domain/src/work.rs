//! A unit of work: what one command reads and what it would change, over several aggregates, all
//! or nothing. The writer runs a [`Decision`] on a [`Work`] and appends what it left there.

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Refusal;
use crate::aggregate::{Decide, State, StoredEvent, Stream, StreamId, encode};

/// A command as data: which aggregates it names and how it is decided.
///
/// `decide` may run several times (another process wrote meanwhile, a stream had to be loaded), so
/// it must be pure: everything from outside, time and ids included, is a field.
pub trait Decision: Send + Sync + 'static {
    /// What the caller is told when it is accepted; frozen beside the events under the command's key.
    type Reply: Serialize + DeserializeOwned + Send + 'static;

    /// The aggregates known beforehand. Others may be found while deciding; naming them here only
    /// saves a second look.
    fn streams(&self) -> Vec<Stream>;

    /// The rule book over several aggregates. No event and `Ok` is an accepted no-op.
    ///
    /// # Errors
    /// [`Halt::Refused`] with the refusal, or [`Halt::Missing`] when a stream must be loaded first
    /// (both come from `?` on the methods of [`Work`]).
    fn decide(&self, work: &mut Work<'_>) -> Result<Self::Reply, Halt>;
}

/// Why a decision stopped.
#[derive(Debug, Clone)]
pub enum Halt {
    /// The rules say no.
    Refused(Refusal),
    /// A stream is needed that is not loaded: load it and decide again.
    Missing(Stream),
    /// Ours to mend: an event that does not serialize.
    Fault(String),
}

impl<E: Into<Refusal>> From<E> for Halt {
    fn from(refusal: E) -> Self {
        Self::Refused(refusal.into())
    }
}

/// What lies under a unit of work: the batch so far, over the cache.
pub trait Base {
    /// The state of a stream, if it is loaded.
    fn state(&self, stream: &StreamId) -> Option<&dyn State>;
    /// What is known of a claim: `Some(Some(owner))` held, `Some(None)` free. `None` leaves it to the
    /// append to find out.
    fn claim(&self, scope: &str, value: &str) -> Option<Option<StreamId>>;
}

/// An event on its way into the log; the writer gives it id, sequence and position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Whose event.
    pub stream: StreamId,
    /// For example `wallet.held`.
    pub event_type: &'static str,
    /// The fields as JSON, the bytes that will be stored and hashed.
    pub payload: String,
}

/// Uniqueness across streams: at most one owner per (scope, value), taken and released in the
/// append of the events that justify it.
#[derive(Debug, Clone)]
pub enum ClaimChange {
    /// Take it for `owner`, or answer `refusal` if somebody else has it.
    Take {
        /// What is unique, for example `username`.
        scope: &'static str,
        /// The normalised value; at most [`CLAIM_VALUE_BYTES_MAX`] bytes.
        value: String,
        /// The stream that holds it.
        owner: StreamId,
        /// The answer when it is taken.
        refusal: Refusal,
    },
    /// Give it back.
    Release {
        /// What is unique.
        scope: &'static str,
        /// The normalised value.
        value: String,
        /// The stream that holds it; releasing another's claim is a fault.
        owner: StreamId,
    },
}

impl ClaimChange {
    /// Who holds this claim after the change, if it is about this claim.
    #[must_use]
    pub fn holder(&self, scope: &str, value: &str) -> Option<Option<StreamId>> {
        let (is, holder) = match self {
            Self::Take { scope, value, owner, .. } => ((*scope, value), Some(*owner)),
            Self::Release { scope, value, .. } => ((*scope, value), None),
        };
        (is.0 == scope && is.1 == value).then_some(holder)
    }
}

/// Longest claim value, in bytes.
pub const CLAIM_VALUE_BYTES_MAX: usize = 512;

/// A change of the vault, where lies what may be forgotten or has no history (D15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultChange {
    /// Put or replace a record; one with `due` is a timer.
    Keep {
        /// What sort of secret or timer, for example `password` or `purchase-expiry`.
        kind: &'static str,
        /// Whose, within the kind.
        key: String,
        /// The bytes.
        bytes: Vec<u8>,
        /// When it rings, for timers.
        due: Option<DateTime<Utc>>,
    },
    /// Remove a record; nothing happens if there is none.
    Forget {
        /// What sort.
        kind: &'static str,
        /// Whose.
        key: String,
    },
}

/// What a decision did, handed to the writer.
#[derive(Debug, Default)]
pub struct Changes {
    /// In the order they were recorded.
    pub events: Vec<NewEvent>,
    /// In the order they were asked for.
    pub claims: Vec<ClaimChange>,
    /// In the order they were asked for.
    pub vault: Vec<VaultChange>,
    /// Every stream that was read or written, with its state after this unit if it was written.
    pub streams: Vec<Touched>,
}

/// A stream a unit of work looked at.
#[derive(Debug)]
pub struct Touched {
    /// Which.
    pub stream: Stream,
    /// The state after the unit; `None` if it was only read, or appended to without being loaded.
    pub written: Option<Box<dyn State>>,
    /// Appended to without looking ([`Work::append_blind`]): no sequence is expected.
    pub blind: bool,
}

/// The private overlay of one unit over [`Base`]: reads see the unit's own writes.
pub struct Work<'a> {
    base: &'a dyn Base,
    at: DateTime<Utc>,
    changes: Changes,
}

impl<'a> Work<'a> {
    /// An empty overlay; `at` is the command's own time, drawn at the edge.
    #[must_use]
    pub fn new(base: &'a dyn Base, at: DateTime<Utc>) -> Self {
        Self { base, at, changes: Changes::default() }
    }

    /// The command's own time.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// How many events this unit recorded so far.
    pub(crate) fn recorded(&self) -> usize {
        self.changes.events.len()
    }

    /// The state of an aggregate as this unit sees it; the stream becomes read-checked.
    ///
    /// # Errors
    /// [`Halt::Missing`] if it is not loaded.
    pub fn state<A: Decide>(&mut self, id: impl Into<Uuid>) -> Result<&A, Halt> {
        let stream = Stream::of::<A>(id);
        let touched = self.touch(stream);
        let written = self.changes.streams[touched].written.as_deref();
        let state = written.or_else(|| self.base.state(&stream.id)).ok_or(Halt::Missing(stream))?;
        state
            .as_any()
            .downcast_ref()
            .ok_or_else(|| Halt::Fault(format!("{} mixes types", stream.id)))
    }

    /// Decides one command of one aggregate and applies what it says, so that later lines of the
    /// same unit see it. Answers how many events it recorded: 0 means there was nothing to do.
    ///
    /// # Errors
    /// The aggregate's refusal, or [`Halt::Missing`].
    pub fn decide<A: Decide>(
        &mut self,
        id: impl Into<Uuid>,
        command: A::Command,
    ) -> Result<usize, Halt>
    where
        A::Error: Into<Refusal>,
    {
        let id = id.into();
        let events = self.state::<A>(id)?.decide(command).map_err(|e| Halt::Refused(e.into()))?;
        let count = events.len();
        for event in events {
            self.record::<A>(id, event)?;
        }
        Ok(count)
    }

    /// Records a fact of an aggregate without asking its rules.
    ///
    /// # Errors
    /// [`Halt::Missing`], or a fault if the event does not serialize.
    pub fn record<A: Decide>(&mut self, id: impl Into<Uuid>, event: A::Event) -> Result<(), Halt> {
        let stream = Stream::of::<A>(id);
        let touched = self.touch(stream);
        self.push::<A>(stream.id, &event)?;
        let slot = &mut self.changes.streams[touched].written;
        if slot.is_none() {
            let base = self.base.state(&stream.id).ok_or(Halt::Missing(stream))?;
            *slot = Some(base.copy());
        }
        match slot.as_mut().and_then(|state| state.as_any_mut().downcast_mut::<A>()) {
            Some(state) => Aggregate::apply(state, event),
            None => return Err(Halt::Fault(format!("{} mixes types", stream.id))),
        }
        Ok(())
    }

    /// Records a fact that can never be refused, without loading the stream and whatever its
    /// sequence is (`Expect::Any`). `apply` must have a ceiling above all supply (log protocol, 12).
    /// A stream that this unit also reads or writes otherwise is checked like any other.
    ///
    /// # Errors
    /// A fault if the event does not serialize.
    pub fn append_blind<A: Decide>(
        &mut self,
        id: impl Into<Uuid>,
        event: A::Event,
    ) -> Result<(), Halt> {
        let stream = Stream::of::<A>(id);
        let touched = self.find(&stream.id).unwrap_or_else(|| {
            self.changes.streams.push(Touched { stream, written: None, blind: true });
            self.changes.streams.len() - 1
        });
        self.push::<A>(stream.id, &event)?;
        // A state that happens to be loaded moves along, for those who read it later.
        let slot = &mut self.changes.streams[touched].written;
        if slot.is_none() {
            *slot = self.base.state(&stream.id).map(State::copy);
        }
        match slot.as_mut().map(|state| state.as_any_mut().downcast_mut::<A>()) {
            Some(Some(state)) => Aggregate::apply(state, event),
            Some(None) => return Err(Halt::Fault(format!("{} mixes types", stream.id))),
            None => {}
        }
        Ok(())
    }

    /// Takes a claim for `owner`; `refusal` is the answer when another stream has it. Claiming
    /// again what `owner` already has changes nothing.
    ///
    /// # Errors
    /// The refusal, when another stream is known to have it: by this unit, an earlier one of the
    /// batch, or an append that found it taken and made the writer decide again.
    pub fn claim(
        &mut self,
        scope: &'static str,
        value: impl Into<String>,
        owner: StreamId,
        refusal: impl Into<Refusal>,
    ) -> Result<(), Halt> {
        let (value, refusal) = (value.into(), refusal.into());
        let own = self.changes.claims.iter().rev().find_map(|change| change.holder(scope, &value));
        match own.or_else(|| self.base.claim(scope, &value)) {
            Some(Some(holder)) if holder != owner => Err(Halt::Refused(refusal)),
            Some(_) | None => {
                self.changes.claims.push(ClaimChange::Take { scope, value, owner, refusal });
                Ok(())
            }
        }
    }

    /// Gives a claim back.
    pub fn release(&mut self, scope: &'static str, value: impl Into<String>, owner: StreamId) {
        self.changes.claims.push(ClaimChange::Release { scope, value: value.into(), owner });
    }

    /// Puts a record into the vault, with the events, in the same append.
    pub fn keep(&mut self, kind: &'static str, key: impl Into<String>, bytes: Vec<u8>) {
        self.changes.vault.push(VaultChange::Keep { kind, key: key.into(), bytes, due: None });
    }

    /// Sets a timer that rings at least once after `due`, whatever happens in between. Setting it
    /// again moves it.
    pub fn schedule(
        &mut self,
        kind: &'static str,
        key: impl Into<String>,
        due: DateTime<Utc>,
        bytes: Vec<u8>,
    ) {
        self.changes.vault.push(VaultChange::Keep { kind, key: key.into(), bytes, due: Some(due) });
    }

    /// Removes a record, or stops a timer.
    pub fn forget(&mut self, kind: &'static str, key: impl Into<String>) {
        self.changes.vault.push(VaultChange::Forget { kind, key: key.into() });
    }

    /// What the decision did.
    #[must_use]
    pub fn into_changes(self) -> Changes {
        self.changes
    }

    fn push<A: Decide>(&mut self, stream: StreamId, event: &A::Event) -> Result<(), Halt> {
        let payload = encode(event).map_err(|e| Halt::Fault(e.to_string()))?;
        self.changes.events.push(NewEvent { stream, event_type: event.type_name(), payload });
        Ok(())
    }

    /// The stream's place among those touched; from now on its sequence is checked.
    fn touch(&mut self, stream: Stream) -> usize {
        if let Some(at) = self.find(&stream.id) {
            self.changes.streams[at].blind = false;
            return at;
        }
        self.changes.streams.push(Touched { stream, written: None, blind: false });
        self.changes.streams.len() - 1
    }

    fn find(&self, stream: &StreamId) -> Option<usize> {
        self.changes.streams.iter().position(|touched| touched.stream.id == *stream)
    }
}
