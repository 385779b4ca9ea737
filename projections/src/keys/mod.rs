//! `api_keys`: the keys people made, without their secrets.

mod key;

pub use key::*;

use domain::keys::KeyEvent;
use domain::users::UserEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table, word};
use crate::projector::Opener;

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[key::STATEMENTS];

/// Fills `api_keys`.
pub struct Keys;

impl Projector for Keys {
    fn name(&self) -> &'static str {
        "api_keys"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["api_key", "user"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[ApiKey::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, keyring: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            key(event, batch, &Opener::of(entry, keyring))?;
        }
        if let Some(UserEvent::Erased { user, .. }) = entry.event.of() {
            batch.remove_person::<ApiKey>("user_id", user.0);
        }
        Ok(())
    }
}

fn key(event: &KeyEvent, batch: &mut Batch, opener: &Opener<'_>) -> Result<(), Poison> {
    match event {
        KeyEvent::Created { user, key, name, mode, scopes, prefix, key_sha256: _, expires_at } => {
            batch.insert(ApiKey {
                id: key.0,
                user_id: user.0,
                name: opener.open(name, "name")?,
                prefix: prefix.clone(),
                mode: word(mode)?,
                scopes: scopes.iter().map(|scope| scope.word().to_owned()).collect(),
                expires_at: *expires_at,
                previous_until: None,
                revoked_at: None,
                created_at: batch.at(),
                updated_at: batch.at(),
            });
        }
        KeyEvent::Rotated { key, prefix, previous_until, .. } => {
            let (prefix, until) = (prefix.clone(), *previous_until);
            batch.update::<ApiKey>(key.0, move |row| {
                (row.prefix, row.previous_until) = (prefix, Some(until));
            });
        }
        KeyEvent::Revoked { key, .. } => {
            let at = batch.at();
            batch.update::<ApiKey>(key.0, move |row| row.revoked_at = Some(at));
        }
    }
    Ok(())
}
