//! `api_keys`: the keys people made, without their secrets.

mod key;

pub use key::*;

use domain::keys::KeyEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table, word};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[key::STATEMENTS];

/// Fills `api_keys`.
pub struct Keys;

impl Projector for Keys {
    fn name(&self) -> &'static str {
        "api_keys"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["api_key"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[ApiKey::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        entry.event.of().map_or(Ok(()), |event| key(event, batch))
    }
}

fn key(event: &KeyEvent, batch: &mut Batch) -> Result<(), Poison> {
    match event {
        KeyEvent::Created { user, key, name, mode, scopes, prefix, key_sha256: _, expires_at } => {
            batch.insert(ApiKey {
                id: key.0,
                user_id: user.0,
                name: name.clone(),
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
