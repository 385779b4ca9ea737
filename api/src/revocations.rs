//! Access that ends before its token does (IAM-18), and accounts that stand elsewhere than their
//! tokens say (IAM-08).
//!
//! No clocks are compared: a token says at which position of the log its rights were read, and what
//! happened to its holder after that position goes before it.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, TimeDelta, Utc};
use domain::sessions::SessionEvent;
use domain::users::{Access, Status, UserEvent};
use domain::{Event, SessionId, UserId};

use crate::tokens::{ACCESS_SECONDS, Claims, SKEW_SECONDS_MAX};

/// What is remembered at most, of sessions, users and standings each. Beyond that, every token that
/// is older must be renewed: nobody who was shut out gets in, and clients renew by themselves.
const REVOKED_MAX: usize = 100_000;

/// Whose access ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// That of one session.
    Session(SessionId),
    /// That of all sessions of a user.
    Sessions(UserId),
    /// That of all tokens of a user; their sessions go on.
    Tokens(UserId),
}

impl Revocation {
    /// What an event takes back.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        if let Some(SessionEvent::Revoked { session, .. }) = event.of() {
            return Some(Self::Session(*session));
        }
        let event: &UserEvent = event.of()?;
        match event.access() {
            Access::Kept => None,
            Access::Stale => Some(Self::Tokens(event.user())),
            Access::Ended => Some(Self::Sessions(event.user())),
        }
    }
}

/// What was taken back while a token that knows nothing of it may still live.
#[derive(Default)]
pub struct Revocations(RwLock<Revoked>);

#[derive(Default)]
struct Revoked {
    sessions: HashMap<SessionId, DateTime<Utc>>,
    users: HashMap<UserId, Since>,
    /// Where accounts stand that changed, and since which position.
    standings: HashMap<UserId, (Status, i64, DateTime<Utc>)>,
    /// Tokens from before this position are refused, whosever they are.
    floor: i64,
}

/// What was taken back from a user.
#[derive(Debug, Clone, Copy)]
struct Since {
    /// Tokens from before this position are refused,
    stale: i64,
    /// and the sessions of those from before this one are over.
    ended: i64,
    noted: DateTime<Utc>,
}

impl Revocations {
    /// Whether a token was taken back, and its session with it.
    #[must_use]
    pub fn of(&self, claims: &Claims) -> Access {
        let revoked = self.read();
        let since = revoked.users.get(&UserId(claims.sub));
        let is_over = revoked.sessions.contains_key(&SessionId(claims.sid));
        if is_over || since.is_some_and(|since| claims.pos < since.ended) {
            return Access::Ended;
        }
        let is_stale = since.is_some_and(|since| claims.pos < since.stale);
        if is_stale || claims.pos < revoked.floor { Access::Stale } else { Access::Kept }
    }

    /// Where an account stands, if that changed after a position and not so long ago that no token
    /// can say otherwise.
    #[must_use]
    pub fn standing(&self, user: UserId, after: i64) -> Option<Status> {
        let revoked = self.read();
        let since = revoked.standings.get(&user).filter(|(_, since, _)| *since > after);
        since.map(|(status, ..)| *status)
    }

    /// Remembers where an account stands since a position, as of `now`.
    pub fn stand(&self, user: UserId, status: Status, position: i64, now: DateTime<Utc>) {
        let mut revoked = self.write();
        revoked.make_room(position, now);
        revoked.standings.insert(user, (status, position, now));
    }

    /// Remembers what was taken back at a position, as of `now`.
    pub fn note(&self, revocation: Revocation, position: i64, now: DateTime<Utc>) {
        let mut revoked = self.write();
        revoked.make_room(position, now);
        match revocation {
            Revocation::Session(session) => {
                revoked.sessions.insert(session, now);
            }
            Revocation::Tokens(user) => revoked.of(user, now).note(position, 0),
            Revocation::Sessions(user) => revoked.of(user, now).note(position, position),
        }
    }

    /// The log was put back and ends at `head`: what was noted beyond it counts from there, or it
    /// would refuse tokens of the new history for as long as that is the shorter one.
    pub fn rewind(&self, head: i64) {
        let mut revoked = self.write();
        revoked.floor = revoked.floor.min(head);
        revoked.users.values_mut().for_each(|since| since.rewind(head));
        revoked.standings.values_mut().for_each(|(_, since, _)| *since = head.min(*since));
    }

    fn read(&self) -> RwLockReadGuard<'_, Revoked> {
        self.0.read().unwrap_or_else(PoisonError::into_inner) // Maps have no half-done state.
    }

    fn write(&self) -> RwLockWriteGuard<'_, Revoked> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Since {
    fn note(&mut self, stale: i64, ended: i64) {
        (self.stale, self.ended) = (self.stale.max(stale), self.ended.max(ended));
    }

    fn rewind(&mut self, head: i64) {
        (self.stale, self.ended) = (self.stale.min(head), self.ended.min(head));
    }
}

impl Revoked {
    fn of(&mut self, user: UserId, now: DateTime<Utc>) -> &mut Since {
        let since = self.users.entry(user).or_insert(Since { stale: 0, ended: 0, noted: now });
        since.noted = now;
        since
    }

    fn make_room(&mut self, position: i64, now: DateTime<Utc>) {
        if !self.is_full() {
            return;
        }
        let oldest = oldest(now);
        self.sessions.retain(|_, noted| *noted >= oldest);
        self.users.retain(|_, since| since.noted >= oldest);
        self.standings.retain(|_, (.., noted)| *noted >= oldest);
        if self.is_full() {
            *self = Self { floor: self.floor.max(position), ..Self::default() };
        }
    }

    fn is_full(&self) -> bool {
        let most = self.sessions.len().max(self.users.len()).max(self.standings.len());
        most >= REVOKED_MAX
    }
}

/// When the oldest token that may still be alive was issued.
#[must_use]
pub fn oldest(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::seconds(ACCESS_SECONDS + SKEW_SECONDS_MAX)
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
        let ada = UserId(claims(0).sub);
        revocations.note(Revocation::Sessions(ada), 7, now);
        revocations.note(Revocation::Tokens(ada), 9, now);
        let of = |pos| revocations.of(&claims(pos));
        assert_eq!([of(6), of(7), of(8)], [Access::Ended, Access::Stale, Access::Stale]);
        assert_eq!(of(9), Access::Kept);
    }

    #[test]
    fn what_was_taken_back_in_a_history_that_is_gone_does_not_outlast_it() {
        let (revocations, now) = (Revocations::default(), DateTime::UNIX_EPOCH);
        let ada = UserId(claims(0).sub);
        revocations.note(Revocation::Sessions(ada), 100, now);
        revocations.stand(ada, Status::Suspended, 100, now);
        revocations.rewind(50);
        assert_eq!(revocations.of(&claims(49)), Access::Ended);
        assert_eq!(revocations.of(&claims(50)), Access::Kept);
        assert_eq!(revocations.standing(ada, 50), None);
    }

    #[test]
    fn a_token_says_where_an_account_stands_until_something_happens_to_it() {
        let (revocations, now) = (Revocations::default(), DateTime::UNIX_EPOCH);
        let ada = UserId(claims(0).sub);
        revocations.stand(ada, Status::Deactivated, 7, now);
        assert_eq!(revocations.standing(ada, 6), Some(Status::Deactivated));
        assert_eq!(revocations.standing(ada, 7), None, "its rights were read after that");
        revocations.stand(ada, Status::Active, 9, now);
        assert_eq!(revocations.standing(ada, 6), Some(Status::Active));
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
        let shut_out = revocations.of(&claims(5));
        assert_eq!(shut_out, Access::Stale, "nobody who was shut out gets in");
        assert_eq!(revocations.of(&claims(REVOKED_MAX as i64)), Access::Kept);
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
