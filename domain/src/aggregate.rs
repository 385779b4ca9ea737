//! The frame every aggregate stands in: state, `decide` and `apply`, erased where the log must not
//! know whose state it folds.

use std::any::Any;
use std::fmt::Debug;

use cqrs_es::{Aggregate, DomainEvent};
use uuid::Uuid;

use crate::stored::Stored;

/// An aggregate whose rules are one pure function.
///
/// `cqrs_es::Aggregate::handle` of every aggregate calls [`Decide::decide`] and writes what it
/// returns to the sink (the `aggregate!` macro says so once for all). `apply` never fails:
/// facts are not argued with.
pub trait Decide: Aggregate<Services = (), Event: StoredEvent> + Clone + Debug + 'static {
    /// Raised when the meaning of the serialized state changes though its shape does not, so that
    /// snapshots taken before are ignored.
    const STATE_VERSION: u32 = 1;

    /// The rule book: no clock, no randomness, no I/O. Nothing to do is `Ok(vec![])`.
    ///
    /// # Errors
    /// The context's refusal.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Error>;
}

/// An event whose stored names are known at compile time (the `event_types!` macro implements it).
pub trait StoredEvent: DomainEvent {
    /// The stored type of every variant, for example `wallet.held`.
    const TYPES: &'static [&'static str];
    /// The stored type of this event.
    fn type_name(&self) -> &'static str;
}

/// Names a stream: the events of one aggregate. User and artist may share an id, so the kind counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId {
    /// The aggregate's `TYPE`, for example `wallet`.
    pub kind: &'static str,
    /// The aggregate's id.
    pub id: Uuid,
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.kind, self.id)
    }
}

/// A stream together with how its events fold, which is all the log needs to load it.
#[derive(Debug, Clone, Copy)]
pub struct Stream {
    /// Which stream.
    pub id: StreamId,
    /// How to fold it.
    pub fold: &'static Fold,
    /// Expected to be empty, so it is not looked for before deciding ([`Stream::beginning`]).
    pub beginning: bool,
}

impl Stream {
    /// The stream of aggregate `A` with this id.
    pub fn of<A: Decide>(id: impl Into<Uuid>) -> Self {
        Self {
            id: StreamId { kind: A::TYPE, id: id.into() },
            fold: &<A as Folds>::FOLD,
            beginning: false,
        }
    }

    /// A stream that the command is to begin, whose id is as good as new: it is taken to be empty
    /// without asking the log first. The append checks that, so a wrong guess costs a round, never
    /// an answer.
    pub fn beginning<A: Decide>(id: impl Into<Uuid>) -> Self {
        Self { beginning: true, ..Self::of::<A>(id) }
    }
}

/// How the events of one kind of aggregate become its state.
#[derive(Debug)]
pub struct Fold {
    /// The state before any event.
    pub fresh: fn() -> Box<dyn State>,
    /// The state as a snapshot kept it; `None` when the text no longer fits the type.
    pub restore: fn(&str) -> Option<Box<dyn State>>,
    /// [`Decide::STATE_VERSION`].
    pub state_version: u32,
}

trait Folds {
    const FOLD: Fold;
}

impl<A: Decide> Folds for A {
    const FOLD: Fold = Fold {
        fresh: || Box::new(A::default()),
        restore: |text| serde_json::from_str::<A>(text).ok().map(|state| Box::new(state) as _),
        state_version: A::STATE_VERSION,
    };
}

/// An aggregate's state whose type has been erased.
pub trait State: Any + Debug + Send + Sync {
    /// Applies one stored event.
    ///
    /// # Errors
    /// The stored text is not an event of this aggregate.
    fn apply_stored(&mut self, event_type: &str, payload: &str) -> Result<(), DecodeError>;
    /// A copy that can be changed without changing this one.
    fn copy(&self) -> Box<dyn State>;
    /// The state as text for a snapshot.
    fn snapshot(&self) -> String;
    /// For downcasts.
    fn as_any(&self) -> &dyn Any;
    /// For downcasts.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<A: Decide> State for A {
    fn apply_stored(&mut self, event_type: &str, payload: &str) -> Result<(), DecodeError> {
        self.apply(decode::<A::Event>(event_type, payload)?);
        Ok(())
    }

    fn copy(&self) -> Box<dyn State> {
        Box::new(self.clone())
    }

    fn snapshot(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() // An empty snapshot restores to nothing.
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// A stored event that no longer decodes: a fault of ours, never skipped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stored event {event_type} does not decode: {reason}")]
pub struct DecodeError {
    /// The stored type.
    pub event_type: String,
    /// What serde said.
    pub reason: String,
}

/// The stored text of an event: the fields alone, since the type has a column of its own.
///
/// Event enums are externally tagged (`{"held":{…}}`), which is also the shape stock cqrs-es
/// expects; the compatibility view puts the tag back.
///
/// # Errors
/// The event does not serialize, which a derived `Serialize` never does.
pub fn encode<E: StoredEvent>(event: &E) -> Result<String, DecodeError> {
    let event_type = event.type_name();
    let fault = |reason: String| DecodeError { event_type: event_type.to_owned(), reason };
    let tagged = serde_json::to_string(event).map_err(|e| fault(e.to_string()))?;
    let tag = tag(event_type);
    tagged
        .strip_prefix("{\"")
        .and_then(|rest| rest.strip_prefix(tag))
        .and_then(|rest| rest.strip_prefix("\":"))
        .and_then(|rest| rest.strip_suffix('}'))
        .map(str::to_owned)
        .ok_or_else(|| fault(format!("expected the tag {tag:?} in {tagged}")))
}

/// The event a stored text stands for; the inverse of [`encode`].
///
/// # Errors
/// The text is not an event of this enum.
pub fn decode<E: StoredEvent>(event_type: &str, payload: &str) -> Result<E, DecodeError> {
    E::deserialize(Stored { tag: tag(event_type), fields: payload })
        .map_err(|e| DecodeError { event_type: event_type.to_owned(), reason: e.to_string() })
}

/// `wallet.hold_raised` is the variant `hold_raised` of the wallet's enum.
fn tag(event_type: &str) -> &str {
    event_type.split_once('.').map_or(event_type, |(_, tag)| tag)
}

/// Says once for every aggregate how it sits in cqrs-es: `handle` asks `decide`, `apply` evolves.
///
/// `aggregate!(Wallet, "wallet", WalletCommand, WalletEvent, WalletError);` needs
/// `impl Decide for Wallet` and an inherent `fn evolve(&mut self, event: WalletEvent)`.
macro_rules! aggregate {
    ($state:ty, $kind:literal, $command:ty, $event:ty, $error:ty) => {
        impl cqrs_es::Aggregate for $state {
            const TYPE: &'static str = $kind;
            type Command = $command;
            type Event = $event;
            type Error = $error;
            type Services = ();

            async fn handle(
                &mut self,
                command: $command,
                _: &(),
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), $error> {
                for event in $crate::aggregate::Decide::decide(self, command)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: $event) {
                self.evolve(event);
            }
        }
    };
}
pub(crate) use aggregate;

/// Names the stored type of every variant, once; exhaustive, so a new event must be named.
///
/// The part after the dot equals the variant in snake case, which is serde's tag
/// (`#[serde(rename_all = "snake_case")]`); [`encode`] refuses anything else and the golden
/// files of `tests/` prove it for each variant.
macro_rules! event_types {
    ($event:ty { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $crate::aggregate::StoredEvent for $event {
            const TYPES: &'static [&'static str] = &[$($name),+];

            fn type_name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name),+ }
            }
        }

        impl cqrs_es::DomainEvent for $event {
            fn event_type(&self) -> String {
                $crate::aggregate::StoredEvent::type_name(self).to_owned()
            }

            fn event_version(&self) -> String {
                "1".to_owned()
            }
        }
    };
}
pub(crate) use event_types;
