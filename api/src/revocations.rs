//! Access that ends before its token does (IAM-18). The event is the truth; what each process keeps
//! of it in memory only has to reach back as far as a token can live.
//!
//! No clocks are compared: a token says at which position of the log its rights were read, and what
//! happened to its holder after that position takes it back.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use domain::sessions::SessionEvent;
use domain::users::{Access, UserEvent};
use domain::{Event, SessionId, UserId};
use eventstore::Entry;
use eventstore::follow::{Follower, Mark};
use eventstore::read::PAGE_MAX;

use crate::app::App;
use crate::tokens::{ACCESS_SECONDS, Claims, SKEW_SECONDS_MAX};

/// What is remembered at most, of sessions and of users. Beyond that, every token that is older
/// must be renewed: nobody who was shut out gets in, and clients renew by themselves.
const REVOKED_MAX: usize = 100_000;
/// When to look again after a fault.
const REST: Duration = Duration::from_secs(1);

/// Whose access ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// That of one session.
    Session(SessionId),
    /// That of all tokens of a user; whether their sessions go on is the session's to know.
    User(UserId),
}

impl Revocation {
    /// What an event takes back.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        if let Some(SessionEvent::Revoked { session, .. }) = event.of() {
            return Some(Self::Session(*session));
        }
        let event: &UserEvent = event.of()?;
        (event.access() != Access::Kept).then(|| Self::User(event.user()))
    }

    /// Whether events of a type can take something back.
    fn is_wanted(event_type: &str) -> bool {
        event_type == "session.revoked" || event_type.starts_with("user.")
    }
}

/// What was taken back while a token that knows nothing of it may still live.
#[derive(Default)]
pub struct Revocations(RwLock<Revoked>);

#[derive(Default)]
struct Revoked {
    sessions: HashMap<SessionId, DateTime<Utc>>,
    /// With the position before which tokens are refused.
    users: HashMap<UserId, (i64, DateTime<Utc>)>,
    /// Tokens from before this position are refused, whosever they are.
    floor: i64,
}

impl Revocations {
    /// Whether a token was taken back.
    #[must_use]
    pub fn cover(&self, claims: &Claims) -> bool {
        let revoked = self.read();
        claims.pos < revoked.floor
            || revoked.sessions.contains_key(&SessionId(claims.sid))
            || revoked.users.get(&UserId(claims.sub)).is_some_and(|(at, _)| claims.pos < *at)
    }

    /// Remembers what was taken back at a position, as of `now`.
    pub fn note(&self, revocation: Revocation, position: i64, now: DateTime<Utc>) {
        let mut revoked = self.write();
        revoked.make_room(position, now);
        match revocation {
            Revocation::Session(session) => {
                revoked.sessions.insert(session, now);
            }
            Revocation::User(user) => {
                let since = revoked.users.entry(user).or_insert((position, now));
                *since = (since.0.max(position), now);
            }
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Revoked> {
        self.0.read().unwrap_or_else(PoisonError::into_inner) // Maps have no half-done state.
    }

    fn write(&self) -> RwLockWriteGuard<'_, Revoked> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Revoked {
    fn make_room(&mut self, position: i64, now: DateTime<Utc>) {
        if self.sessions.len() < REVOKED_MAX && self.users.len() < REVOKED_MAX {
            return;
        }
        let oldest = oldest(now);
        self.sessions.retain(|_, noted| *noted >= oldest);
        self.users.retain(|_, (_, noted)| *noted >= oldest);
        if self.sessions.len() >= REVOKED_MAX || self.users.len() >= REVOKED_MAX {
            (self.sessions, self.users) = Default::default();
            self.floor = self.floor.max(position);
        }
    }
}

/// When the oldest token that may still be alive was issued.
fn oldest(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::seconds(ACCESS_SECONDS + SKEW_SECONDS_MAX)
}

impl App {
    /// Takes access back in this process at once; others learn it from the log.
    pub fn revoke_here(&self, revocation: Revocation, position: i64) {
        self.tokens.revocations.note(revocation, position, self.clock.now());
    }

    fn take_back(&self, entry: &Entry) {
        if let Some(revocation) = Revocation::of(&entry.event) {
            self.revoke_here(revocation, entry.recorded.position);
        }
        if let Event::User(UserEvent::Erased { user, .. }) = &entry.event {
            self.forget(user.0); // Their key is gone; what this process remembers goes too.
        }
    }
}

/// Learns what was taken back from tokens that may still be alive. Before this is done the process
/// must not answer. Answers where to follow on.
///
/// # Errors
/// The log cannot be read, or an event does not decode.
pub async fn catch_up(app: &App) -> anyhow::Result<Mark> {
    const READ: &str = "read what access was taken back";
    let head = app.log.head().await.context(READ)?;
    let mut done = app.log.position_at(oldest(app.clock.now())).await.context(READ)?;
    let mut types = Event::types();
    types.retain(|event_type| Revocation::is_wanted(event_type));
    loop {
        let page = app.log.of_types(&types, done, PAGE_MAX).await.context(READ)?;
        let is_last = (page.len() as i64) < PAGE_MAX;
        for event in page {
            done = event.position;
            app.take_back(&*Entry::decode(event).context(READ)?);
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
        match follower.next(&Revocation::is_wanted).await {
            Ok(batch) => batch.entries.iter().for_each(|entry| app.take_back(entry)),
            Err(error) => {
                let error = anyhow::Error::from(error);
                tracing::error!(error = format!("{error:#}"), "revocations cannot be followed");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn claims(pos: i64) -> Claims {
        let mut claims = Claims::sample();
        claims.pos = pos;
        claims
    }

    #[test]
    fn a_users_tokens_from_before_are_refused_and_later_ones_are_not() {
        let (revocations, now) = (Revocations::default(), DateTime::UNIX_EPOCH);
        revocations.note(Revocation::User(UserId(claims(0).sub)), 7, now);
        assert!(revocations.cover(&claims(6)));
        assert!(!revocations.cover(&claims(7)));
    }

    #[test]
    fn when_too_much_is_taken_back_to_remember_everything_older_is_refused() {
        let (revocations, now) = (Revocations::default(), DateTime::UNIX_EPOCH);
        for n in 0..=REVOKED_MAX {
            let session = SessionId(Uuid::from_u128(n as u128));
            revocations.note(Revocation::Session(session), n as i64, now);
        }
        let revoked = revocations.read();
        assert_eq!((revoked.sessions.len(), revoked.floor), (1, REVOKED_MAX as i64));
        drop(revoked);
        assert!(revocations.cover(&claims(5)), "nobody who was shut out gets in");
        assert!(!revocations.cover(&claims(REVOKED_MAX as i64)));
    }

    #[test]
    fn what_no_living_token_can_say_is_let_go() {
        let (revocations, mut now) = (Revocations::default(), DateTime::UNIX_EPOCH);
        for n in 0..REVOKED_MAX {
            let session = SessionId(Uuid::from_u128(n as u128));
            revocations.note(Revocation::Session(session), 1, now);
        }
        now += TimeDelta::seconds(ACCESS_SECONDS + SKEW_SECONDS_MAX + 1);
        revocations.note(Revocation::Session(SessionId(Uuid::max())), 2, now);
        let revoked = revocations.read();
        assert_eq!((revoked.sessions.len(), revoked.floor), (1, 0));
    }
}
