//! The one statement of the hot path: bound, sent, its answer read (log protocol, B8).

use domain::StreamId;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_postgres::types::{Json, ToSql};
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use super::batch::Batch;
use super::claims::{Expected, Net};
use super::unit::{Stored, Unit};

/// One call of `es.append`; its parameters are the arrays bound below.
pub(super) const APPEND: &str = "select head, hash, alone, lasts, conflicts from es.append(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
    $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)";

/// The sequence expected of a stream that is only appended to blindly.
const ANY: i64 = -1;

/// What the log says to a batch.
pub(super) enum Appended {
    /// It is written after `head`.
    Written { head: i64, found: Found },
    /// Nothing is written, and this is why.
    Conflicts(Conflicts),
}

/// What an append that was written found under the lock.
pub(super) struct Found {
    /// The streams' sequences before it.
    pub(super) lasts: Vec<i64>,
    /// Whether nobody else had appended since the hash that it was sent with.
    pub(super) alone: bool,
    /// The last block's hash after it.
    pub(super) hash: Vec<u8>,
}

/// Everything that stands in a batch's way. Places count from 1, in the order that was sent.
#[derive(Debug, Deserialize)]
pub(super) struct Conflicts {
    stale: Option<Vec<Stale>>,
    known: Option<Vec<Known>>,
    taken: Option<Vec<Taken>>,
}

impl Conflicts {
    pub(super) fn stale(&self) -> &[Stale] {
        self.stale.as_deref().unwrap_or_default()
    }

    pub(super) fn take_known(&mut self) -> Vec<Known> {
        self.known.take().unwrap_or_default()
    }

    /// Claims found otherwise. With stale streams or known keys beside them they may be asked for
    /// in vain, so they count only when they are all that is wrong.
    pub(super) fn taken(&self) -> &[Taken] {
        if self.stale.is_none() && self.known.is_none() {
            self.taken.as_deref().unwrap_or_default()
        } else {
            &[]
        }
    }
}

/// A stream that others wrote to.
#[derive(Debug, Deserialize)]
pub(super) struct Stale {
    pub(super) place: usize,
    /// What they wrote; `None` when it is too long for here, or history is shorter than expected.
    pub(super) tail: Option<Vec<TailEvent>>,
}

/// A stored event.
#[derive(Debug, Deserialize)]
pub(super) struct TailEvent {
    #[serde(rename = "type")]
    pub(super) event_type: String,
    pub(super) version: i32,
    pub(super) payload: Box<RawValue>,
}

/// A key that was used before.
#[derive(Debug, Deserialize)]
pub(super) struct Known {
    pub(super) place: usize,
    /// Hexadecimal.
    request_hash: String,
    outcome: i16,
    position: i64,
    body: Option<String>,
}

impl Known {
    /// What is stored under the key.
    pub(super) fn stored(self) -> Stored {
        let mut request_hash = [0; 32];
        for (byte, digits) in request_hash.iter_mut().zip(self.request_hash.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
        }
        let Self { outcome, position, body, .. } = self;
        Stored { request_hash, accepted: outcome == 0, position, body }
    }
}

/// A claim that is not as expected.
#[derive(Debug, Deserialize)]
pub(super) struct Taken {
    pub(super) place: usize,
    holder_type: Option<String>,
    holder_id: Option<Uuid>,
}

impl Taken {
    /// Who has it.
    pub(super) fn holder(&self) -> Option<StreamId> {
        let kind = super::claims::kind(self.holder_type.as_deref()?);
        Some(StreamId { kind, id: self.holder_id? })
    }
}

/// Appends a batch: whole, or not at all. `seen` is the log's last hash as the writer left it.
///
/// # Errors
/// The driver's. Whether the batch is in the log may then be unknown.
pub(super) async fn append(
    client: &Client,
    statement: &Statement,
    seen: Option<&[u8]>,
    batch: &Batch,
    units: &[Unit],
) -> Result<Appended, tokio_postgres::Error> {
    let streams = Streams::of(batch);
    let commands = Commands::of(batch, units);
    let claims = ClaimRows::of(batch);
    let vault = VaultRows::of(batch);
    let events = &batch.events;
    let parameters: [&(dyn ToSql + Sync); 32] = [
        &batch.id,
        &seen,
        &streams.kinds,
        &streams.ids,
        &streams.expected,
        &streams.sure,
        &commands.scopes,
        &commands.keys,
        &commands.hashes,
        &commands.outcomes,
        &commands.steps,
        &commands.bodies,
        &claims.scopes,
        &claims.values,
        &claims.expects,
        &claims.before_kinds,
        &claims.before_ids,
        &claims.after_kinds,
        &claims.after_ids,
        &vault.kinds,
        &vault.keys,
        &vault.bytes,
        &vault.dues,
        &events.streams,
        &events.steps,
        &events.units,
        &events.ids,
        &events.types,
        &events.versions,
        &events.payloads,
        &events.metadatas,
        &events.leaves,
    ];
    read(&client.query_one(statement, &parameters).await?)
}

fn read(row: &Row) -> Result<Appended, tokio_postgres::Error> {
    let conflicts: Option<Json<Conflicts>> = row.try_get(4)?;
    match conflicts {
        None => {
            let (hash, alone, lasts) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            Ok(Appended::Written { head: row.try_get(0)?, found: Found { lasts, alone, hash } })
        }
        Some(Json(conflicts)) => Ok(Appended::Conflicts(conflicts)),
    }
}

#[derive(Default)]
struct Streams {
    kinds: Vec<&'static str>,
    ids: Vec<Uuid>,
    expected: Vec<i64>,
    sure: Vec<bool>,
}

impl Streams {
    fn of(batch: &Batch) -> Self {
        let mut rows = Self::default();
        for slot in &batch.slots {
            rows.kinds.push(slot.stream.id.kind);
            rows.ids.push(slot.stream.id.id);
            rows.expected.push(slot.expected.unwrap_or(ANY));
            rows.sure.push(slot.is_sure());
        }
        rows
    }
}

#[derive(Default)]
struct Commands<'a> {
    scopes: Vec<&'a str>,
    keys: Vec<&'a str>,
    hashes: Vec<&'a [u8]>,
    outcomes: Vec<i16>,
    steps: Vec<i32>,
    bodies: Vec<Option<&'a str>>,
}

impl<'a> Commands<'a> {
    fn of(batch: &'a Batch, units: &'a [Unit]) -> Self {
        let mut rows = Self::default();
        for (unit, decided) in units.iter().zip(&batch.decided) {
            rows.scopes.push(&unit.key.scope);
            rows.keys.push(&unit.key.key);
            rows.hashes.push(&unit.key.request_hash);
            rows.outcomes.push(i16::from(decided.refusal.is_some()));
            rows.steps.push(decided.step);
            rows.bodies.push(decided.body.as_deref());
        }
        if rows.bodies.iter().all(Option::is_none) {
            rows.bodies.clear(); // Nothing to keep is not kept.
        }
        rows
    }
}

#[derive(Default)]
struct ClaimRows<'a> {
    scopes: Vec<&'static str>,
    values: Vec<&'a str>,
    expects: Vec<i16>,
    before_kinds: Vec<Option<&'static str>>,
    before_ids: Vec<Option<Uuid>>,
    after_kinds: Vec<Option<&'static str>>,
    after_ids: Vec<Option<Uuid>>,
}

impl<'a> ClaimRows<'a> {
    fn of(batch: &'a Batch) -> Self {
        let mut rows = Self::default();
        for (scope, value, Net { expected, holder }) in batch.claims.iter() {
            let (expects, before) = match expected {
                Expected::Free => (0, None),
                Expected::HeldBy(owner) => (1, Some(owner)),
                Expected::FreeOr(owner) => (2, Some(owner)),
            };
            rows.scopes.push(scope);
            rows.values.push(value);
            rows.expects.push(expects);
            rows.before_kinds.push(before.map(|owner| owner.kind));
            rows.before_ids.push(before.map(|owner| owner.id));
            rows.after_kinds.push(holder.map(|owner| owner.kind));
            rows.after_ids.push(holder.map(|owner| owner.id));
        }
        rows
    }
}

#[derive(Default)]
struct VaultRows<'a> {
    kinds: Vec<&'static str>,
    keys: Vec<&'a str>,
    bytes: Vec<Option<&'a [u8]>>,
    dues: Vec<Option<chrono::DateTime<chrono::Utc>>>,
}

impl<'a> VaultRows<'a> {
    fn of(batch: &'a Batch) -> Self {
        let mut rows = Self::default();
        for ((kind, key), kept) in &batch.vault {
            rows.kinds.push(kind);
            rows.keys.push(key);
            rows.bytes.push(kept.as_ref().map(|kept| &*kept.bytes));
            rows.dues.push(kept.as_ref().and_then(|kept| kept.due));
        }
        rows
    }
}
