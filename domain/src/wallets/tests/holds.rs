//! Spending in two steps: hold, then capture or release.

use super::*;

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
    let second = WalletCommand::Hold(NewHold {
        wallet: WalletKey::token(MINA),
        hold: other.into(),
        purpose: Purpose::Generation(other),
        amount: amount(11),
        at: noon(),
        expires_at: Some(minutes(60)),
    });
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
fn a_hold_ends_by_its_own_timer_and_not_by_an_older_one() {
    let events = [granted(vec![grant(1, 50)]), vec![held(&[(1, 20)])]].concat();
    let expire = |due| WalletCommand::ExpireHold { hold: JOB.into(), due, at: minutes(60) };
    let back = WalletEvent::HoldExpired {
        owner: MINA,
        asset: Asset::Token,
        hold: JOB.into(),
        purpose: PAINTING,
        released: draws(&[(1, 20)]),
    };
    wallet().given(events.clone()).when(expire(minutes(59))).then_expect_events(vec![]);
    wallet().given(events).when(expire(minutes(60))).then_expect_events(vec![back]);
    wallet().given_no_previous_events().when(expire(minutes(60))).then_expect_events(vec![]);
}
