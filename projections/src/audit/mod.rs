//! `audit_logs`: who did what to what, from where, with old and new value (OPS-02). Acts of people
//! and operators only: what machines do because of them, and every posting of money, stands in the
//! log under the same correlation, and would drown the acts.

mod edited;
mod log;

pub use log::*;

use domain::Actor;
use domain::styles::StyleEvent;
use domain::users::UserEvent;
use eventstore::Entry;
use eventstore::seal::{Keyring, masked};
use serde_json::{Map, Value};

use crate::Projector;
use crate::frame::{Batch, Definition, Json, Poison, Statement, Table};
use edited::Edited;

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[log::STATEMENTS];

/// Contexts in which people act. Not money, whose every movement has a line of its own in
/// `transactions` and two in `ledger_entries`; not likes and pictures' files. Of deliveries only what
/// staff do with them.
const ACTS: &[&str] = &[
    "user",
    "session",
    "artist",
    "style",
    "model",
    "package",
    "purchase",
    "payout",
    "plan",
    "subscription",
    "generation",
    "worker",
    "api_key",
    "webhook",
    "export",
    "adjustment",
];

/// What a program does for a person who did nothing.
const ROUTINE: &[&str] = &["session.refreshed"];

/// Contexts whose rows keep values. Purchases and generations are tables of their own, whole.
const VALUED: &[&str] = &[
    "user",
    "artist",
    "style",
    "model",
    "package",
    "payout",
    "adjustment",
    "plan",
    "worker",
    "webhook",
];

/// Fills `audit_logs`.
pub struct Audit;

impl Projector for Audit {
    fn name(&self) -> &'static str {
        "audit"
    }

    fn contexts(&self) -> &'static [&'static str] {
        ACTS
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[AuditLog::DEFINITION, Edited::DEFINITION]
    }

    /// Looks at every event alike, by its stored fields, so that an event nobody thought of here is
    /// in the log of acts too.
    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        if ROUTINE.contains(&entry.recorded.event_type.as_str()) {
            return Ok(());
        }
        let values = values(entry)?;
        let row = log::of(entry).map(|row| AuditLog { new_value: values.clone().map(Json), ..row });
        let edits = values.map(|values| edited::among(entry, &values));
        match edits.filter(|fields| !fields.is_empty()) {
            Some(fields) => edited::replace(entry, fields, row, batch),
            None => row.into_iter().for_each(|row| batch.append(row)),
        }
        forget(entry, batch);
        Ok(())
    }
}

/// What people call themselves and their styles, and say of those, leaves these tables when it
/// leaves the others (P7): of styles when they are retired, of their artist at the very end.
fn forget(entry: &Entry, batch: &mut Batch) {
    if let Some(StyleEvent::Retired { style }) = entry.event.of() {
        let whose = "entity_type = 'style' and entity_id";
        batch.blank_person::<AuditLog>(log::FORGET, whose, style.0);
        batch.remove_person::<Edited>(whose, style.0);
    }
    if let Some(UserEvent::Erased { user, .. }) = entry.event.of() {
        let whose = "entity_type in ('user', 'artist') and entity_id";
        batch.blank_person::<AuditLog>(log::FORGET, whose, user.0);
        batch.remove_person::<Edited>(whose, user.0);
    }
}

/// The event's fields, what is sealed left out of sight.
fn values(entry: &Entry) -> Result<Option<Map<String, Value>>, Poison> {
    if !VALUED.contains(&entry.recorded.stream_type.as_str()) {
        return Ok(None);
    }
    let payload: Value = serde_json::from_str(&entry.recorded.payload)
        .map_err(|error| Poison::Value(error.to_string()))?;
    match masked(payload) {
        Value::Object(fields) => Ok(Some(fields)),
        other => Err(Poison::Value(format!("{other} is no event's fields"))),
    }
}

/// The person, if a person or an operator did it; the word for which of the two.
fn person(actor: &Actor) -> Option<(Option<uuid::Uuid>, &'static str)> {
    match actor {
        Actor::User(id) => Some((Some(*id), "user")),
        Actor::Operator => Some((None, "operator")),
        Actor::Worker(_) | Actor::Webhook(_) | Actor::Process(_) => None,
    }
}
