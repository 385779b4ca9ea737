//! The rules of models, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use super::*;
use crate::given::{Given, id};
use crate::styles::{Style, StyleError, StyleEvent};
use crate::{ModelId, Refusal, Sha256, StyleId, UserId};

const INK: StyleId = StyleId(id(10));
const WEIGHTS: ModelId = ModelId(id(20));
const NEWER: ModelId = ModelId(id(21));

fn weights(model: ModelId, name: &str) -> RegisterModel {
    RegisterModel {
        model,
        name: ModelName::parse(name).unwrap(),
        display_name: ModelTitle::parse("Ink Wash").unwrap(),
        model_type: ModelType::Lora,
        base: BaseModel::Sdxl,
        path: ModelPath::parse("models/ink.safetensors").unwrap(),
        sha256: Sha256::parse(&"ab".repeat(32)).unwrap(),
        bytes: 1,
        style: Some(INK),
    }
}

fn style() -> Given {
    let (name, description) = ("Ink".to_owned(), String::new());
    let created = StyleEvent::Created { style: INK, artist: UserId(id(1)), name, description };
    Given::nothing().event::<Style>(INK, created)
}

#[test]
fn weights_make_their_style_ready_in_the_same_append() {
    let mut log = style();
    let accepted = log.when(&weights(WEIGHTS, "ink-v1")).unwrap();
    assert_eq!(accepted.types(), ["model.registered", "style.model_ready"]);
}

#[test]
fn the_same_registration_again_changes_nothing_even_after_a_newer_one() {
    let mut log = style();
    log.when(&weights(WEIGHTS, "ink-v1")).unwrap();
    log.when(&weights(NEWER, "ink-v2")).unwrap();
    assert!(log.when(&weights(WEIGHTS, "ink-v1")).unwrap().events.is_empty());
}

#[test]
fn other_weights_under_a_known_id_or_name_are_refused() {
    let mut log = style();
    log.when(&weights(WEIGHTS, "ink-v1")).unwrap();
    let refused = log.when(&weights(WEIGHTS, "ink-v2")).unwrap_err();
    assert_eq!(refused, Refusal::Model(ModelError::AlreadyRegistered));
    let refused = log.when(&weights(NEWER, "ink-v1")).unwrap_err();
    assert_eq!(refused, Refusal::Model(ModelError::NameTaken));
}

#[test]
fn weights_for_a_style_that_is_not_there_are_refused() {
    let refused = Given::nothing().when(&weights(WEIGHTS, "ink-v1")).unwrap_err();
    assert_eq!(refused, Refusal::Style(StyleError::NotFound));
}

#[test]
fn a_model_name_fits_a_path() {
    assert!(ModelName::parse("ink-wash_v1.0").is_ok());
    for name in ["", "Ink", "../ink", "ink wash", ".ink", &"a".repeat(101)] {
        assert!(ModelName::parse(name).is_err(), "{name}");
    }
}
