//! What a projector is, and how any of them becomes a consumer of the log.

use std::sync::Arc;

use deadpool_postgres::Transaction;
use domain::users::UserEvent;
use domain::{Event, METADATA, Metadata, Sealed};
use eventstore::Entry;
use eventstore::consumer::{Consumer, ConsumerError};
use eventstore::seal::{Keyring, SealError};
use uuid::Uuid;

use crate::frame::{Batch, Definition, FlushError, Poison, PoisonAt, Store};

/// Turns events into operations on its own read tables. Each table has exactly one projector, and
/// none reads another's tables: they progress independently, so what it needs it folds itself.
pub trait Projector: Send + Sync + 'static {
    /// Its name, also that of its checkpoint.
    fn name(&self) -> &'static str;

    /// The contexts whose events it looks at; its checkpoint moves over all others at once.
    fn contexts(&self) -> &'static [&'static str];

    /// Whether it opens what metadata holds sealed, besides events.
    fn opens_metadata(&self) -> bool {
        false
    }

    /// The tables it owns.
    fn tables(&self) -> &'static [&'static Definition];

    /// Records what one event changes. Pure: the same log gives the same bytes, whatever the size
    /// of the batches (D8).
    ///
    /// # Errors
    /// The event does not fit: the projector stops at its position.
    fn apply(&self, entry: &Entry, batch: &mut Batch, keyring: &Keyring) -> Result<(), Poison>;
}

/// Opens an entry's sealed fields for a projector.
pub struct Opener<'a> {
    keyring: &'a Keyring,
    event_type: &'a str,
}

impl<'a> Opener<'a> {
    /// For the fields of one event.
    #[must_use]
    pub fn of(entry: &'a Entry, keyring: &'a Keyring) -> Self {
        Self { keyring, event_type: &entry.recorded.event_type }
    }

    /// For the fields of any event's metadata (SEC-06).
    #[must_use]
    pub fn of_metadata(keyring: &'a Keyring) -> Self {
        Self { keyring, event_type: METADATA }
    }

    /// The text, or the placeholder of a person whose key was destroyed.
    ///
    /// # Errors
    /// The field was not sealed with this person's key.
    pub fn open(&self, sealed: &Sealed, field: &str) -> Result<String, Poison> {
        let opened = self.keyring.open(sealed, self.event_type, field);
        opened.map_err(|error| Poison::Value(error.to_string()))
    }
}

/// A projector at work on the live tables.
pub struct Projection {
    projector: &'static dyn Projector,
    keyring: Keyring,
}

impl Projection {
    /// The consumer that keeps this projector's tables up to date.
    #[must_use]
    pub fn new(projector: &'static dyn Projector, keyring: Keyring) -> Self {
        Self { projector, keyring }
    }
}

impl Consumer for Projection {
    type Work = Batch;

    fn name(&self) -> &'static str {
        self.projector.name()
    }

    fn wants(&self, event_type: &str) -> bool {
        wants(self.projector, event_type)
    }

    async fn prepare(&mut self, entries: &[Arc<Entry>]) -> Result<Option<Batch>, ConsumerError> {
        let batch = record(self.projector, entries, &self.keyring).await?;
        Ok(if batch.is_empty() { None } else { Some(batch) })
    }

    async fn apply(&mut self, tx: &Transaction<'_>, batch: Batch) -> Result<(), ConsumerError> {
        Ok(Store::live().flush(tx, batch).await?)
    }
}

/// Whether a projector looks at events of a type.
#[must_use]
pub fn wants(projector: &dyn Projector, event_type: &str) -> bool {
    // Most are told apart by where the point is: asked of each event for each projector.
    let is_of = |context: &&str| {
        event_type.as_bytes().get(context.len()) == Some(&b'.') && event_type.starts_with(context)
    };
    projector.contexts().iter().any(is_of)
}

/// Records what events change, after bringing the keys of the persons they name to hand.
///
/// # Errors
/// The vault cannot be asked, or an event is poison.
pub async fn record(
    projector: &dyn Projector,
    entries: &[Arc<Entry>],
    keyring: &Keyring,
) -> Result<Batch, RecordError> {
    let wanted = entries.iter().filter(|entry| wants(projector, &entry.recorded.event_type));
    let wanted: Vec<_> = wanted.collect();
    let mut persons: Vec<_> = wanted.iter().flat_map(|entry| entry.persons.clone()).collect();
    if projector.opens_metadata() {
        persons.extend(wanted.iter().flat_map(|entry| sealed_for(&entry.metadata)));
    }
    keyring.preload(&persons).await?;
    let mut batch = Batch::default();
    for entry in wanted {
        let position = entry.recorded.position;
        batch.start(position, entry.recorded.recorded_at);
        let applied = projector.apply(entry, &mut batch, keyring);
        applied.map_err(|poison| PoisonAt { position, poison })?;
        if let Event::User(UserEvent::Erased { user, .. }) = &entry.event {
            keyring.forget(user.0); // Its key was destroyed in the same append.
        }
    }
    Ok(batch)
}

/// The persons whose keys metadata needs.
fn sealed_for(metadata: &Metadata) -> impl Iterator<Item = Uuid> {
    metadata.ip.iter().chain(&metadata.user_agent).map(|sealed| sealed.person)
}

/// Why events could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Sealed fields cannot be opened now, or not with this master key.
    #[error("sealed fields cannot be opened")]
    Keys(#[from] SealError),
    /// An event does not fit.
    #[error("poison")]
    Poison(#[from] PoisonAt),
}

impl From<RecordError> for ConsumerError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Keys(SealError::Vault(error)) => Self::Unavailable(Box::new(error)),
            RecordError::Keys(error) => Self::Poison(error.to_string()),
            RecordError::Poison(error) => error.into(),
        }
    }
}

impl From<PoisonAt> for ConsumerError {
    fn from(PoisonAt { position, poison }: PoisonAt) -> Self {
        Self::Poison(format!("position {position}: {poison}"))
    }
}

impl From<FlushError> for ConsumerError {
    fn from(error: FlushError) -> Self {
        match error {
            FlushError::Poison(error) => error.into(),
            FlushError::Database(error) => Self::Database(error),
        }
    }
}
