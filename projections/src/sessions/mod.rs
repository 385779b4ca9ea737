//! `user_sessions`: who is logged in where (IAM-17). Address and program are opened here, and go
//! with the row when the session's longest life is over (SEC-06).

mod epoch;
mod session;

pub use epoch::Epoch;
pub use session::*;

use domain::sessions::SessionEvent;
use domain::users::{Access, UserEvent};
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table, word};
use crate::projector::Opener;

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[session::STATEMENTS];

/// Fills this context's tables.
pub struct Sessions;

impl Projector for Sessions {
    fn name(&self) -> &'static str {
        "sessions"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["session", "user"]
    }

    fn opens_metadata(&self) -> bool {
        true
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Session::DEFINITION, Epoch::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, keyring: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            session(event, entry, batch, keyring)?;
        }
        if let Some(event) = entry.event.of() {
            user(event, batch);
        }
        Ok(())
    }
}

fn user(event: &UserEvent, batch: &mut Batch) {
    if event.access() == Access::Ended {
        epoch::next(event.user().0, batch);
    }
    if let UserEvent::Erased { user, .. } = event {
        let blank = "ip_address = null, user_agent = null";
        batch.blank_person::<Session>(blank, "user_id", user.0);
    }
}

fn session(
    event: &SessionEvent,
    entry: &Entry,
    batch: &mut Batch,
    keyring: &Keyring,
) -> Result<(), Poison> {
    match event {
        SessionEvent::Opened {
            session,
            user,
            method,
            token_hash,
            epoch,
            opened_at,
            expires_at,
            ..
        } => {
            let (metadata, opener) = (&entry.metadata, Opener::of_metadata(keyring));
            let ip = metadata.ip.as_ref().map(|ip| opener.open(ip, "ip")).transpose()?;
            let user_agent = metadata.user_agent.as_ref();
            let user_agent = user_agent.map(|text| opener.open(text, "user_agent")).transpose()?;
            batch.insert(Session {
                id: session.0,
                user_id: user.0,
                method: word(method)?,
                refresh_token_sha256: token_hash.clone(),
                epoch: i64::from(*epoch),
                ip_address: ip,
                user_agent,
                last_used_at: *opened_at,
                expires_at: *expires_at,
                revoked_at: None,
                revoked_reason: None,
                created_at: batch.at(),
                updated_at: batch.at(),
            });
        }
        SessionEvent::Refreshed { session, token_hash, refreshed_at, expires_at, .. } => {
            let (token_hash, at, expires_at) = (token_hash.clone(), *refreshed_at, *expires_at);
            batch.update::<Session>(session.0, move |row| {
                row.refresh_token_sha256 = token_hash;
                (row.last_used_at, row.expires_at) = (at, expires_at);
            });
        }
        SessionEvent::RefreshReuseDetected { .. } => {}
        SessionEvent::Revoked { session, reason, .. } => {
            let (reason, at) = (word(reason)?, batch.at());
            batch.update::<Session>(session.0, move |row| {
                (row.revoked_at, row.revoked_reason) = (Some(at), Some(reason));
            });
        }
        SessionEvent::Forgotten { session } => batch.delete::<Session>(session.0),
    }
    Ok(())
}
