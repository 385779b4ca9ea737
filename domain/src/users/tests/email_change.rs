//! Another address, as sentences.

use chrono::Duration;

use super::login::{hash, letters, refused, ticket};
use super::*;
use crate::mail::{Letter, Mail, Notice};

const NEW: EmailClaim = EmailClaim([9; 32]);

fn notice(n: u128) -> Option<Mail> {
    let (id, to) = (id(2_000 + n), "mina@example.com".to_owned());
    let letter = Letter::Notice(Notice::EmailChangeAsked);
    Some(Mail { id, user: MINA, to, letter, failures: 0 })
}

fn ask(log: &Given, n: u8, passwords: u32) -> AskEmailChange {
    let ticket = ticket(log, n, EMAIL_CHANGE_LIFE);
    AskEmailChange { user: MINA, email: sealed(MINA), passwords, ticket, notice: notice(1) }
}

fn change(n: u8) -> ChangeEmail {
    let former = Some(EmailClaim([7; 32]).to_hex());
    let (user, email, token_hash) = (MINA, sealed(MINA), hash(n));
    ChangeEmail { user, token_hash, email, claim: NEW, former, notice: notice(2) }
}

fn signed_up() -> Given {
    let mut log = Given::nothing();
    log.when(&register(MINA, "mina", 7)).unwrap();
    log
}

#[test]
fn an_address_is_taken_and_the_old_one_free_in_one_append_and_both_mailboxes_know() {
    let mut log = signed_up();
    let asked = log.when(&ask(&log, 1, 1)).unwrap();
    assert_eq!(asked.types(), ["user.email_change_requested"]);
    assert_eq!(letters(&log), 2);
    assert!(log.claimed("email", &NEW.to_hex()).is_none(), "not before it is shown to be theirs");

    assert_eq!(log.when(&change(1)).unwrap().types(), ["user.email_changed"]);
    assert_eq!(log.claimed("email", &NEW.to_hex()), Some(Stream::of::<User>(MINA).id));
    assert_eq!(log.claimed("email", &"07".repeat(32)), None);
    assert_eq!(letters(&log), 3);
    assert_eq!(refused(&mut log, &change(1)), UserError::TokenNotValid, "it was used");
}

#[test]
fn an_address_that_somebody_has_meanwhile_stays_theirs() {
    let mut log = signed_up();
    log.when(&ask(&log, 1, 1)).unwrap();
    log.when(&register(JOON, "joon", 9)).unwrap();
    assert_eq!(refused(&mut log, &change(1)), UserError::EmailTaken);
    assert_eq!(log.claimed("email", &"07".repeat(32)), Some(Stream::of::<User>(MINA).id));
}

#[test]
fn the_last_word_counts_for_an_hour() {
    let mut log = signed_up();
    log.when(&ask(&log, 1, 1)).unwrap();
    log.later(LETTER_EVERY);
    log.when(&ask(&log, 2, 1)).unwrap();
    assert_eq!(refused(&mut log, &change(1)), UserError::TokenNotValid);
    log.later(EMAIL_CHANGE_LIFE - Duration::seconds(1));
    assert!(log.state::<User>(MINA).email_change(hash(2).as_str(), log.at()).is_some());
    log.later(Duration::seconds(1));
    assert_eq!(refused(&mut log, &change(2)), UserError::TokenNotValid);
}

#[test]
fn a_new_password_stops_a_change_and_a_new_address_the_letters_to_the_old_one() {
    let mut log = signed_up();
    log.when(&ask(&log, 1, 1)).unwrap();
    let choose = |by| ChoosePassword { user: MINA, by, phc: b"$another$".to_vec() };
    log.when(&choose(Right::OldPassword { passwords: 1 })).unwrap();
    assert_eq!(refused(&mut log, &change(1)), UserError::TokenNotValid);
    let ask_again = ask(&log, 2, 1);
    assert_eq!(refused(&mut log, &ask_again), UserError::PasswordReplaced);

    let reset = AskReset { user: MINA, ticket: ticket(&log, 3, RESET_LIFE) };
    log.when(&reset).unwrap();
    log.later(LETTER_EVERY);
    log.when(&ask(&log, 4, 2)).unwrap();
    log.when(&change(4)).unwrap();
    let by_old_mailbox = choose(Right::Letter { token_hash: hash(3) });
    assert_eq!(refused(&mut log, &by_old_mailbox), UserError::TokenNotValid);
}

#[test]
fn an_account_has_few_letters_a_day_sent_to_strangers_whatever_its_password() {
    let mut log = signed_up();
    for n in 1..=5 {
        let passwords = log.state::<User>(MINA).passwords();
        log.when(&ask(&log, n, passwords)).unwrap();
        let by = Right::OldPassword { passwords };
        log.when(&ChoosePassword { user: MINA, by, phc: Vec::new() }).unwrap();
        log.later(LETTER_EVERY);
    }
    let (sent, sixth) = (letters(&log), ask(&log, 6, 6));
    let seconds = 86_400 - 5 * 60;
    assert_eq!(refused(&mut log, &sixth), UserError::LetterTooSoon { seconds });
    assert_eq!(letters(&log), sent);
    log.later(Duration::seconds(86_100));
    log.when(&ask(&log, 7, 6)).unwrap();
}

#[test]
fn who_is_stopped_moves_to_no_other_address() {
    let mut log = signed_up();
    log.when(&ask(&log, 1, 1)).unwrap();
    let suspend = StandingCommand::Suspend { user: MINA, reason: sealed(MINA) };
    log.when(&One::<User>::of(MINA, UserCommand::Standing(suspend))).unwrap();
    assert_eq!(refused(&mut log, &change(1)), UserError::Suspended);
}
