//! The rules of API keys, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use chrono::Duration;

use super::*;
use crate::given::{Given, id};
use crate::users::{StandingCommand, User, UserCommand, UserError, UserEvent};
use crate::{One, Refusal, Sealed, Sha256, UserId};

const MINA: UserId = UserId(id(1));

fn mina() -> Given {
    let sealed = Sealed { person: MINA.0, nonce: String::new(), ct: String::new() };
    Given::nothing().event::<User>(
        MINA,
        UserEvent::Registered {
            user: MINA,
            username: "mina".to_owned(),
            email: sealed.clone(),
            display_name: sealed,
        },
    )
}

fn key(n: u128) -> KeyId {
    KeyId(id(100 + n))
}

fn hash(n: u128) -> String {
    format!("{n:064x}")
}

fn secret(n: u128) -> Secret {
    Secret { prefix: "sk_live_abcd".to_owned(), sha256: Sha256::parse(&hash(n)).unwrap() }
}

fn create(n: u128) -> CreateKey {
    CreateKey {
        user: MINA,
        key: key(n),
        name: Sealed { person: MINA.0, nonce: String::new(), ct: String::new() },
        mode: KeyMode::Live,
        scopes: BTreeSet::from([Scope::WalletsRead]),
        secret: secret(n),
        expires_at: None,
    }
}

fn rotate(n: u128, to: u128, overlap: Duration) -> RotateKey {
    RotateKey { user: MINA, key: key(n), secret: secret(to), overlap }
}

fn good_until(log: &Given, n: u128, hash: &str) -> Option<DateTime<Utc>> {
    let keys = log.state::<ApiKeys>(MINA);
    let found = keys.live().find(|(id, _)| *id == key(n));
    found.and_then(|(_, key)| key.good_until(hash))
}

#[test]
fn a_person_has_a_bounded_number_of_keys() {
    let mut log = mina();
    for n in 0..KEYS_MAX as u128 {
        log.when(&create(n)).unwrap();
    }
    let too_many = Refusal::Key(KeyError::TooMany { max: KEYS_MAX });
    assert_eq!(log.when(&create(99)).unwrap_err(), too_many);
    let revoke = KeyCommand::Revoke { user: MINA, key: key(3) };
    log.when(&One::<ApiKeys>::of(MINA, revoke)).unwrap();
    assert!(log.when(&create(99)).is_ok(), "a revoked one makes room");
}

#[test]
fn a_key_does_something_and_ends_later_than_it_begins() {
    let mut log = mina();
    let none = CreateKey { scopes: BTreeSet::new(), ..create(1) };
    assert_eq!(log.when(&none).unwrap_err(), Refusal::Key(KeyError::NoScope));
    let past = CreateKey { expires_at: Some(log.at()), ..create(1) };
    assert_eq!(log.when(&past).unwrap_err(), Refusal::Key(KeyError::AlreadyExpired));
    let end = log.at() + Duration::days(1);
    log.when(&CreateKey { expires_at: Some(end), ..create(1) }).unwrap();
    assert_eq!(good_until(&log, 1, &hash(1)), Some(end));
    assert_eq!(good_until(&log, 1, &hash(2)), None);
}

#[test]
fn a_rotated_keys_old_secret_works_for_the_overlap_and_only_the_last_one() {
    let mut log = mina();
    log.when(&create(1)).unwrap();
    log.when(&rotate(1, 2, Duration::hours(1))).unwrap();
    assert_eq!(good_until(&log, 1, &hash(1)), Some(log.at() + Duration::hours(1)));
    assert_eq!(good_until(&log, 1, &hash(2)), Some(DateTime::<Utc>::MAX_UTC));
    log.when(&rotate(1, 3, Duration::zero())).unwrap();
    assert_eq!(good_until(&log, 1, &hash(1)), None);
    assert_eq!(good_until(&log, 1, &hash(2)), Some(log.at()), "at once");
    let long = rotate(1, 4, OVERLAP_MAX + Duration::seconds(1));
    assert_eq!(log.when(&long).unwrap_err(), Refusal::Key(KeyError::OverlapTooLong { days: 7 }));
}

#[test]
fn a_revoked_key_is_not_there_any_more() {
    let mut log = mina();
    log.when(&create(1)).unwrap();
    let revoke = One::<ApiKeys>::of(MINA, KeyCommand::Revoke { user: MINA, key: key(1) });
    assert_eq!(log.when(&revoke).unwrap().types(), ["api_key.revoked"]);
    assert_eq!(log.when(&revoke).unwrap_err(), Refusal::Key(KeyError::NotFound));
    let rotate = rotate(1, 2, Duration::zero());
    assert_eq!(log.when(&rotate).unwrap_err(), Refusal::Key(KeyError::NotFound));
}

#[test]
fn an_account_that_may_not_act_makes_no_keys() {
    let mut log = mina();
    let rest = UserCommand::Standing(StandingCommand::Deactivate { user: MINA });
    log.when(&One::<User>::of(MINA, rest)).unwrap();
    assert_eq!(log.when(&create(1)).unwrap_err(), Refusal::User(UserError::Deactivated));
}

#[test]
fn a_scope_is_stored_by_its_word() {
    for scope in Scope::ALL {
        assert_eq!(serde_json::to_value(scope).unwrap(), scope.word());
    }
}
