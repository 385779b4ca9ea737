//! Somebody signs up with an address that is not theirs, and waits for its owner (account
//! pre-hijacking), as sentences.

use chrono::Duration;

use super::login::{hash, refused, ticket};
use super::oauth::{link, subject};
use super::*;
use crate::KeyId;
use crate::keys::{ApiKeys, CreateKey, KeyMode, Scope, Secret};

const KEY: KeyId = KeyId(id(100));

/// Mina's address, with which somebody signed up who linked an account and made a key.
fn squatted() -> Given {
    let mut log = Given::nothing();
    let letter = ticket(&log, 1, VERIFICATION_LIFE);
    log.when(&RegisterAndVerify { register: register(MINA, "mina", 7), ticket: letter }).unwrap();
    log.when(&link(MINA, Provider::Google, 1)).unwrap();
    log.when(&link(MINA, Provider::Discord, 2)).unwrap();
    let create = CreateKey {
        user: MINA,
        key: KEY,
        name: sealed(MINA),
        mode: KeyMode::Live,
        scopes: [Scope::WalletsRead].into(),
        secret: Secret { prefix: "sk_live_abcd".to_owned(), sha256: hash(9) },
        expires_at: None,
    };
    log.when(&create).unwrap();
    log.later(Duration::hours(2));
    log
}

/// Whoever reads the mailbox chooses a password: what happens.
fn reset(log: &mut Given) -> Vec<&'static str> {
    let letter = ticket(log, 2, RESET_LIFE);
    log.when(&AskReset { user: MINA, ticket: letter }).unwrap();
    let by = Right::Letter { token_hash: hash(2) };
    log.when(&ChoosePassword { user: MINA, by, phc: b"$hers$".to_vec() }).unwrap().types()
}

#[test]
fn the_first_to_show_whose_the_address_is_turns_out_whoever_came_before() {
    let mut log = squatted();
    let epoch = log.state::<User>(MINA).epoch();
    let unlinked = "user.oauth_account_unlinked";
    let shown = ["user.password_reset", "user.email_verified", unlinked, unlinked];
    let types = reset(&mut log);
    assert_eq!(types, [shown.as_slice(), &["api_key.revoked"]].concat());
    assert_eq!(log.state::<User>(MINA).epoch(), epoch + 1, "sessions end");
    assert_eq!(log.state::<ApiKeys>(MINA).live().count(), 0);
    for (provider, n) in [(Provider::Google, 1), (Provider::Discord, 2)] {
        assert!(!log.state::<User>(MINA).signs_in_with(&subject(provider, n)));
        assert_eq!(log.claimed("oauth", &subject(provider, n).claim()), None, "free for others");
    }
}

#[test]
fn an_address_the_squatter_asked_for_is_not_taken_after_the_owner_came() {
    let mut log = squatted();
    let ask = AskEmailChange {
        user: MINA,
        email: sealed(MINA),
        passwords: 1,
        ticket: ticket(&log, 3, EMAIL_CHANGE_LIFE),
        notice: None,
    };
    log.when(&ask).unwrap();
    reset(&mut log);
    assert_eq!(log.state::<User>(MINA).email_change(hash(3).as_str(), log.at()), None);
    let verify = VerifyEmail { user: MINA, token_hash: hash(1) };
    assert_eq!(refused(&mut log, &verify), UserError::TokenNotValid);
}

#[test]
fn who_had_shown_it_keeps_keys_and_accounts_when_a_password_is_forgotten() {
    let mut log = squatted();
    log.later(LETTER_EVERY);
    let letter = ticket(&log, 4, VERIFICATION_LIFE);
    log.when(&AskVerification { user: MINA, ticket: letter }).unwrap();
    log.when(&VerifyEmail { user: MINA, token_hash: hash(4) }).unwrap();
    assert_eq!(reset(&mut log), ["user.password_reset"]);
    assert!(log.state::<User>(MINA).signs_in_with(&subject(Provider::Google, 1)));
    assert_eq!(log.state::<ApiKeys>(MINA).live().count(), 1);
}
