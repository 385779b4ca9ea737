//! Learns from the log whose access has changed (IAM-18, QUE-05), so that every process acts on it
//! within a second: sessions and tokens that ended, accounts that were stopped, keys that were
//! rotated or revoked. The event is the truth; what is remembered of it only has to reach back as
//! far as an access token can live.
//!
//! It never stops, for whoever is shut out elsewhere must be shut out here: of an event that only a
//! newer process can read it takes the worst to be true, and a history that forked is read anew.

use std::time::Duration;

use anyhow::Context as _;
use domain::keys::KeyEvent;
use domain::users::{Status, UserEvent};
use domain::workers::WorkerEvent;
use domain::{Event, SessionId, UserId, WorkerId};
use eventstore::board::State;
use eventstore::follow::{FollowError, Follower, Mark};
use eventstore::read::PAGE_MAX;
use eventstore::{Entry, Recorded};

use crate::app::App;
use crate::extract::Caller;
use crate::revocations::{Revocation, oldest};

/// As the board of followers names it.
pub const NAME: &str = "access";
/// Streams in which each event can change somebody's access,
const KINDS: [&str; 3] = [USER, API_KEY, WORKER];
const USER: &str = "user";
const API_KEY: &str = "api_key";
const WORKER: &str = "worker";
/// and the one event of sessions that does.
const ENDED: &str = "session.revoked";
/// When to look again after a fault.
const REST: Duration = Duration::from_secs(1);

/// Whether events of a type can change somebody's access.
fn is_wanted(event_type: &str) -> bool {
    let kind = event_type.split_once('.').map_or("", |(kind, _)| kind);
    event_type == ENDED || KINDS.contains(&kind)
}

/// Learns what changed for tokens that may still be alive. Before this is done the process must not
/// answer. Answers where to follow on.
///
/// # Errors
/// The log cannot be read.
pub async fn catch_up(app: &App) -> anyhow::Result<Mark> {
    const READ: &str = "read whose access has changed";
    let head = app.log.head().await.context(READ)?;
    let mut done = app.log.position_at(oldest(app.clock.now())).await.context(READ)?;
    loop {
        let page = app.log.of_kinds((&KINDS, &[ENDED]), done, PAGE_MAX).await.context(READ)?;
        let is_last = (page.len() as i64) < PAGE_MAX;
        for event in page {
            done = event.position;
            match Entry::decode(event.clone()) {
                Ok(entry) => app.learn(&entry),
                Err(_) => app.suspect(&event),
            }
        }
        if is_last {
            break;
        }
    }
    Ok(app.log.at_position(head).await.context(READ)?.as_ref().map_or(Mark::GENESIS, Mark::at))
}

/// Follows the log until the task is dropped.
pub async fn follow(app: App, from: Mark) {
    let place = app.source.board.join(NAME);
    place.reached(from.position);
    let mut follower = Follower::new(&app.source, from);
    loop {
        match follow_on(&app, &mut follower).await {
            Ok(()) => place.reached(follower.done().position),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "access cannot be followed");
                place.is(State::Retrying(error));
                tokio::time::sleep(REST).await;
            }
        }
    }
}

async fn follow_on(app: &App, follower: &mut Follower) -> anyhow::Result<()> {
    match follower.next(&is_wanted).await {
        Ok(batch) => batch.entries.iter().for_each(|entry| app.learn(entry)),
        Err(FollowError::Poison { position, .. }) => {
            let event = app.log.at_position(position).await?;
            let event = event.context("an event that was there is gone")?;
            app.suspect(&event);
            follower.seek(Mark::at(&event));
        }
        Err(FollowError::Forked { position }) => {
            tracing::error!(position, "history forked: whose access has changed is read anew");
            app.secret_keys.forget_all();
            app.worker_keys.forget_all();
            let present = catch_up(app).await?;
            app.tokens.revocations.rewind(present.position);
            follower.seek(present);
        }
        Err(error @ FollowError::Log(_)) => return Err(error.into()),
    }
    Ok(())
}

impl App {
    /// Takes access back in this process at once; others learn it from the log.
    pub fn revoke_here(&self, revocation: Revocation, position: i64) {
        self.tokens.revocations.note(revocation, position, self.clock.now());
    }

    /// Takes an event that does not decode here for one that takes everything back: whoever it is
    /// about has to show anew that they may.
    fn suspect(&self, event: &Recorded) {
        let Recorded { position, stream_id: id, event_type, .. } = event;
        tracing::error!(position, event_type, %id, "an event about somebody's access is not known");
        match event.stream_type.as_str() {
            USER => {
                self.revoke_here(Revocation::Sessions(UserId(*id)), *position);
                self.secret_keys.forget(UserId(*id));
            }
            API_KEY => self.secret_keys.forget(UserId(*id)),
            WORKER => self.worker_keys.forget(WorkerId(*id)),
            _ => self.revoke_here(Revocation::Session(SessionId(*id)), *position),
        }
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
        if status.may_act().is_err() {
            self.presence.forget(user);
        }
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
            Some(Revocation::Sessions(user) | Revocation::Tokens(user)) => {
                return self.user == user;
            }
            None => {}
        }
        let moved = |event: &UserEvent| event.user() == self.user && event.standing().is_some();
        let rekeyed = |event: &KeyEvent| event.user() == self.user && self.key.is_some();
        event.of().is_some_and(moved) || event.of().is_some_and(rekeyed)
    }
}
