//! The rules of one wallet, as sentences. Those that span more are in `units`.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod units;

use chrono::{DateTime, Duration, Utc};
use cqrs_es::test::TestFramework;

use super::decide::MAKE_GOOD;
use super::*;
use crate::given::{id, noon};
use crate::{Asset, GenerationId, PurchaseId, StyleId, TransferId, UserId};

const MINA: UserId = UserId(id(1));
const JOON: UserId = UserId(id(2));
const JOB: GenerationId = GenerationId(id(70));

fn wallet() -> TestFramework<Wallet> {
    TestFramework::with(())
}

fn amount(n: i64) -> Amount {
    Amount::new(n).unwrap()
}

fn lot(n: u128) -> LotId {
    LotId(id(n))
}

fn minutes(n: i64) -> DateTime<Utc> {
    noon() + Duration::minutes(n)
}

fn draws(parts: &[(u128, i64)]) -> Vec<Draw> {
    parts.iter().map(|(n, part)| Draw { lot: lot(*n), amount: amount(*part) }).collect()
}

/// A paid lot without an end.
fn grant(n: u128, tokens: i64) -> Grant {
    Grant {
        wallet: WalletKey::token(MINA),
        lot: lot(n),
        amount: amount(tokens),
        source: GrantSource::Purchase { purchase: PurchaseId(id(n)) },
        category: Category::Paid,
        priority: PRIORITY,
        effective_at: noon(),
        expires_at: None,
    }
}

fn promo(n: u128, tokens: i64) -> Grant {
    Grant { category: Category::Promo, source: GrantSource::Welcome, ..grant(n, tokens) }
}

fn until(end: DateTime<Utc>, grant: Grant) -> Grant {
    Grant { expires_at: Some(end), ..grant }
}

fn granted(grants: Vec<Grant>) -> Vec<WalletEvent> {
    grants.into_iter().map(Grant::event).collect()
}

fn hold(tokens: i64) -> WalletCommand {
    hold_at(tokens, noon())
}

fn hold_at(tokens: i64, at: DateTime<Utc>) -> WalletCommand {
    WalletCommand::Hold {
        wallet: WalletKey::token(MINA),
        hold: JOB.into(),
        generation: JOB,
        amount: amount(tokens),
        at,
        expires_at: minutes(60),
    }
}

fn held(parts: &[(u128, i64)]) -> WalletEvent {
    WalletEvent::Held {
        owner: MINA,
        asset: Asset::Token,
        hold: JOB.into(),
        generation: JOB,
        draws: draws(parts),
        expires_at: minutes(60),
    }
}

fn captured(spent: &[(u128, i64)], back: &[(u128, i64)]) -> WalletEvent {
    WalletEvent::Captured {
        owner: MINA,
        asset: Asset::Token,
        hold: JOB.into(),
        generation: JOB,
        captured: draws(spent),
        released: draws(back),
    }
}

fn released(back: &[(u128, i64)], reason: ReleaseReason) -> WalletEvent {
    WalletEvent::Released {
        owner: MINA,
        asset: Asset::Token,
        hold: JOB.into(),
        generation: JOB,
        released: draws(back),
        reason,
    }
}

fn lot_expired(n: u128, tokens: i64) -> WalletEvent {
    WalletEvent::LotExpired {
        owner: MINA,
        asset: Asset::Token,
        lot: lot(n),
        amount: amount(tokens),
        category: Category::Paid,
    }
}

fn capture(tokens: i64, at: DateTime<Utc>) -> WalletCommand {
    WalletCommand::Capture { hold: JOB.into(), amount: amount(tokens), at }
}

fn release(reason: ReleaseReason, at: DateTime<Utc>) -> WalletCommand {
    WalletCommand::Release { hold: JOB.into(), reason, at }
}

fn send(tokens: i64) -> WalletCommand {
    WalletCommand::SendTransfer {
        wallet: WalletKey::token(MINA),
        transfer: TransferId(id(90)),
        to: JOON,
        amount: amount(tokens),
        memo: None,
        at: noon(),
    }
}

#[test]
fn a_grant_adds_a_lot_and_the_same_again_adds_nothing() {
    let events = granted(vec![grant(1, 50)]);
    let command = || WalletCommand::Grant(grant(1, 50));
    wallet().given_no_previous_events().when(command()).then_expect_events(events.clone());
    wallet().given(events).when(command()).then_expect_events(vec![]);
}

#[test]
fn a_lot_with_another_content_is_refused() {
    let other = WalletCommand::Grant(grant(1, 51));
    let conflict = WalletError::LotConflict { lot: lot(1) };
    wallet().given(granted(vec![grant(1, 50)])).when(other).then_expect_error(conflict);
}

#[test]
fn a_grant_of_nothing_or_with_an_end_before_its_beginning_is_refused() {
    let empty = || wallet().given_no_previous_events();
    empty().when(WalletCommand::Grant(grant(1, 0))).then_expect_error(WalletError::NothingToMove);
    let ended = WalletCommand::Grant(until(noon(), grant(1, 5)));
    empty().when(ended).then_expect_error(WalletError::AlreadyEnded);
}

#[test]
fn earnings_are_not_granted() {
    let grant = Grant { wallet: WalletKey::earning(MINA), ..grant(1, 5) };
    let refusal = WalletError::WrongAsset { asset: Asset::Earning };
    let wallet = wallet().given_no_previous_events();
    wallet.when(WalletCommand::Grant(grant)).then_expect_error(refusal);
}

#[test]
fn a_wallet_never_holds_more_than_its_ceiling() {
    let whole = usize::try_from(Amount::WALLET_MAX / Amount::MAX.get()).unwrap();
    let lots = (1..=whole).map(|n| grant(n as u128, Amount::MAX.get())).collect();
    let full = WalletError::WalletFull { asset: Asset::Token };
    let one_more = WalletCommand::Grant(grant(0, 1));
    wallet().given(granted(lots)).when(one_more).then_expect_error(full);
}

#[test]
fn the_burn_order_is_priority_then_end_then_promo_then_age_then_id() {
    let lots = vec![
        grant(6, 1),
        grant(5, 1), // The same in everything but the id.
        Grant { effective_at: minutes(-1), ..grant(7, 1) }, // Older.
        promo(8, 1),
        until(minutes(30), grant(9, 1)),
        until(minutes(20), grant(10, 1)),
        Grant { priority: -1, ..grant(11, 1) },
    ];
    let order = [(11, 1), (10, 1), (9, 1), (8, 1), (7, 1), (5, 1), (6, 1)];
    wallet().given(granted(lots)).when(hold(7)).then_expect_events(vec![held(&order)]);
}

#[test]
fn a_hold_takes_what_it_needs_and_leaves_the_rest() {
    let lots = granted(vec![promo(1, 30), grant(2, 50)]);
    wallet().given(lots).when(hold(45)).then_expect_events(vec![held(&[(1, 30), (2, 15)])]);
}

#[test]
fn a_hold_beyond_what_is_available_is_refused_with_the_figures() {
    let lots = granted(vec![grant(1, 50)]);
    let refusal = |needed, available| WalletError::InsufficientFunds {
        asset: Asset::Token,
        needed: amount(needed),
        available,
    };
    wallet().given(lots.clone()).when(hold(51)).then_expect_error(refusal(51, 50));
    wallet().given_no_previous_events().when(hold(1)).then_expect_error(refusal(1, 0));

    let other = GenerationId(id(71));
    let second = WalletCommand::Hold {
        wallet: WalletKey::token(MINA),
        hold: other.into(),
        generation: other,
        amount: amount(11),
        at: noon(),
        expires_at: minutes(60),
    };
    let held = [lots, vec![held(&[(1, 40)])]].concat();
    wallet().given(held).when(second).then_expect_error(refusal(11, 10));
}

#[test]
fn a_hold_refuses_a_lot_that_ends_by_now_though_it_still_counts() {
    let lots = granted(vec![until(minutes(5), grant(1, 50)), grant(2, 10)]);
    let framework = || wallet().given(lots.clone());
    framework().when(hold_at(10, minutes(5))).then_expect_events(vec![held(&[(2, 10)])]);
    let needed = amount(11);
    let asset = Asset::Token;
    let refusal = WalletError::InsufficientFunds { asset, needed, available: 10 };
    framework().when(hold_at(11, minutes(5))).then_expect_error(refusal);

    let mut state = Wallet::default();
    lots.into_iter().for_each(|event| state.evolve(event));
    assert_eq!((state.available(), state.spendable(minutes(5))), (60, 10));
}

#[test]
fn the_same_hold_again_changes_nothing_and_another_of_its_name_is_refused() {
    let events = [granted(vec![grant(1, 50)]), vec![held(&[(1, 40)])]].concat();
    wallet().given(events.clone()).when(hold(40)).then_expect_events(vec![]);
    let conflict = WalletError::HoldConflict { hold: JOB.into() };
    wallet().given(events).when(hold(5)).then_expect_error(conflict);
}

#[test]
fn a_capture_spends_in_burn_order_and_gives_the_rest_back_to_its_lots() {
    let events = [granted(vec![promo(1, 30), grant(2, 50)]), vec![held(&[(1, 30), (2, 20)])]];
    let events = events.concat();
    let spent = captured(&[(1, 30), (2, 5)], &[(2, 15)]);
    wallet()
        .given(events.clone())
        .when(capture(35, noon()))
        .then_expect_events(vec![spent.clone()]);

    let mut state = Wallet::default();
    events.into_iter().chain([spent]).for_each(|event| state.evolve(event));
    assert_eq!((state.available(), state.held(), state.lots().len()), (45, 0, 1));
}

#[test]
fn a_capture_beyond_its_hold_or_of_nothing_or_without_a_hold_is_refused() {
    let events = [granted(vec![grant(1, 50)]), vec![held(&[(1, 20)])]].concat();
    let hold = JOB.into();
    let beyond = WalletError::CaptureExceedsHold { hold, held: 20, asked: amount(21) };
    wallet().given(events.clone()).when(capture(21, noon())).then_expect_error(beyond);
    let nothing = capture(0, noon());
    wallet().given(events.clone()).when(nothing).then_expect_error(WalletError::NothingToMove);
    let closed = [events, vec![captured(&[(1, 20)], &[])]].concat();
    let not_open = WalletError::HoldNotOpen { hold };
    wallet().given(closed).when(capture(20, noon())).then_expect_error(not_open);
}

#[test]
fn a_release_gives_all_back_to_the_same_lots() {
    let events = [granted(vec![promo(1, 30), grant(2, 50)]), vec![held(&[(1, 30), (2, 20)])]];
    let back = released(&[(1, 30), (2, 20)], ReleaseReason::Failed);
    let command = release(ReleaseReason::Failed, noon());
    wallet().given(events.concat()).when(command).then_expect_events(vec![back]);
}

#[test]
fn what_comes_back_to_an_ended_lot_ends_with_it() {
    let lots = granted(vec![until(minutes(5), grant(1, 50))]);
    let events = [lots, vec![held(&[(1, 20)]), lot_expired(1, 30)]].concat();
    let canceled = || wallet().given(events.clone());
    let at = minutes(6);
    let back = released(&[(1, 20)], ReleaseReason::Canceled);
    let expected = vec![back, lot_expired(1, 20)];
    canceled().when(release(ReleaseReason::Canceled, at)).then_expect_events(expected);
    let spent = captured(&[(1, 15)], &[(1, 5)]);
    canceled().when(capture(15, at)).then_expect_events(vec![spent, lot_expired(1, 5)]);
}

#[test]
fn work_that_failed_after_a_lot_ended_is_made_good_for_seven_days() {
    let lots = granted(vec![until(minutes(5), grant(1, 50))]);
    let events = [lots, vec![held(&[(1, 20)])]].concat();
    let at = minutes(6);
    let good = Grant {
        lot: LotId::make_good(JOB.into(), lot(1)),
        source: GrantSource::MakeGood { lot: lot(1) },
        effective_at: at,
        expires_at: Some(at + MAKE_GOOD),
        ..grant(1, 20)
    };
    let back = released(&[(1, 20)], ReleaseReason::Failed);
    let expected = vec![back, lot_expired(1, 50), good.event()];
    wallet().given(events).when(release(ReleaseReason::Failed, at)).then_expect_events(expected);
}

#[test]
fn a_lot_ends_with_what_is_not_held_and_is_gone() {
    let lots = granted(vec![until(minutes(5), grant(1, 50)), grant(2, 1)]);
    let events = [lots, vec![held(&[(1, 20)])]].concat();
    let expire = |n| WalletCommand::ExpireLot { lot: lot(n), due: minutes(5) };
    let ended = lot_expired(1, 30);
    wallet().given(events.clone()).when(expire(1)).then_expect_events(vec![ended.clone()]);
    wallet().given(events.clone()).when(expire(2)).then_expect_events(vec![]);
    wallet().given([events, vec![ended]].concat()).when(expire(1)).then_expect_events(vec![]);
}

#[test]
fn a_hold_ends_by_its_own_timer_and_not_by_an_older_one() {
    let events = [granted(vec![grant(1, 50)]), vec![held(&[(1, 20)])]].concat();
    let expire = |due| WalletCommand::ExpireHold { hold: JOB.into(), due, at: minutes(60) };
    let back = WalletEvent::HoldExpired {
        owner: MINA,
        asset: Asset::Token,
        hold: JOB.into(),
        generation: JOB,
        released: draws(&[(1, 20)]),
    };
    wallet().given(events.clone()).when(expire(minutes(59))).then_expect_events(vec![]);
    wallet().given(events).when(expire(minutes(60))).then_expect_events(vec![back]);
    wallet().given_no_previous_events().when(expire(minutes(60))).then_expect_events(vec![]);
}

#[test]
fn presents_cannot_be_sent_on() {
    let lots = granted(vec![promo(1, 100), grant(2, 30)]);
    let sent = WalletEvent::TransferSent {
        owner: MINA,
        asset: Asset::Token,
        transfer: TransferId(id(90)),
        to: JOON,
        draws: draws(&[(2, 30)]),
        memo: None,
    };
    let framework = || wallet().given(lots.clone());
    framework().when(send(30)).then_expect_events(vec![sent]);
    let (asset, needed) = (Asset::Token, amount(31));
    let refusal = WalletError::NotTransferable { asset, needed, transferable: 30 };
    framework().when(send(31)).then_expect_error(refusal);
    let needed = amount(131);
    let refusal = WalletError::InsufficientFunds { asset, needed, available: 130 };
    framework().when(send(131)).then_expect_error(refusal);
    framework().when(send(0)).then_expect_error(WalletError::NothingToMove);
}

#[test]
fn an_artist_earns_what_the_fee_leaves_rounded_in_his_favour() {
    let earn = |gross, fee_basis_points| Earn {
        artist: MINA,
        generation: JOB,
        style: StyleId(id(3)),
        payer: JOON,
        gross: amount(gross),
        fee_basis_points,
    };
    let share = |gross, fee| (earn(gross, fee).fee().get(), earn(gross, fee).net().get());
    assert_eq!(share(10, 1_000), (1, 9));
    assert_eq!(share(9, 1_000), (0, 9));
    assert_eq!(share(Amount::MAX.get(), 10_000), (Amount::MAX.get(), 0));
    assert_eq!(share(5, u32::MAX), (5, 0));
    assert_eq!(earn(5, 10_000).event(), None);

    let mut state = Wallet::default();
    (0..3).for_each(|_| state.evolve(earn(10, 1_000).event().unwrap()));
    assert_eq!((state.key(), state.available()), (WalletKey::earning(MINA), 27));
    assert!(state.lots().is_empty());
}
