//! Addresses and passwords, as sentences.

use chrono::Duration;

use super::*;
use crate::mail::{Letter, MAIL, Mail};
use crate::{Decision, Sha256};

pub(super) fn hash(n: u8) -> Sha256 {
    Sha256::parse(&format!("{n:02x}").repeat(32)).unwrap()
}

pub(super) fn ticket(log: &Given, n: u8, life: Duration) -> Ticket {
    let letter = Letter::VerifyEmail { token: format!("token {n}") };
    let (to, id) = ("mina@example.com".to_owned(), id(1_000 + u128::from(n)));
    let mail = Mail { id, user: MINA, to, letter, failures: 0 };
    Ticket { token_hash: hash(n), expires_at: log.at() + life, mail }
}

pub(super) fn letters(log: &Given) -> usize {
    log.timers().iter().filter(|(kind, ..)| *kind == MAIL).count()
}

fn signed_up() -> Given {
    let mut log = Given::nothing();
    let ticket = ticket(&log, 1, VERIFICATION_LIFE);
    let register = register(MINA, "mina", 7);
    log.when(&RegisterAndVerify { register, ticket }).unwrap();
    log
}

fn ask_reset(log: &mut Given, n: u8) -> Vec<&'static str> {
    let ticket = ticket(log, n, RESET_LIFE);
    log.when(&AskReset { user: MINA, ticket }).unwrap().types()
}

fn choose(by: Right) -> ChoosePassword {
    ChoosePassword { user: MINA, by, phc: b"$another$".to_vec() }
}

pub(super) fn refused<D: Decision<Reply: std::fmt::Debug>>(
    log: &mut Given,
    decision: &D,
) -> UserError {
    match log.when(decision).unwrap_err() {
        Refusal::User(error) => error,
        other => unreachable!("{other}"),
    }
}

#[test]
fn who_signs_up_gets_a_letter_and_the_log_only_the_hash_of_its_token() {
    let log = signed_up();
    assert_eq!(letters(&log), 1);
    let told = format!("{:?}", log.log);
    assert!(told.contains(hash(1).as_str()) && !told.contains("token 1"), "{told}");
    let kept = log.kept(MAIL, &format!("{MINA}/{}", id(1_001))).unwrap();
    assert_eq!(kept.due, Some(log.at()), "it leaves at once");
}

#[test]
fn a_letter_verifies_once_in_time_and_until_the_next_one() {
    let mut log = signed_up();
    let verify = |n| VerifyEmail { user: MINA, token_hash: hash(n) };
    assert_eq!(refused(&mut log, &verify(2)), UserError::TokenNotValid);
    log.later(Duration::seconds(60));
    let next = ticket(&log, 2, VERIFICATION_LIFE);
    log.when(&AskVerification { user: MINA, ticket: next }).unwrap();
    assert_eq!(refused(&mut log, &verify(1)), UserError::TokenNotValid, "it was replaced");

    let mut late = signed_up();
    late.later(VERIFICATION_LIFE);
    assert_eq!(refused(&mut late, &verify(1)), UserError::TokenNotValid, "its time is over");

    assert_eq!(log.when(&verify(2)).unwrap().types(), ["user.email_verified"]);
    assert_eq!(refused(&mut log, &verify(2)), UserError::TokenNotValid, "it was used");
}

#[test]
fn nobodys_mailbox_is_filled() {
    let mut log = signed_up();
    log.later(Duration::seconds(59));
    let ticket = ticket(&log, 2, VERIFICATION_LIFE);
    let soon = AskVerification { user: MINA, ticket };
    assert_eq!(refused(&mut log, &soon), UserError::LetterTooSoon { seconds: 1 });
    assert_eq!(ask_reset(&mut log, 3), ["user.password_reset_requested"]);
    assert!(ask_reset(&mut log, 4).is_empty());
    assert_eq!(letters(&log), 2);
}

#[test]
fn a_letter_replaces_the_password_once_and_shows_whose_the_address_is() {
    let mut log = signed_up();
    ask_reset(&mut log, 3);
    let letter = choose(Right::Letter { token_hash: hash(3) });
    assert_eq!(
        refused(&mut log, &choose(Right::Letter { token_hash: hash(1) })),
        UserError::TokenNotValid
    );
    let types = log.when(&letter).unwrap().types();
    assert_eq!(types, ["user.password_reset", "user.email_verified"]);
    assert_eq!(log.kept(PASSWORD, &MINA.to_string()).unwrap().bytes, b"$another$");
    assert_eq!(refused(&mut log, &letter), UserError::TokenNotValid);

    log.later(Duration::hours(2));
    ask_reset(&mut log, 5);
    log.later(RESET_LIFE);
    let late = choose(Right::Letter { token_hash: hash(5) });
    assert_eq!(refused(&mut log, &late), UserError::TokenNotValid);
}

#[test]
fn what_was_checked_against_a_password_that_is_gone_changes_nothing() {
    let mut log = signed_up();
    let passwords = log.state::<User>(MINA).passwords();
    let same = choose(Right::SamePassword { passwords });
    assert_eq!(log.when(&same).unwrap().types(), ["user.password_rehashed"]);
    let old = choose(Right::OldPassword { passwords });
    assert_eq!(log.when(&old).unwrap().types(), ["user.password_changed"]);
    for stale in [same, old] {
        assert_eq!(refused(&mut log, &stale), UserError::PasswordReplaced);
    }
}

#[test]
fn a_changed_password_outlives_a_letter_that_was_under_way() {
    let mut log = signed_up();
    ask_reset(&mut log, 3);
    let passwords = log.state::<User>(MINA).passwords();
    log.when(&choose(Right::OldPassword { passwords })).unwrap();
    let letter = choose(Right::Letter { token_hash: hash(3) });
    assert_eq!(refused(&mut log, &letter), UserError::TokenNotValid);
}

#[test]
fn nobody_is_sent_a_letter_and_refused_like_everybody() {
    let mut log = Given::nothing();
    let ticket = ticket(&log, 1, RESET_LIFE);
    assert_eq!(refused(&mut log, &AskReset { user: MINA, ticket }), UserError::NotFound);
    assert_eq!(letters(&log), 0);
}
