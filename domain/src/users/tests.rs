//! The rules of users, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod email_change;
mod handles;
mod login;
mod oauth;
mod squatter;
mod staff;

use cqrs_es::test::TestFramework;

use super::*;
use crate::given::{Given, id};
use crate::input::TextError;
use crate::{One, Refusal, Sealed, Stream, UserId};

fn sealed(user: UserId) -> Sealed {
    Sealed { person: user.0, nonce: "bm9uY2U=".to_owned(), ct: "Y3Q=".to_owned() }
}

fn register(user: UserId, username: &str, email: u8) -> RegisterUser {
    RegisterUser {
        user,
        username: Username::parse(username).unwrap(),
        email_claim: EmailClaim([email; 32]),
        email: sealed(user),
        display_name: sealed(user),
        password_phc: b"$argon2id$".to_vec(),
        person_key: b"wrapped".to_vec(),
    }
}

const MINA: UserId = UserId(id(1));
const JOON: UserId = UserId(id(2));

#[test]
fn signing_up_claims_handle_and_address_and_keeps_secrets_out_of_the_log() {
    let mut log = Given::nothing();
    let accepted = log.when(&register(MINA, "Mina", 7)).unwrap();
    assert_eq!((accepted.reply, accepted.types()), (MINA, vec!["user.registered"]));

    let owner = Some(Stream::of::<User>(MINA).id);
    assert_eq!(log.claimed("username", "mina"), owner);
    assert_eq!(log.claimed("email", &"07".repeat(32)), owner);
    assert_eq!(log.kept(PASSWORD, &MINA.to_string()).unwrap().bytes, b"$argon2id$");
    assert_eq!(log.kept(PERSON_KEY, &MINA.to_string()).unwrap().bytes, b"wrapped");
    assert!(!format!("{:?}", accepted.events).contains("argon2"));
}

#[test]
fn a_handle_is_taken_whatever_its_case() {
    let mut log = Given::nothing();
    log.when(&register(MINA, "Mina", 7)).unwrap();
    let refused = log.when(&register(JOON, "mINA", 8)).unwrap_err();
    assert_eq!(refused, Refusal::User(UserError::UsernameTaken));
}

#[test]
fn an_address_signs_up_once() {
    let mut log = Given::nothing();
    log.when(&register(MINA, "mina", 7)).unwrap();
    let refused = log.when(&register(JOON, "joon", 7)).unwrap_err();
    assert_eq!(refused, Refusal::User(UserError::EmailTaken));
    assert_eq!(log.claimed("username", "joon"), None, "a refusal takes nothing");
}

#[test]
fn roles_are_a_set() {
    let mut log = Given::nothing();
    let grant = One::<User>::of(MINA, UserCommand::GrantRole { user: MINA, role: Role::Admin });
    assert_eq!(log.when(&grant).unwrap_err(), Refusal::User(UserError::NotFound));

    log.when(&register(MINA, "mina", 7)).unwrap();
    assert_eq!(log.when(&grant).unwrap().types(), ["user.role_granted"]);
    assert!(log.when(&grant).unwrap().events.is_empty(), "granted twice is granted once");
}

#[test]
fn a_role_nobody_has_cannot_be_lost() {
    let user = MINA;
    let registered = UserEvent::Registered {
        user,
        username: "mina".to_owned(),
        email: sealed(user),
        display_name: sealed(user),
    };
    let admin = UserEvent::RoleGranted { user, role: Role::Admin };
    let revoke = UserCommand::RevokeRole { user, role: Role::Admin };
    TestFramework::<User>::with(())
        .given(vec![registered.clone()])
        .when(revoke.clone())
        .then_expect_events(vec![]);
    TestFramework::<User>::with(())
        .given(vec![registered, admin])
        .when(revoke)
        .then_expect_events(vec![UserEvent::RoleRevoked { user, role: Role::Admin }]);
}

#[test]
fn a_handle_fits_a_url_and_is_never_mistaken_for_an_id() {
    for handle in ["mina", "Mina-2", "m.i_n-a", &"a".repeat(50)] {
        assert!(Username::parse(handle).is_ok(), "{handle}");
    }
    let id = "01890000-0000-7000-8000-000000000000";
    for handle in ["ab", &"a".repeat(51), "미나", "mi na", "-mina", "mi/na", "mina?", id] {
        assert!(Username::parse(handle).is_err(), "{handle}");
    }
}

#[test]
fn whoever_chooses_no_handle_gets_a_valid_one() {
    let generated = Username::generated(MINA);
    assert_eq!(Username::parse(generated.as_str()), Ok(generated));
}

#[test]
fn addresses_that_mean_the_same_compare_equal() {
    let email = |text| Email::parse(text).map(|email| email.as_str().to_owned());
    assert_eq!(email(" Mina@Example.COM "), Ok("mina@example.com".to_owned()));
    for text in ["", "mina", "@example.com", "mina@", "mina@example", "mina@.com", "a b@c.de"] {
        assert_eq!(email(text), Err(EmailError), "{text}");
    }
    let long = format!("{}@example.com", "a".repeat(65));
    assert_eq!(email(&long), Err(EmailError));
}

#[test]
fn a_password_has_at_least_8_and_at_most_128_characters() {
    assert!(Password::parse("  a b c ").is_ok(), "blanks count");
    assert_eq!(Password::parse("1234567").err(), Some(TextError::TooShort { min: 8 }));
    assert_eq!(Password::parse(&"x".repeat(129)).err(), Some(TextError::TooLong { max: 128 }));
}
