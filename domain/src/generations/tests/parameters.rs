//! The bounds of GEN-08.

use rust_decimal::Decimal;

use crate::Sealed;
use crate::generations::*;

fn asked() -> Asked {
    Asked { prompt: "a sunset".to_owned(), ..Asked::default() }
}

fn sealed() -> Sealed {
    Sealed { person: uuid::Uuid::nil(), nonce: String::new(), ct: String::new() }
}

fn wrong(asked: Asked) -> Vec<String> {
    Wanted::parse(asked).unwrap_err().into_iter().map(|fault| fault.pointer).collect()
}

#[test]
fn who_says_nothing_gets_the_defaults() {
    let parameters = Wanted::parse(asked()).unwrap().sealed(sealed(), None, 42);
    assert_eq!((parameters.width, parameters.height, parameters.steps), (1024, 1024, 20));
    assert_eq!((parameters.cfg_scale_tenths, parameters.sampler.as_str()), (75, "euler_a"));
    assert_eq!(parameters.seed, 42, "a random seed is drawn at acceptance and recorded");
}

#[test]
fn a_seed_that_was_asked_for_is_kept() {
    let seed = |seed| {
        let wanted = Wanted::parse(Asked { seed: Some(seed), ..asked() });
        wanted.unwrap().sealed(sealed(), None, 42).seed
    };
    assert_eq!((seed(0), seed(7), seed(-1)), (0, 7, 42));
}

#[test]
fn the_bounds_themselves_are_possible() {
    for (side, steps, cfg) in [(1, 1, Decimal::ONE), (2048, 150, Decimal::from(20))] {
        let (width, height) = (Some(side), Some(side));
        let (steps, cfg_scale) = (Some(steps), Some(cfg));
        assert!(Wanted::parse(Asked { width, height, steps, cfg_scale, ..asked() }).is_ok());
    }
}

#[test]
fn every_fault_is_told_at_once_by_its_field() {
    let all = Asked {
        prompt: "  ".to_owned(),
        aspect_ratio: None,
        negative_prompt: Some("x".repeat(4001)),
        width: Some(0),
        height: Some(2049),
        steps: Some(151),
        cfg_scale: Some(Decimal::new(755, 2)),
        seed: Some(-2),
        sampler: Some("magic".to_owned()),
    };
    let fields = [
        "/prompt",
        "/negative_prompt",
        "/width",
        "/height",
        "/steps",
        "/cfg_scale",
        "/seed",
        "/sampler",
    ];
    assert_eq!(wrong(all), fields);
}

#[test]
fn huge_numbers_are_faults_not_panics() {
    let all = Asked {
        width: Some(i64::MAX),
        steps: Some(i64::MIN),
        cfg_scale: Some(Decimal::MAX),
        seed: Some(i64::MAX),
        ..asked()
    };
    assert_eq!(wrong(all), ["/width", "/steps", "/cfg_scale", "/seed"]);
}

#[test]
fn an_empty_negative_prompt_is_none() {
    let wanted = Wanted::parse(Asked { negative_prompt: Some("  ".to_owned()), ..asked() });
    assert_eq!(wanted.unwrap().negative_prompt, None);
}

#[test]
fn an_aspect_ratio_stands_for_both_sides() {
    let asked = |ratio: &str| Asked {
        prompt: "a lighthouse".to_owned(),
        aspect_ratio: Some(ratio.to_owned()),
        ..Asked::default()
    };
    let sides = |asked| {
        let parameters = Wanted::parse(asked).unwrap().sealed(sealed(), None, 7);
        (parameters.width, parameters.height)
    };
    for (ratio, width, height) in [("1:1", 1, 1), ("3:2", 3, 2), ("9:16", 9, 16), ("4:5", 4, 5)] {
        let sides = sides(asked(ratio));
        assert_eq!(sides.0 * height, sides.1 * width, "{ratio} is {sides:?}");
    }
    for wrong in [asked("7:5"), asked(""), Asked { width: Some(512), ..asked("1:1") }] {
        let errors = Wanted::parse(wrong).unwrap_err();
        assert_eq!(
            errors.iter().map(|e| e.pointer.as_str()).collect::<Vec<_>>(),
            ["/aspect_ratio"]
        );
    }
}
