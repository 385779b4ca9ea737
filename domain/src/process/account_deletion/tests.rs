//! What leaving means, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use chrono::Duration;

use super::*;
use crate::given::{Given, id};
use crate::users::*;
use crate::{One, Refusal, Sealed, UserId};

const MINA: UserId = UserId(id(1));

fn signed_up() -> Given {
    let sealed = || Sealed { person: MINA.0, nonce: "bm9uY2U=".to_owned(), ct: "Y3Q=".to_owned() };
    let mut log = Given::nothing();
    let register = RegisterUser {
        user: MINA,
        username: Username::parse("mina").unwrap(),
        email_claim: EmailClaim([7; 32]),
        email: sealed(),
        display_name: sealed(),
        password_phc: b"$argon2id$".to_vec(),
        person_key: b"wrapped".to_vec(),
    };
    log.when(&register).unwrap();
    log
}

fn begin() -> BeginErasure {
    BeginErasure { user: MINA, purchases: Vec::new() }
}

fn erase() -> Erase {
    let claim = |scope: &str, value: &str| Claim { scope: scope.into(), value: value.into() };
    Erase { user: MINA, claims: vec![claim("username", "mina"), claim("email", &"07".repeat(32))] }
}

#[test]
fn leaving_takes_a_fortnight_and_asking_again_does_not_change_that() {
    let mut log = signed_up();
    let asked = log.when(&RequestDeletion { user: MINA }).unwrap();
    assert_eq!(asked.types(), ["user.deletion_requested"]);
    assert_eq!(asked.reply, log.at() + Duration::days(14));
    assert_eq!(log.timers(), [(ACCOUNT_DELETION, MINA.to_string(), asked.reply)]);
    log.later(Duration::days(3));
    let again = log.when(&RequestDeletion { user: MINA }).unwrap();
    assert_eq!((again.reply, again.events.len()), (asked.reply, 0));
    assert_eq!(log.when(&begin()).unwrap().reply, Begun::Later(asked.reply), "it is not due");
}

#[test]
fn whoever_stays_stands_where_they_stood() {
    let mut log = signed_up();
    let rest = UserCommand::Standing(StandingCommand::Deactivate { user: MINA });
    log.when(&One::<User>::of(MINA, rest)).unwrap();
    log.when(&RequestDeletion { user: MINA }).unwrap();
    assert_eq!(log.state::<User>(MINA).status(), Status::PendingDeletion);
    log.when(&CancelDeletion { user: MINA }).unwrap();
    assert_eq!(log.state::<User>(MINA).status(), Status::Deactivated);
    assert_eq!(log.timers(), []);
    assert!(log.when(&CancelDeletion { user: MINA }).unwrap().events.is_empty());
    assert_eq!(log.when(&begin()).unwrap().reply, Begun::No);
}

#[test]
fn once_it_has_begun_nobody_turns_back() {
    let mut log = signed_up();
    log.when(&RequestDeletion { user: MINA }).unwrap();
    log.later(Duration::days(14));
    assert_eq!(log.when(&begin()).unwrap().reply, Begun::Yes);
    let again = log.when(&begin()).unwrap();
    assert_eq!((again.reply, again.events.len()), (Begun::Yes, 0));
    let refused = log.when(&CancelDeletion { user: MINA }).unwrap_err();
    assert_eq!(refused, Refusal::User(UserError::ErasureBegun));
}

#[test]
fn the_last_step_frees_the_names_destroys_the_key_and_happens_once() {
    let mut log = signed_up();
    let refused = log.when(&erase()).unwrap_err();
    assert_eq!(refused, Refusal::User(UserError::NoDeletionPending), "nobody asked for it");
    log.when(&RequestDeletion { user: MINA }).unwrap();
    log.later(Duration::days(14));
    log.when(&begin()).unwrap();
    assert_eq!(log.when(&erase()).unwrap().types(), ["user.erased"]);
    assert_eq!(log.claimed("username", "mina"), None);
    assert_eq!(log.claimed("email", &"07".repeat(32)), None);
    for secret in [PASSWORD, PERSON_KEY, ACCOUNT_DELETION] {
        assert_eq!(log.kept(secret, &MINA.to_string()), None, "{secret}");
    }
    assert_eq!(log.state::<User>(MINA).status(), Status::Erased);
    assert!(log.when(&erase()).unwrap().events.is_empty(), "again it changes nothing");
    assert_eq!(log.when(&begin()).unwrap().reply, Begun::No);
}
