//! Takes back access tokens that state a role their holder lost, or that somebody may have who knew
//! a password that was replaced. The event is the truth; what is
//! kept in memory only has to reach back as far as a token can live.

use std::time::Duration;

use chrono::TimeDelta;
use domain::Event;
use domain::users::UserEvent;
use eventstore::follow::{Follower, Mark};

use crate::app::App;
use crate::tokens::ACCESS_SECONDS;

/// The types of events that matter here.
const REVOKING: [&str; 3] = ["user.role_revoked", "user.password_reset", "user.password_changed"];
/// When to look again after a fault.
const REST: Duration = Duration::from_secs(1);

/// Follows the log until the task is dropped.
pub async fn follow(app: App) {
    let mut follower = Follower::new(&app.source, start(&app).await);
    loop {
        match follower.next(&|event_type| REVOKING.contains(&event_type)).await {
            Ok(batch) => {
                for entry in &batch.entries {
                    if let Event::User(
                        UserEvent::RoleRevoked { user, .. }
                        | UserEvent::PasswordReset { user }
                        | UserEvent::PasswordChanged { user },
                    ) = &entry.event
                    {
                        app.tokens.revoke(*user, entry.recorded.recorded_at);
                    }
                }
            }
            Err(error) => {
                let error = anyhow::Error::from(error);
                tracing::error!(error = format!("{error:#}"), "revocations cannot be followed");
                tokio::time::sleep(REST).await;
            }
        }
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
            tracing::warn!(error = format!("{error:#}"), "reading all revocations there ever were");
            Mark::GENESIS
        }
    }
}
