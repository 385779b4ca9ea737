//! The part of the story in which admins keep the price list: one package gets another price, one is
//! retired, one comes back with more tokens.

use domain::packages::PackageEvent;
use domain::{Amount, Event, PackageId};

use crate::projections_story::Story;

fn published(name: &str, tokens: i64) -> PackageEvent {
    let (package, tokens) = (name.to_owned(), Amount::new(tokens).expect("fits"));
    PackageEvent::Published { package, tokens, unit_price: 100.into(), amount: tokens.get() * 100 }
}

fn retired(name: &str) -> PackageEvent {
    PackageEvent::Retired { package: name.to_owned() }
}

/// What is sold.
pub fn packages() -> Story {
    let package = "tokens-150".to_owned();
    let repriced = PackageEvent::Repriced { package, unit_price: 90.into(), amount: 13_500 };
    [
        ("tokens-150", published("tokens-150", 150)),
        ("tokens-50", published("tokens-50", 50)),
        ("tokens-500", published("tokens-500", 500)),
        ("tokens-150", repriced),
        ("tokens-50", retired("tokens-50")),
        ("tokens-500", retired("tokens-500")),
        ("tokens-500", published("tokens-500", 550)),
    ]
    .into_iter()
    .map(|(name, event)| (PackageId::of(name).0, Event::Package(event)))
    .collect()
}
