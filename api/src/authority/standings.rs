//! Where accounts stand that lately changed: access tokens say it as of when they were issued, so
//! what changed since must be known as long as a token can live. What is known of an API key is
//! forgotten with every event about it or its account. The event is the truth.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::UserId;
use domain::keys::KeyEvent;
use domain::users::{Status, UserEvent};
use eventstore::Entry;
use eventstore::follow::{Follower, Mark};

use crate::app::App;
use crate::tokens::ACCESS_SECONDS;

/// Accounts remembered before those are dropped whose tokens must all have ended.
const REMEMBERED_MAX: usize = 100_000;
/// What is followed.
const CONTEXTS: [&str; 2] = ["user.", "api_key."];
/// When to look again after a fault.
const REST: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Default)]
pub struct Standings(Mutex<HashMap<UserId, (Status, DateTime<Utc>)>>);

impl Standings {
    /// Where the account stands, if that changed lately.
    #[must_use]
    pub fn of(&self, user: UserId) -> Option<Status> {
        self.known().get(&user).map(|(status, _)| *status)
    }

    fn learn(&self, user: UserId, status: Status, at: DateTime<Utc>) {
        let mut known = self.known();
        if known.len() >= REMEMBERED_MAX {
            let oldest = at - TimeDelta::seconds(ACCESS_SECONDS);
            known.retain(|_, (_, since)| *since >= oldest);
        }
        known.insert(user, (status, at));
    }

    fn known(&self) -> MutexGuard<'_, HashMap<UserId, (Status, DateTime<Utc>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

/// Follows the log until the task is dropped.
pub async fn follow(app: App) {
    let mut follower = Follower::new(&app.source, start(&app).await);
    loop {
        match follower.next(&|event_type| CONTEXTS.iter().any(|c| event_type.starts_with(c))).await
        {
            Ok(batch) => batch.entries.iter().for_each(|entry| learn(&app, entry)),
            Err(error) => {
                let error = anyhow::Error::from(error);
                tracing::error!(error = format!("{error:#}"), "standings cannot be followed");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

fn learn(app: &App, entry: &Entry) {
    if let Some((user, status)) = entry.event.of().and_then(change) {
        app.standings.learn(user, status, entry.recorded.recorded_at);
        app.secret_keys.forget(user);
    }
    if let Some(event) = entry.event.of::<KeyEvent>() {
        app.secret_keys.forget(event.user());
    }
}

/// Whose account stands where after an event, if it says so.
fn change(event: &UserEvent) -> Option<(UserId, Status)> {
    match event {
        UserEvent::Suspended { user, .. } => Some((*user, Status::Suspended)),
        UserEvent::Reinstated { user, .. } | UserEvent::Reactivated { user } => {
            Some((*user, Status::Active))
        }
        UserEvent::Deactivated { user } => Some((*user, Status::Deactivated)),
        UserEvent::DeletionRequested { user, .. } => Some((*user, Status::PendingDeletion)),
        UserEvent::DeletionCanceled { user, status } => Some((*user, *status)),
        UserEvent::Erased { user, .. } => Some((*user, Status::Erased)),
        UserEvent::Registered { .. }
        | UserEvent::RegisteredWithOauth { .. }
        | UserEvent::EmailVerificationRequested { .. }
        | UserEvent::EmailVerified { .. }
        | UserEvent::PasswordResetRequested { .. }
        | UserEvent::PasswordReset { .. }
        | UserEvent::PasswordChanged { .. }
        | UserEvent::PasswordRehashed { .. }
        | UserEvent::OauthAccountLinked { .. }
        | UserEvent::OauthAccountUnlinked { .. }
        | UserEvent::UsernameChanged { .. }
        | UserEvent::UsernameReleased { .. }
        | UserEvent::ProfileUpdated { .. }
        | UserEvent::PreferencesChanged { .. }
        | UserEvent::RoleGranted { .. }
        | UserEvent::RoleRevoked { .. }
        | UserEvent::SignedOutEverywhere { .. }
        | UserEvent::DeletionPostponed { .. }
        | UserEvent::ErasureBegun { .. } => None,
    }
}

/// Where the oldest token still alive may have been issued.
async fn start(app: &App) -> Mark {
    let since = app.clock.now() - TimeDelta::seconds(ACCESS_SECONDS);
    let found = async {
        let position = app.log.position_at(since).await?;
        app.log.at_position(position).await
    };
    match found.await {
        Ok(event) => event.as_ref().map_or(Mark::GENESIS, Mark::at),
        Err(error) => {
            let error = anyhow::Error::from(error);
            tracing::warn!(error = format!("{error:#}"), "reading all standings there ever were");
            Mark::GENESIS
        }
    }
}
