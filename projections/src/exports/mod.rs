//! `exports`: copies of one's data, whether they are there and how long.

mod export;

pub use export::*;

use domain::exports::ExportEvent;
use domain::users::UserEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table, bigint};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[export::STATEMENTS];

/// Fills `exports`.
pub struct Exports;

impl Projector for Exports {
    fn name(&self) -> &'static str {
        "exports"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["export", "user"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Export::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            export(event, batch)?;
        }
        if let Some(UserEvent::Erased { user, .. }) = entry.event.of() {
            batch.remove_person::<Export>("user_id", user.0);
        }
        Ok(())
    }
}

fn export(event: &ExportEvent, batch: &mut Batch) -> Result<(), Poison> {
    match event {
        ExportEvent::Requested { user, export, at: _ } => batch.insert(Export {
            id: export.0,
            user_id: user.0,
            status: "making".to_owned(),
            bytes: None,
            expires_at: None,
            created_at: batch.at(),
            updated_at: batch.at(),
        }),
        ExportEvent::Completed { export, bytes, expires_at, .. } => {
            let (bytes, expires_at) = (bigint(*bytes)?, *expires_at);
            batch.update::<Export>(export.0, move |row| {
                row.status = "ready".to_owned();
                (row.bytes, row.expires_at) = (Some(bytes), Some(expires_at));
            });
        }
        ExportEvent::Removed { export, .. } => {
            batch.update::<Export>(export.0, |row| row.status = "gone".to_owned());
        }
    }
    Ok(())
}
