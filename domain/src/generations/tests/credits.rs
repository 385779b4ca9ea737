//! The CREDIT line: GPU time beside the style's price (LED-12, P5).

use chrono::TimeDelta;

use crate::generations::scene::*;
use crate::generations::*;
use crate::wallets::{Category, Grant, GrantSource, PRIORITY, Wallet, WalletKey};
use crate::{Asset, LotId, PurchaseId, Refusal};

const CREDITS: WalletKey = WalletKey { owner: MINA, asset: Asset::Credit };

/// Mina asked for a picture of ten tokens and four credits, of so many she has.
fn asked(credits: i64) -> (Scene, Result<(), Refusal>) {
    let mut scene = Scene::open();
    if credits > 0 {
        let grant = Grant {
            wallet: CREDITS,
            lot: LotId(crate::given::id(60)),
            amount: tokens(credits),
            source: GrantSource::Purchase { purchase: PurchaseId(crate::given::id(60)) },
            category: Category::Paid,
            priority: PRIORITY,
            effective_at: scene.at(),
            expires_at: None,
            rollover: None,
        };
        scene = scene.with::<Wallet>(CREDITS, grant.event());
    }
    let wish = RequestGeneration { credits: gpu_credits(3_000), ..request(SUNSET, MINA) };
    let answer = scene.when(&wish).map(drop);
    (scene, answer)
}

fn painting(credits: i64) -> Scene {
    let (mut scene, answer) = asked(credits);
    answer.unwrap();
    scene.when(&claim(FORGE)).unwrap();
    scene
}

/// Available and held credits.
fn credits(scene: &Scene) -> (i64, i64) {
    let wallet = scene.state::<Wallet>(CREDITS);
    (wallet.available(), wallet.held())
}

fn took(gpu_ms: u64) -> CompleteGeneration {
    CompleteGeneration { gpu_ms, ..complete(FORGE, 1) }
}

#[test]
fn what_is_set_aside_is_the_p95_and_a_tenth_begun_seconds_whole() {
    let figures =
        [(0, None), (1, Some(1)), (3_000, Some(4)), (10_000, Some(11)), (10_001, Some(12))];
    for (p95_ms, expected) in figures {
        assert_eq!(gpu_credits(p95_ms).map(crate::Amount::get), expected, "{p95_ms} ms");
    }
    assert_eq!(gpu_credits(u64::MAX), Some(crate::Amount::MAX));
}

#[test]
fn both_assets_are_held_in_one_append_or_neither() {
    let (scene, answer) = asked(9);
    answer.unwrap();
    assert_eq!((scene.money(), credits(&scene)), ((90, 10, 0), (5, 4)));

    for available in [0, 3] {
        let (scene, answer) = asked(available);
        let lines = vec![
            Funding { asset: Asset::Token, needed: tokens(10), available: 100 },
            Funding { asset: Asset::Credit, needed: tokens(4), available },
        ];
        assert_eq!(answer, Err(GenerationError::Unfunded { lines }.into()));
        assert_eq!((scene.money(), credits(&scene)), ((100, 0, 0), (available, 0)));
    }
}

#[test]
fn what_the_gpu_took_is_spent_begun_seconds_whole_and_the_rest_goes_back() {
    for (gpu_ms, spent) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (4_000, 4)] {
        let mut scene = painting(9);
        scene.when(&upload(FORGE, 1)).unwrap();
        let done = scene.when(&took(gpu_ms)).unwrap().reply.unwrap();
        assert_eq!((done.captured, done.credits_captured), (tokens(10), tokens(spent)));
        assert_eq!(done.credits_released, tokens(4 - spent));
        assert_eq!(credits(&scene), (9 - spent, 0));
    }
}

#[test]
fn what_the_gpu_took_beyond_is_absorbed_and_said() {
    let mut scene = painting(9);
    scene.when(&upload(FORGE, 1)).unwrap();
    let done = scene.when(&took(6_500)).unwrap();
    assert!(done.types().contains(&"wallet.overrun_absorbed"), "{:?}", done.types());
    assert_eq!(done.reply.unwrap().credits_captured, tokens(4));
    assert_eq!(credits(&scene), (5, 0), "never more than was agreed");
}

#[test]
fn a_job_that_failed_costs_no_credits() {
    let mut scene = painting(9);
    scene.later(TimeDelta::seconds(3));
    scene.when(&fail(FORGE, 1, FailureCode::NsfwBlocked)).unwrap();
    assert_eq!((scene.money(), credits(&scene)), ((100, 0, 0), (9, 0)));
}

#[test]
fn stepping_back_costs_the_seconds_a_gpu_has_worked_and_no_token() {
    let cancel = CancelGeneration { generation: SUNSET, user: MINA };
    let (mut waiting, _) = asked(9);
    waiting.later(TimeDelta::seconds(30));
    let money = waiting.when(&cancel).unwrap().reply;
    assert_eq!((money.credits_captured, credits(&waiting)), (tokens(0), (9, 0)));

    for (elapsed_ms, spent) in [(0, 0), (1, 1), (2_000, 2), (60_000, 4)] {
        let mut scene = painting(9);
        scene.later(TimeDelta::milliseconds(elapsed_ms));
        let money = scene.when(&cancel).unwrap().reply;
        assert_eq!(money.credits_captured, tokens(spent), "{elapsed_ms} ms");
        assert_eq!(money.credits_released, tokens(4 - spent));
        assert_eq!((scene.money(), credits(&scene)), ((100, 0, 0), (9 - spent, 0)));
        assert!(scene.timers().is_empty());
    }
}

#[test]
fn an_artist_pays_for_the_gpu_but_not_for_the_own_style() {
    let lines = price(
        crate::styles::Terms {
            artist: MINA,
            model: crate::ModelId(crate::given::id(20)),
            tokens: tokens(10),
        },
        MINA,
        gpu_credits(3_000),
    );
    assert_eq!(lines, [Line { asset: Asset::Credit, amount: tokens(4), payee: None }]);
}
