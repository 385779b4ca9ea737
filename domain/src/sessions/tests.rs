//! The rules of sessions, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use super::*;
use crate::artists::{Artist, ArtistEvent};
use crate::given::{Given, id};
use crate::users::{Profile, Provider, Role, Status, Subject, User, UserCommand, UserEvent};
use crate::{One, Refusal, Sealed};

const MINA: UserId = UserId(id(1));
const JOON: UserId = UserId(id(2));
const PHONE: SessionId = SessionId(id(90));

/// What stands for the hash of the token of this number.
fn hash(counter: u32) -> Sha256 {
    Sha256::parse(&format!("{counter:064x}")).unwrap()
}

fn sealed() -> Sealed {
    Sealed { person: MINA.0, nonce: "bm9uY2U=".to_owned(), ct: "Y3Q=".to_owned() }
}

fn signed_up() -> Given {
    let username = "mina".to_owned();
    let registered =
        UserEvent::Registered { user: MINA, username, email: sealed(), display_name: sealed() };
    Given::nothing().event::<User>(MINA, registered)
}

fn open() -> OpenSession {
    let (session, token_hash) = (PHONE, hash(0));
    let proof = Proof::Password { passwords: 1 };
    OpenSession { session, user: MINA, proof, token_hash }
}

fn logged_in() -> Given {
    let mut log = signed_up();
    log.when(&open()).unwrap();
    log
}

fn refresh(presented: u32, current: u32) -> RefreshSession {
    RefreshSession {
        session: PHONE,
        user: MINA,
        presented: hash(presented),
        next: hash(current + 1),
    }
}

/// Presents a token; answers which one counts then, or that the session is over.
fn counter(log: &mut Given, presented: u32, current: u32) -> Option<u32> {
    match log.when(&refresh(presented, current)).unwrap().reply {
        Refreshed::Renewed { counter, .. } => Some(counter),
        Refreshed::Reused => None,
    }
}

fn refused(log: &mut Given, presented: u32, current: u32) -> Refusal {
    log.when(&refresh(presented, current)).unwrap_err()
}

#[test]
fn who_logs_in_gets_the_rights_they_have_now_and_a_timer_that_forgets_the_device() {
    let artist = ArtistEvent::Registered { artist: MINA, artist_name: "Mina".to_owned() };
    let mut log = signed_up()
        .event::<User>(MINA, UserEvent::RoleGranted { user: MINA, role: Role::Support })
        .event::<Artist>(MINA, artist);
    let opened = log.when(&open()).unwrap();
    assert_eq!(opened.types(), ["session.opened"]);
    assert_eq!(opened.reply.roles, [Role::Artist, Role::Support]);
    assert_eq!(log.timers(), [(SESSION_END, PHONE.to_string(), log.at() + LIFE_MAX)]);
}

#[test]
fn nobody_logs_in_to_an_account_that_is_not_there_and_a_token_says_that_it_is_stopped() {
    let refused = Given::nothing().when(&open()).unwrap_err();
    assert_eq!(refused, Refusal::Session(SessionError::ProofVoid));
    let suspended = UserEvent::Suspended { user: MINA, reason: sealed() };
    let opened = signed_up().event::<User>(MINA, suspended).when(&open()).unwrap();
    assert_eq!(opened.reply.status, Status::Suspended);
}

#[test]
fn a_password_that_was_replaced_while_it_was_checked_lets_nobody_in() {
    for replaced in
        [UserEvent::PasswordReset { user: MINA }, UserEvent::PasswordChanged { user: MINA }]
    {
        let mut log = signed_up().event::<User>(MINA, replaced);
        let refused = log.when(&open()).unwrap_err();
        assert_eq!(refused, Refusal::Session(SessionError::ProofVoid));
        let now = Proof::Password { passwords: 2 };
        log.when(&OpenSession { proof: now, ..open() }).unwrap();
    }
    let mut log = signed_up().event::<User>(MINA, UserEvent::PasswordRehashed { user: MINA });
    log.when(&open()).unwrap(); // It is the same password.
}

#[test]
fn a_proof_that_is_void_does_not_show_where_the_account_stands() {
    let mut log = signed_up()
        .event::<User>(MINA, UserEvent::PasswordChanged { user: MINA })
        .event::<User>(MINA, UserEvent::Suspended { user: MINA, reason: sealed() });
    let refused = log.when(&open()).unwrap_err();
    assert_eq!(refused, Refusal::Session(SessionError::ProofVoid));
}

#[test]
fn a_code_lets_in_while_the_account_is_linked_and_until_all_sessions_end() {
    let subject = Subject { provider: Provider::Google, hash: "ab".repeat(32) };
    let profile = Profile { subject: sealed(), email: None, name: None };
    let linked = UserEvent::OauthAccountLinked { user: MINA, subject: subject.clone(), profile };
    let come = |session: u128, epoch| {
        let proof = Proof::Provider { subject: subject.clone(), epoch };
        OpenSession { session: SessionId(id(session)), proof, ..open() }
    };
    let void = Refusal::Session(SessionError::ProofVoid);
    assert_eq!(signed_up().when(&come(90, 0)).unwrap_err(), void, "nothing is linked");

    let mut log = signed_up().event::<User>(MINA, linked);
    let opened = log.when(&come(90, 0)).unwrap();
    let method = |event: &crate::Event| {
        matches!(event, crate::Event::Session(SessionEvent::Opened { method: Method::Google, .. }))
    };
    assert!(opened.events.iter().any(method), "{:?}", opened.events);
    log.when(&One::<User>::of(MINA, UserCommand::SignOutEverywhere { user: MINA })).unwrap();
    assert_eq!(log.when(&come(91, 0)).unwrap_err(), void, "it was given before they ended");
    log.when(&come(91, 1)).unwrap();
    let mut log = log.event::<User>(
        MINA,
        UserEvent::OauthAccountUnlinked { user: MINA, subject: subject.clone() },
    );
    assert_eq!(log.when(&come(92, 1)).unwrap_err(), void, "it was unlinked");
}

#[test]
fn each_token_is_replaced_when_it_is_used() {
    let mut log = logged_in();
    let accepted = log.when(&refresh(0, 0)).unwrap();
    assert_eq!(accepted.types(), ["session.refreshed"]);
    assert_eq!(counter(&mut log, 1, 1), Some(2));
}

#[test]
fn a_token_whose_answer_was_lost_gets_the_same_successor_again() {
    let mut log = logged_in();
    assert_eq!(counter(&mut log, 0, 0), Some(1));
    log.later(REUSE_GRACE);
    let again = log.when(&refresh(0, 0)).unwrap();
    assert!(again.events.is_empty(), "nothing happens twice");
    assert_eq!(counter(&mut log, 0, 0), Some(1));
}

#[test]
fn a_slow_tab_is_still_a_tab_when_a_fast_one_refreshed_twice_within_the_grace() {
    let mut log = logged_in();
    assert_eq!(counter(&mut log, 0, 0), Some(1));
    assert_eq!(counter(&mut log, 1, 1), Some(2));
    assert_eq!(counter(&mut log, 0, 0), Some(2));
}

#[test]
fn a_token_that_comes_back_later_ends_the_session_for_both_who_have_it() {
    let mut log = logged_in();
    assert_eq!(counter(&mut log, 0, 0), Some(1));
    log.later(REUSE_GRACE + Duration::milliseconds(1));
    let reused = log.when(&refresh(0, 0)).unwrap();
    assert_eq!(reused.types(), ["session.refresh_reuse_detected", "session.revoked"]);
    assert_eq!(reused.reply, Refreshed::Reused);
    assert_eq!(refused(&mut log, 1, 1), Refusal::Session(SessionError::Ended));
    assert_eq!(refused(&mut log, 0, 0), Refusal::Session(SessionError::Ended));
}

#[test]
fn what_is_remembered_of_replaced_tokens_is_bounded() {
    let mut log = logged_in();
    let many = u32::try_from(REPLACED_MAX).unwrap() + 1;
    for n in 0..many {
        assert_eq!(counter(&mut log, n, n), Some(n + 1));
    }
    assert_eq!(counter(&mut log, 1, many), Some(many));
    assert_eq!(counter(&mut log, 0, many), None, "the oldest is no longer known as a tab's");
}

#[test]
fn a_session_nobody_uses_ends_after_thirty_days() {
    let mut log = logged_in();
    log.later(IDLE_MAX - Duration::seconds(1));
    assert_eq!(counter(&mut log, 0, 0), Some(1));
    log.later(IDLE_MAX);
    assert_eq!(refused(&mut log, 1, 1), Refusal::Session(SessionError::Expired));
}

#[test]
fn a_session_in_daily_use_ends_after_ninety_days() {
    let mut log = logged_in();
    for day in 0..89 {
        log.later(Duration::days(1));
        assert_eq!(counter(&mut log, day, day), Some(day + 1));
    }
    log.later(Duration::days(1));
    assert_eq!(refused(&mut log, 89, 89), Refusal::Session(SessionError::Expired));
}

#[test]
fn a_session_is_ended_by_its_owner_alone_and_once() {
    let mut log = logged_in();
    let revoke = |user| {
        let reason = RevokeReason::LoggedOut;
        One::<Session>::of(PHONE, SessionCommand::Revoke { user, reason })
    };
    let refused_stranger = log.when(&revoke(JOON)).unwrap_err();
    assert_eq!(refused_stranger, Refusal::Session(SessionError::NotFound));
    assert_eq!(log.when(&revoke(MINA)).unwrap().types(), ["session.revoked"]);
    assert!(log.when(&revoke(MINA)).unwrap().events.is_empty());
    assert_eq!(refused(&mut log, 0, 0), Refusal::Session(SessionError::Ended));
}

#[test]
fn what_ends_all_sessions_ends_those_that_were_open_and_no_later_one() {
    let mut log = logged_in();
    log.when(&One::<User>::of(MINA, UserCommand::SignOutEverywhere { user: MINA })).unwrap();
    assert_eq!(refused(&mut log, 0, 0), Refusal::Session(SessionError::Ended));
    let laptop = SessionId(id(91));
    log.when(&OpenSession { session: laptop, ..open() }).unwrap();
    let refresh = RefreshSession { session: laptop, ..refresh(0, 0) };
    assert!(matches!(log.when(&refresh).unwrap().reply, Refreshed::Renewed { .. }));
}

#[test]
fn a_refreshed_session_has_the_rights_of_now() {
    let mut log =
        logged_in().event::<User>(MINA, UserEvent::RoleGranted { user: MINA, role: Role::Admin });
    let Refreshed::Renewed { rights, .. } = log.when(&refresh(0, 0)).unwrap().reply else {
        unreachable!("the token is the current one")
    };
    assert_eq!(rights.roles, [Role::Admin]);
}

#[test]
fn a_device_is_forgotten_once_when_its_longest_life_is_over() {
    let mut log = logged_in();
    log.later(LIFE_MAX);
    let forget = ForgetSession::read(SESSION_END, &PHONE.to_string()).unwrap();
    assert_eq!(log.when(&forget).unwrap().types(), ["session.forgotten"]);
    assert!(log.when(&forget).unwrap().events.is_empty());
    assert!(log.timers().is_empty());
    assert_eq!(ForgetSession::read("hold-expiry", &PHONE.to_string()), None);
}

#[test]
fn a_session_that_was_never_opened_is_not_known() {
    let refused = refused(&mut signed_up(), 0, 0);
    assert_eq!(refused, Refusal::Session(SessionError::NotFound));
}
