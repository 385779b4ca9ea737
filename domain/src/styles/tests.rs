//! The rules of styles, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::*;
use crate::artists::{Artist, ArtistError, ArtistEvent};
use crate::given::{Given, id};
use crate::{Refusal, StyleId, UserId};

const MINA: UserId = UserId(id(1));
const JOON: UserId = UserId(id(2));
const INK: StyleId = StyleId(id(10));
const OIL: StyleId = StyleId(id(11));
const WEIGHTS: ModelId = ModelId(id(20));

fn artist(log: Given, artist: UserId) -> Given {
    let artist_name = "Studio".to_owned();
    log.event::<Artist>(artist, ArtistEvent::Registered { artist, artist_name })
}

fn create(style: StyleId, artist: UserId, name: &str) -> CreateStyle {
    CreateStyle {
        style,
        artist,
        name: StyleName::parse(name).unwrap(),
        description: Description::parse("").unwrap(),
        tokens: Amount::ZERO,
        max_styles: 2,
    }
}

fn created() -> StyleEvent {
    let (name, description) = ("Ink".to_owned(), String::new());
    StyleEvent::Created { style: INK, artist: MINA, name, description }
}

fn ready() -> StyleEvent {
    StyleEvent::ModelReady { style: INK, model: WEIGHTS }
}

fn given<const N: usize>(events: [StyleEvent; N]) -> AggregateTestExecutor<Style> {
    TestFramework::with(()).given(events.into())
}

#[test]
fn making_a_style_counts_it_and_claims_its_name() {
    let mut log = artist(Given::nothing(), MINA);
    let accepted = log.when(&create(INK, MINA, "Ink Wash")).unwrap();
    assert_eq!(accepted.types(), ["artist.style_added", "style.created"]);
    assert!(log.claimed("style-name", &format!("{MINA}:ink wash")).is_some());
}

#[test]
fn a_style_can_have_its_price_from_the_beginning() {
    let mut log = artist(Given::nothing(), MINA);
    let tokens = Amount::new(20).unwrap();
    let accepted = log.when(&CreateStyle { tokens, ..create(INK, MINA, "Ink") }).unwrap();
    assert_eq!(accepted.types(), ["artist.style_added", "style.created", "style.priced"]);
}

#[test]
fn the_name_of_a_style_is_unique_per_artist_whatever_its_case() {
    let mut log = artist(artist(Given::nothing(), MINA), JOON);
    log.when(&create(INK, MINA, "Ink")).unwrap();
    let refused = log.when(&create(OIL, MINA, "INK")).unwrap_err();
    assert_eq!(refused, Refusal::Style(StyleError::NameTaken));
    assert!(log.when(&create(OIL, JOON, "INK")).is_ok(), "another artist may call it so");
}

#[test]
fn an_artist_without_a_plan_has_one_style() {
    let mut log = artist(Given::nothing(), MINA);
    let with_default =
        |style, name| CreateStyle { max_styles: MAX_STYLES_DEFAULT, ..create(style, MINA, name) };
    log.when(&with_default(INK, "Ink")).unwrap();
    let refused = log.when(&with_default(OIL, "Oil")).unwrap_err();
    assert_eq!(refused, Refusal::Artist(ArtistError::StyleLimit { max: 1 }));
}

#[test]
fn only_artists_make_styles() {
    let refused = Given::nothing().when(&create(INK, MINA, "Ink")).unwrap_err();
    assert_eq!(refused, Refusal::Artist(ArtistError::NotAnArtist));
}

#[test]
fn a_style_without_a_model_is_not_published() {
    let publish = StyleCommand::Publish { style: INK, artist: MINA };
    given([created()]).when(publish.clone()).then_expect_error(StyleError::NotTrained);
    given([created(), ready()])
        .when(publish)
        .then_expect_events(vec![StyleEvent::Published { style: INK }]);
}

#[test]
fn a_style_is_its_artists_and_nobody_elses() {
    let others = [
        StyleCommand::Price { style: INK, artist: JOON, tokens: Amount::ZERO },
        StyleCommand::Describe {
            style: INK,
            artist: JOON,
            description: Description::parse("mine").unwrap(),
        },
        StyleCommand::Publish { style: INK, artist: JOON },
        StyleCommand::Unpublish { style: INK, artist: JOON },
    ];
    for command in others {
        given([created(), ready()]).when(command).then_expect_error(StyleError::NotFound);
    }
}

#[test]
fn what_is_already_so_is_not_said_again() {
    let published = StyleEvent::Published { style: INK };
    for command in [
        StyleCommand::Price { style: INK, artist: MINA, tokens: Amount::ZERO },
        StyleCommand::Publish { style: INK, artist: MINA },
        StyleCommand::AttachModel { style: INK, model: WEIGHTS },
    ] {
        given([created(), ready(), published.clone()]).when(command).then_expect_events(vec![]);
    }
}

#[test]
fn only_a_published_style_has_terms() {
    let mut style = Style::default();
    assert_eq!(style.terms(), Err(StyleError::NotFound));
    let tokens = Amount::new(10).unwrap();
    for event in [created(), ready(), StyleEvent::Priced { style: INK, tokens }] {
        style.evolve(event);
        assert_eq!(style.terms(), Err(StyleError::NotUsable));
    }
    style.evolve(StyleEvent::Published { style: INK });
    assert_eq!(style.terms(), Ok(Terms { artist: MINA, model: WEIGHTS, tokens }));
    style.evolve(StyleEvent::Unpublished { style: INK });
    assert_eq!(style.terms(), Err(StyleError::NotUsable));
}

#[test]
fn a_style_is_deleted_only_after_nobody_can_begin_to_use_it() {
    let delete = |artist| StyleCommand::Delete { style: INK, artist };
    let (retired, deleted) =
        (StyleEvent::Retired { style: INK }, StyleEvent::Deleted { style: INK });
    given([created()]).when(delete(MINA)).then_expect_error(StyleError::StillUsable);
    given([created(), retired.clone()]).when(delete(JOON)).then_expect_error(StyleError::NotFound);
    let once = || given([created(), retired.clone()]);
    once().when(delete(MINA)).then_expect_events(vec![deleted.clone()]);
    given([created(), retired.clone(), deleted]).when(delete(MINA)).then_expect_events(vec![]);
}
