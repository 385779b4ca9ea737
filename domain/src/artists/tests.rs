//! The rules of artists, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use cqrs_es::test::TestFramework;

use super::*;
use crate::given::{Given, id};
use crate::mail::{Letter, Mail};
use crate::users::{Ticket, User, UserError, UserEvent, VERIFICATION_LIFE};
use crate::{Refusal, Sealed, Sha256, StyleId, UserId};

const MINA: UserId = UserId(id(1));
const INK: StyleId = StyleId(id(10));
const OIL: StyleId = StyleId(id(11));

fn name(text: &str) -> ArtistName {
    ArtistName::parse(text).unwrap()
}

fn registered() -> ArtistEvent {
    ArtistEvent::Registered { artist: MINA, artist_name: "Studio M".to_owned() }
}

#[test]
fn an_artist_is_written_to_where_a_letter_came_back_from() {
    let sealed = Sealed { person: MINA.0, nonce: String::new(), ct: String::new() };
    let hash = |n: u8| Sha256::parse(&format!("{n:02x}").repeat(32)).unwrap();
    let mut log = Given::nothing().event::<Artist>(MINA, registered());
    let ask = |log: &Given, n: u8| {
        let letter = Letter::VerifyArtistEmail { token: "token".to_owned() };
        let (id, to) = (id(u128::from(n)), "studio@example.com".to_owned());
        let mail = Mail { id, user: MINA, to, letter, failures: 0 };
        let expires_at = log.at() + VERIFICATION_LIFE;
        let ticket = Ticket { token_hash: hash(n), expires_at, mail };
        AskArtistEmail { artist: MINA, email: sealed.clone(), ticket }
    };
    let asked = log.when(&ask(&log, 1)).unwrap();
    assert_eq!(asked.types(), ["artist.email_verification_requested"]);
    let too_soon = Refusal::Artist(ArtistError::LetterTooSoon { seconds: 60 });
    assert_eq!(log.when(&ask(&log, 2)).unwrap_err(), too_soon, "one letter a minute");
    let verify = |n| VerifyArtistEmail { artist: MINA, email: sealed.clone(), token_hash: hash(n) };
    let wrong = log.when(&verify(2)).unwrap_err();
    assert_eq!(wrong, Refusal::Artist(ArtistError::TokenNotValid));
    assert_eq!(log.when(&verify(1)).unwrap().types(), ["artist.email_verified"]);
    assert!(log.when(&verify(1)).is_err(), "it was used");
    let nobody = UserId(id(2));
    let refused = log.when(&AskArtistEmail { artist: nobody, ..ask(&log, 3) }).unwrap_err();
    assert_eq!(refused, Refusal::Artist(ArtistError::NotAnArtist));
}

#[test]
fn becoming_an_artist_grants_the_role_once() {
    let sealed = Sealed { person: MINA.0, nonce: String::new(), ct: String::new() };
    let signed_up = UserEvent::Registered {
        user: MINA,
        username: "mina".to_owned(),
        email: sealed.clone(),
        display_name: sealed,
    };
    let mut log = Given::nothing().event::<User>(MINA, signed_up);
    let become_artist = RegisterArtist { user: MINA, artist_name: name("Studio M") };
    let accepted = log.when(&become_artist).unwrap();
    assert_eq!(accepted.types(), ["artist.registered", "user.role_granted"]);

    let refused = log.when(&become_artist).unwrap_err();
    assert_eq!(refused, Refusal::Artist(ArtistError::AlreadyRegistered));
}

#[test]
fn a_stranger_cannot_become_an_artist() {
    let become_artist = RegisterArtist { user: MINA, artist_name: name("Studio M") };
    let mut log = Given::nothing();
    let refused = log.when(&become_artist).unwrap_err();
    assert_eq!(refused, Refusal::User(UserError::NotFound));
    assert!(log.log.is_empty(), "half of it did not happen either");
}

#[test]
fn taking_the_name_one_has_changes_nothing() {
    let rename = |text| ArtistCommand::Rename { artist: MINA, artist_name: name(text) };
    let given = || TestFramework::<Artist>::with(()).given(vec![registered()]);
    given().when(rename("Studio M")).then_expect_events(vec![]);
    let renamed = ArtistEvent::Renamed { artist: MINA, artist_name: "Studio N".to_owned() };
    given().when(rename("Studio N")).then_expect_events(vec![renamed]);
}

#[test]
fn an_artist_has_as_many_styles_as_the_plan_allows() {
    let add = |max_styles| ArtistCommand::AddStyle { artist: MINA, style: OIL, max_styles };
    let one = ArtistEvent::StyleAdded { artist: MINA, style: INK };
    let two = ArtistEvent::StyleAdded { artist: MINA, style: OIL };
    let given = || TestFramework::<Artist>::with(()).given(vec![registered(), one.clone()]);
    given().when(add(1)).then_expect_error(ArtistError::StyleLimit { max: 1 });
    given().when(add(2)).then_expect_events(vec![two]);
}

#[test]
fn only_artists_make_styles() {
    TestFramework::<Artist>::with(())
        .given_no_previous_events()
        .when(ArtistCommand::AddStyle { artist: MINA, style: INK, max_styles: 1 })
        .then_expect_error(ArtistError::NotAnArtist);
}
