//! Learns from the log whose access has changed (IAM-18, QUE-05), so that every process acts on it
//! within a second: sessions and tokens that ended, accounts that were stopped, keys that were
//! rotated or revoked. The event is the truth; what is remembered of it only has to reach back as
//! far as an access token can live.

use std::time::Duration;

use anyhow::Context as _;
use domain::Event;
use domain::keys::KeyEvent;
use domain::users::{Status, UserEvent};
use domain::workers::WorkerEvent;
use eventstore::Entry;
use eventstore::follow::{Follower, Mark};
use eventstore::read::PAGE_MAX;

use crate::app::App;
use crate::extract::Caller;
use crate::revocations::{Revocation, oldest};

/// When to look again after a fault.
const REST: Duration = Duration::from_secs(1);

/// Whether events of a type can change somebody's access.
fn is_wanted(event_type: &str) -> bool {
    event_type == "session.revoked"
        || ["user.", "api_key.", "worker."].iter().any(|context| event_type.starts_with(context))
}

/// Learns what changed for tokens that may still be alive. Before this is done the process must not
/// answer. Answers where to follow on.
///
/// # Errors
/// The log cannot be read, or an event does not decode.
pub async fn catch_up(app: &App) -> anyhow::Result<Mark> {
    const READ: &str = "read whose access has changed";
    let head = app.log.head().await.context(READ)?;
    let mut done = app.log.position_at(oldest(app.clock.now())).await.context(READ)?;
    let mut types = Event::types();
    types.retain(|event_type| is_wanted(event_type));
    loop {
        let page = app.log.of_types(&types, done, PAGE_MAX).await.context(READ)?;
        let is_last = (page.len() as i64) < PAGE_MAX;
        for event in page {
            done = event.position;
            app.learn(&*Entry::decode(event).context(READ)?);
        }
        if is_last {
            break;
        }
    }
    Ok(app.log.at_position(head).await.context(READ)?.as_ref().map_or(Mark::GENESIS, Mark::at))
}

/// Follows the log until the task is dropped.
pub async fn follow(app: App, from: Mark) {
    let mut follower = Follower::new(&app.source, from);
    loop {
        match follower.next(&is_wanted).await {
            Ok(batch) => batch.entries.iter().for_each(|entry| app.learn(entry)),
            Err(error) => {
                let error = anyhow::Error::from(error);
                tracing::error!(error = format!("{error:#}"), "access cannot be followed");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

impl App {
    /// Takes access back in this process at once; others learn it from the log.
    pub fn revoke_here(&self, revocation: Revocation, position: i64) {
        self.tokens.revocations.note(revocation, position, self.clock.now());
    }

    fn learn(&self, entry: &Entry) {
        let (event, position) = (&entry.event, entry.recorded.position);
        if let Some(revocation) = Revocation::of(event) {
            self.revoke_here(revocation, position);
        }
        if let Some(event) = event.of::<UserEvent>() {
            self.learn_of_person(event, position);
        }
        if let Some(event) = event.of::<KeyEvent>() {
            self.secret_keys.forget(event.user());
        }
        if let Some(event) = event.of::<WorkerEvent>() {
            self.worker_keys.forget(event.worker());
        }
    }

    fn learn_of_person(&self, event: &UserEvent, position: i64) {
        let (user, Some(status)) = (event.user(), event.standing()) else { return };
        self.tokens.revocations.stand(user, status, position, self.clock.now());
        self.secret_keys.forget(user);
        if status == Status::Erased {
            self.forget(user.0); // Their key is gone; what this process remembers goes too.
        }
    }
}

impl Caller {
    /// Whether an event may have changed what this caller may do. Answers that last end then: who
    /// still has access comes back and is asked anew.
    #[must_use]
    pub fn is_touched_by(&self, event: &Event) -> bool {
        match Revocation::of(event) {
            Some(Revocation::Session(session)) => return self.session == Some(session),
            Some(Revocation::User(user)) => return self.user == user,
            None => {}
        }
        let moved = |event: &UserEvent| event.user() == self.user && event.standing().is_some();
        let rekeyed = |event: &KeyEvent| event.user() == self.user && self.key.is_some();
        event.of().is_some_and(moved) || event.of().is_some_and(rekeyed)
    }
}
