//! Asking for a picture.

use chrono::TimeDelta;

use crate::generations::scene::*;
use crate::generations::*;
use crate::given::id;
use crate::styles::{Style, StyleCommand, StyleError};
use crate::wallets::{HOLD_EXPIRY, WalletError};
use crate::{Amount, Asset, GenerationId, One, Refusal, StyleId};

#[test]
fn a_request_holds_accepts_and_queues_at_once() {
    let mut scene = Scene::open();
    let accepted = scene.when(&request(SUNSET, MINA)).unwrap();
    assert_eq!(accepted.types(), ["generation.requested", "generation.queued", "wallet.held"]);
    assert_eq!(accepted.reply, Accepted { generation: SUNSET, lines: vec![line(10)] });
    assert_eq!(scene.money(), (90, 10, 0));
}

#[test]
fn every_hold_and_every_place_in_the_queue_has_its_timer() {
    let mut scene = Scene::open();
    let at = scene.at();
    scene.when(&request(SUNSET, MINA)).unwrap();
    let mut timers: Vec<_> =
        scene.timers().into_iter().map(|(kind, _, due)| (kind, due - at)).collect();
    timers.sort_unstable();
    let hours = TimeDelta::hours;
    assert_eq!(timers, [(QUEUE_EXPIRY, hours(24)), (HOLD_EXPIRY, hours(26))]);
}

#[test]
fn who_cannot_pay_gets_nothing_queued() {
    let mut scene = Scene::open();
    let raise = StyleCommand::Price { style: INK, artist: JOON, tokens: tokens(101) };
    scene.when(&One::<Style>::of(INK, raise)).unwrap();
    let before = scene.log.len();
    let accepted = AcceptedPrice::AtMost(Amount::MAX);
    let refused = scene.when(&RequestGeneration { accepted, ..request(SUNSET, MINA) });
    let (asset, needed, available) = (Asset::Token, tokens(101), 100);
    let poor = WalletError::InsufficientFunds { asset, needed, available };
    assert_eq!(refused.unwrap_err(), Refusal::Wallet(poor));
    assert_eq!((scene.log.len(), scene.timers().len()), (before, 0));
}

#[test]
fn artists_do_not_pay_themselves() {
    let mut scene = Scene::open();
    let accepted = scene.when(&request(SUNSET, JOON)).unwrap();
    assert_eq!(accepted.types(), ["generation.requested", "generation.queued"]);
    assert_eq!(accepted.reply.lines, []);

    scene.when(&claim(FORGE)).unwrap();
    let settled = scene.deliver(FORGE, 1).unwrap();
    assert_eq!(settled.reply, Some(Settlement::default()));
    assert_eq!(scene.money(), (100, 0, 0));
}

#[test]
fn a_quote_is_honoured_until_it_ends_whatever_the_style_costs_by_then() {
    let mut scene = Scene::open();
    let (at, quoted) = (scene.at(), |count, expires_at| RequestGeneration {
        accepted: AcceptedPrice::Quote { lines: vec![line(count)], expires_at },
        ..request(SUNSET, MINA)
    });
    let expired = Refusal::Generation(GenerationError::QuoteExpired { lines: vec![line(10)] });
    let soon = at + TimeDelta::minutes(5);
    assert_eq!(scene.when(&quoted(10, at)).unwrap_err(), expired, "it ran out");
    scene.when(&quoted(9, soon)).unwrap();
    assert_eq!(scene.money(), (91, 9, 0), "it is dearer by now");
}

#[test]
fn nobody_pays_more_than_they_said() {
    let accepted = AcceptedPrice::AtMost(tokens(9));
    let refused = Scene::open().when(&RequestGeneration { accepted, ..request(SUNSET, MINA) });
    let dear = GenerationError::CostAboveMax { cost: tokens(10), max: tokens(9) };
    assert_eq!(refused.unwrap_err(), Refusal::Generation(dear));
}

#[test]
fn only_a_published_style_can_be_used() {
    let mut scene = Scene::open();
    let unknown = RequestGeneration { style: StyleId(id(99)), ..request(SUNSET, MINA) };
    assert_eq!(scene.when(&unknown).unwrap_err(), Refusal::Style(StyleError::NotFound));
    let unpublish = StyleCommand::Unpublish { style: INK, artist: JOON };
    scene.when(&One::<Style>::of(INK, unpublish)).unwrap();
    let refused = scene.when(&request(SUNSET, MINA)).unwrap_err();
    assert_eq!(refused, Refusal::Style(StyleError::NotUsable));
}

#[test]
fn an_accepted_job_keeps_its_price_and_its_style() {
    let mut scene = Scene::processing();
    let raise = StyleCommand::Price { style: INK, artist: JOON, tokens: tokens(50) };
    scene.when(&One::<Style>::of(INK, raise)).unwrap();
    let unpublish = StyleCommand::Unpublish { style: INK, artist: JOON };
    scene.when(&One::<Style>::of(INK, unpublish)).unwrap();
    let captured = scene.deliver(FORGE, 1).unwrap().reply.unwrap().captured;
    assert_eq!(captured, tokens(10));
}

#[test]
fn one_id_is_one_request() {
    let mut scene = Scene::requested();
    let refused = scene.when(&request(SUNSET, MINA)).unwrap_err();
    assert_eq!(refused, Refusal::Generation(GenerationError::AlreadyRequested));
    assert!(scene.when(&request(GenerationId(id(51)), MINA)).is_ok());
    assert_eq!(scene.money(), (80, 20, 0));
}
