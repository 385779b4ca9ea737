//! Accounts of providers, as sentences.

use super::*;
use crate::Amount;
use crate::wallets::{GrantWelcome, WalletError};

pub(super) fn subject(provider: Provider, n: u8) -> Subject {
    Subject { provider, hash: format!("{n:02x}").repeat(32) }
}

fn profile(user: UserId) -> Profile {
    Profile { subject: sealed(user), email: None, name: Some(sealed(user)) }
}

fn come_with(user: UserId, provider: Provider, n: u8, email: Option<u8>) -> RegisterWithOauth {
    RegisterWithOauth {
        user,
        username: Username::generated(user),
        email: email.map(|email| (EmailClaim([email; 32]), sealed(user))),
        display_name: sealed(user),
        subject: subject(provider, n),
        profile: profile(user),
        person_key: b"wrapped".to_vec(),
    }
}

pub(super) fn link(user: UserId, provider: Provider, n: u8) -> LinkOauth {
    let (subject, profile) = (subject(provider, n), profile(user));
    LinkOauth { user, subject, profile, passwords: 1 }
}

fn unlink(user: UserId, provider: Provider) -> UnlinkOauth {
    UnlinkOauth { user, provider, passwords_work: true }
}

use Provider::{Discord, Google};

#[test]
fn who_comes_with_a_verified_address_has_a_verified_address() {
    let mut log = Given::nothing();
    let types = log.when(&come_with(MINA, Google, 1, Some(7))).unwrap().types();
    let verified = "user.email_verified";
    assert_eq!(types, ["user.registered_with_oauth", verified, "user.oauth_account_linked"]);
    let types = log.when(&come_with(JOON, Discord, 1, None)).unwrap().types();
    assert!(!types.contains(&verified), "{types:?}");
    assert_eq!(log.kept(PASSWORD, &MINA.to_string()), None);
}

#[test]
fn an_account_of_a_provider_signs_in_one_user() {
    let mut log = Given::nothing();
    log.when(&come_with(MINA, Google, 1, None)).unwrap();
    let taken = Refusal::User(UserError::OauthTaken);
    assert_eq!(log.when(&come_with(JOON, Google, 1, None)).unwrap_err(), taken);
    log.when(&come_with(JOON, Discord, 1, None)).unwrap();
    let link = LinkOauth { passwords: 0, ..link(JOON, Google, 1) };
    assert_eq!(log.when(&link).unwrap_err(), taken);
}

#[test]
fn an_address_of_an_account_is_no_key_to_it() {
    let mut log = Given::nothing();
    log.when(&register(MINA, "mina", 7)).unwrap();
    let refused = log.when(&come_with(JOON, Google, 1, Some(7))).unwrap_err();
    assert_eq!(refused, Refusal::User(UserError::EmailTaken));
}

#[test]
fn one_account_of_each_provider_is_linked_and_linking_it_again_changes_nothing() {
    let mut log = Given::nothing();
    log.when(&register(MINA, "mina", 7)).unwrap();
    assert_eq!(log.when(&link(MINA, Google, 1)).unwrap().types(), ["user.oauth_account_linked"]);
    assert!(log.when(&link(MINA, Google, 1)).unwrap().events.is_empty());
    let other = log.when(&link(MINA, Google, 2)).unwrap_err();
    assert_eq!(other, Refusal::User(UserError::ProviderLinked));
    log.when(&link(MINA, Discord, 1)).unwrap();
}

#[test]
fn who_knew_a_password_that_is_gone_links_nothing() {
    let mut log = Given::nothing();
    log.when(&register(MINA, "mina", 7)).unwrap();
    let mut log = log.event::<User>(MINA, UserEvent::PasswordReset { user: MINA });
    let replaced = Refusal::User(UserError::PasswordReplaced);
    assert_eq!(log.when(&link(MINA, Google, 1)).unwrap_err(), replaced);
    log.when(&LinkOauth { passwords: 2, ..link(MINA, Google, 1) }).unwrap();
}

#[test]
fn the_last_way_to_sign_in_stays() {
    let mut log = Given::nothing();
    log.when(&come_with(MINA, Google, 1, Some(7))).unwrap();
    let last = Refusal::User(UserError::LastLoginMethod);
    assert_eq!(log.when(&unlink(MINA, Google)).unwrap_err(), last);
    log.when(&LinkOauth { passwords: 0, ..link(MINA, Discord, 1) }).unwrap();
    log.when(&unlink(MINA, Google)).unwrap();
    assert_eq!(log.when(&unlink(MINA, Discord)).unwrap_err(), last);
    let gone = log.when(&unlink(MINA, Google)).unwrap_err();
    assert_eq!(gone, Refusal::User(UserError::NotLinked));

    log.when(&register(JOON, "joon", 8)).unwrap();
    log.when(&link(JOON, Google, 1)).unwrap(); // Mina's former one is free.
    let without_passwords = UnlinkOauth { passwords_work: false, ..unlink(JOON, Google) };
    assert_eq!(log.when(&without_passwords).unwrap_err(), last);
    log.when(&unlink(JOON, Google)).unwrap();
}

#[test]
fn an_account_of_a_provider_is_welcomed_once() {
    let mut log = Given::nothing();
    let amount = Amount::new(100).unwrap();
    let welcome = |user| GrantWelcome { user, amount, subject: Some(subject(Google, 1)) };
    assert_eq!(log.when(&welcome(MINA)).unwrap().types(), ["wallet.granted"]);
    assert!(log.when(&welcome(MINA)).unwrap().events.is_empty());
    let again = log.when(&welcome(JOON)).unwrap_err();
    assert_eq!(again, Refusal::Wallet(WalletError::AlreadyWelcomed));
}
