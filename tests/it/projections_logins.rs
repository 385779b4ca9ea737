//! The part of the story by hand in which people come in: by password, by a provider, from several
//! devices.

use domain::sessions::{Method, RevokeReason, SessionEvent};
use domain::users::{self, Provider, Subject, UserEvent};
use domain::{Event, SessionId};
use uuid::Uuid;

use crate::projections_ground::recorded_at;
use crate::projections_story::{ANN, BOB, Seal, Story, end};

/// Ann signs in with Google too.
pub fn linked(seal: Seal<'_>) -> Story {
    let subject = Subject { provider: Provider::Google, hash: "ab".repeat(32) };
    let field = |field| Some(seal(ANN.0, ("user.oauth_account_linked", field), field));
    let profile = users::Profile {
        subject: seal(ANN.0, ("user.oauth_account_linked", "subject"), "1234567890"),
        email: field("email"),
        name: field("name"),
    };
    vec![(ANN.0, Event::User(UserEvent::OauthAccountLinked { user: ANN, subject, profile }))]
}

/// Ann logs in twice, loses a token to somebody, and ends everything; Bob's session is forgotten.
pub fn logins() -> Story {
    let of = |session: SessionId, event| (session.0, Event::Session(event));
    let opened = |session, user| {
        let (token_hash, opened_at) = ("34".repeat(32), recorded_at(600));
        let (method, expires_at, ends_at) = (Method::Password, end(), end());
        let epoch = 0;
        of(
            session,
            SessionEvent::Opened {
                session,
                user,
                method,
                token_hash,
                epoch,
                opened_at,
                expires_at,
                ends_at,
            },
        )
    };
    let [phone, laptop, tablet] = [0x80, 0x81, 0x82].map(|id| SessionId(Uuid::from_u128(id)));
    let (token_hash, refreshed_at, expires_at) = ("56".repeat(32), recorded_at(700), end());
    let refreshed = SessionEvent::Refreshed {
        session: phone,
        token_hash,
        counter: 1,
        refreshed_at,
        expires_at,
    };
    let (session, reason) = (laptop, RevokeReason::RefreshReused);
    vec![
        opened(phone, ANN),
        opened(laptop, ANN),
        opened(tablet, BOB),
        of(phone, refreshed),
        of(laptop, SessionEvent::RefreshReuseDetected { session, user: ANN }),
        of(laptop, SessionEvent::Revoked { session, user: ANN, reason }),
        of(tablet, SessionEvent::Forgotten { session: tablet }),
        (ANN.0, Event::User(UserEvent::SignedOutEverywhere { user: ANN })),
    ]
}
