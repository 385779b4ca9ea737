//! What is taken back, owed and settled; refunds; what lives on after its end.

use super::*;
use crate::given::Given;
use crate::wallets::tests::units::Unit;
use crate::work::Work;
use crate::{AdjustmentId, Decide, RefundId};

const REFUND: Purpose = Purpose::Refund(RefundId(id(95)));
const CANCELED: RevokeReason = RevokeReason::PaymentCanceled { purchase: PurchaseId(id(1)) };
const TOKENS: WalletKey = WalletKey::token(MINA);

fn revoke(n: u128, tokens: i64) -> WalletCommand {
    let amount = amount(tokens);
    WalletCommand::Revoke(Revocation { wallet: TOKENS, lot: lot(n), amount, reason: CANCELED })
}

fn revoked(n: u128, tokens: i64) -> WalletEvent {
    WalletEvent::Revoked {
        owner: MINA,
        asset: Asset::Token,
        lot: lot(n),
        amount: amount(tokens),
        category: Category::Paid,
        reason: CANCELED,
    }
}

fn owes(tokens: i64) -> WalletEvent {
    let (owner, asset, amount) = (MINA, Asset::Token, amount(tokens));
    WalletEvent::DebtRecorded { owner, asset, amount, reason: CANCELED }
}

fn settled(parts: &[(u128, i64)]) -> WalletEvent {
    WalletEvent::DebtSettled { owner: MINA, asset: Asset::Token, draws: draws(parts) }
}

#[test]
fn what_is_taken_back_and_is_not_there_any_more_is_owed() {
    let lots = granted(vec![grant(1, 50), grant(2, 10)]);
    let framework = || wallet().given(lots.clone());
    framework().when(revoke(1, 20)).then_expect_events(vec![revoked(1, 20)]);
    framework().when(revoke(1, 70)).then_expect_events(vec![revoked(1, 50), owes(20)]);
    framework().when(revoke(3, 5)).then_expect_events(vec![owes(5)]);
    framework().when(revoke(1, 0)).then_expect_error(WalletError::NothingToMove);
}

#[test]
fn what_others_hold_is_not_taken_back_but_owed_and_settled_when_it_comes_back() {
    let events = [granted(vec![grant(1, 50)]), vec![held(&[(1, 20)])]].concat();
    let taken = vec![revoked(1, 30), owes(20)];
    wallet().given(events.clone()).when(revoke(1, 50)).then_expect_events(taken.clone());

    let owing = [events, taken].concat();
    let back = released(&[(1, 20)], ReleaseReason::Failed);
    wallet()
        .given(owing.clone())
        .when(release(ReleaseReason::Failed, noon()))
        .then_expect_events(vec![back, settled(&[(1, 20)])]);
    let spent = captured(&[(1, 15)], &[(1, 5)]);
    wallet()
        .given(owing)
        .when(capture(15, noon()))
        .then_expect_events(vec![spent, settled(&[(1, 5)])]);
}

#[test]
fn what_comes_in_pays_what_is_owed_before_it_can_be_spent() {
    let owing = vec![owes(20)];
    let more = WalletCommand::Grant(grant(1, 50));
    let expected = vec![grant(1, 50).event(), settled(&[(1, 20)])];
    wallet().given(owing.clone()).when(more).then_expect_events(expected.clone());
    let mut state = Wallet::default();
    owing.iter().cloned().chain(expected).for_each(|event| state.evolve(event));
    assert_eq!((state.available(), state.owed()), (30, 0));

    let less = WalletCommand::Grant(grant(1, 5));
    let expected = vec![grant(1, 5).event(), settled(&[(1, 5)])];
    wallet().given(owing.clone()).when(less).then_expect_events(expected);

    let (transfer, amount, at) = (TransferId(id(90)), amount(30), noon());
    let receiving = Receiving { wallet: TOKENS, transfer, from: JOON, amount, at };
    let mut state = Wallet::default();
    owing.into_iter().for_each(|event| state.evolve(event));
    let events = state.decide(WalletCommand::ReceiveTransfer(receiving)).unwrap();
    events.into_iter().for_each(|event| state.evolve(event));
    assert_eq!((state.available(), state.owed()), (10, 0));
}

#[test]
fn what_was_there_before_a_debt_can_still_be_spent() {
    let events = [granted(vec![grant(1, 50)]), vec![owes(20)]].concat();
    wallet().given(events).when(hold(50)).then_expect_events(vec![held(&[(1, 50)])]);
}

#[test]
fn a_refund_holds_what_is_left_of_its_own_lot_and_no_more_than_asked() {
    let key = TOKENS;
    let lots = || {
        Given::nothing()
            .event::<Wallet>(key, grant(1, 50).event())
            .event::<Wallet>(key, grant(2, 100).event())
            .event::<Wallet>(key, held(&[(1, 20)]))
    };
    for (asked, held) in [(Amount::MAX, 30), (amount(10), 10)] {
        let hold = Unit(move |work: &mut Work<'_>| {
            let first = funds::hold_lot(work, key, lot(1), REFUND, asked)?;
            let again = funds::hold_lot(work, key, lot(1), REFUND, asked)?;
            assert_eq!((first, again), (amount(held), amount(held)));
            Ok(())
        });
        let mut log = lots();
        assert_eq!(log.when(&hold).unwrap().types(), ["wallet.held"]);
        let refund =
            Unit(move |work: &mut Work<'_>| funds::capture(work, key, REFUND.into(), amount(held)));
        assert_eq!(log.when(&refund).unwrap().types(), ["wallet.captured"]);
        assert_eq!(log.state::<Wallet>(key).available(), 130 - held);
    }
    let spent = Unit(move |work: &mut Work<'_>| {
        funds::hold_lot(work, key, lot(3), REFUND, Amount::MAX).map(drop)
    });
    let refusal = lots().when(&spent).unwrap_err();
    assert_eq!(refusal, WalletError::LotSpent { lot: lot(3) }.into());
}

#[test]
fn taking_back_answers_what_was_taken_and_what_is_owed() {
    let unit = Unit(|work: &mut Work<'_>| {
        let (lot, amount, reason) = (lot(1), amount(70), CANCELED);
        let done = funds::revoke(work, Revocation { wallet: TOKENS, lot, amount, reason })?;
        assert_eq!((done.revoked.get(), done.owed.get()), (50, 20));
        Ok(())
    });
    let mut log = Given::nothing().event::<Wallet>(TOKENS, grant(1, 50).event());
    let types = log.when(&unit).unwrap().types();
    assert_eq!(types, ["wallet.revoked", "wallet.debt_recorded"]);
    assert_eq!(log.state::<Wallet>(TOKENS).owed(), 20);
}

#[test]
fn earnings_owe_nothing() {
    let adjustment = RevokeReason::Adjustment { adjustment: AdjustmentId(id(96)) };
    let revoke = WalletCommand::Revoke(Revocation {
        wallet: WalletKey::earning(MINA),
        lot: lot(1),
        amount: amount(5),
        reason: adjustment,
    });
    let refusal = WalletError::WrongAsset { asset: Asset::Earning };
    wallet().given_no_previous_events().when(revoke).then_expect_error(refusal);
}

#[test]
fn what_a_plan_lets_live_on_lives_once_more_as_long() {
    let rolls = |rollover| Grant { rollover, ..until(minutes(30), grant(1, 51)) };
    let expire = WalletCommand::ExpireLot { lot: lot(1), due: minutes(30) };
    let next = |tokens| Grant {
        lot: LotId::rollover(lot(1)),
        source: GrantSource::Rollover { lot: lot(1) },
        effective_at: minutes(30),
        ..until(minutes(60), grant(1, tokens))
    };
    for (rollover, kept) in [
        (None, 0),
        (Some(Rollover::Percent(50)), 25),
        (Some(Rollover::Percent(101)), 51),
        (Some(Rollover::Percent(1)), 0),
        (Some(Rollover::Cap(amount(20))), 20),
        (Some(Rollover::Cap(amount(99))), 51),
    ] {
        let mut expected = vec![lot_expired(1, 51)];
        expected.extend((kept > 0).then(|| next(kept).event()));
        let given = granted(vec![rolls(rollover)]);
        wallet().given(given).when(expire.clone()).then_expect_events(expected);
    }
}

#[test]
fn a_rollover_has_a_timer_and_its_own_end_is_final() {
    let rolls = Grant { rollover: Some(Rollover::Percent(50)), ..until(minutes(30), grant(1, 51)) };
    let mut log = Given::nothing().event::<Wallet>(TOKENS, rolls.event());
    let types = |lot, due, log: &mut Given| {
        log.when(&ExpireLot { wallet: TOKENS, lot, due }).unwrap().types()
    };
    let first = types(lot(1), minutes(30), &mut log);
    assert_eq!(first, ["wallet.lot_expired", "wallet.granted"]);
    let next = LotId::rollover(lot(1));
    let timer = log.kept(LOT_EXPIRY, &format!("{}.{next}", TOKENS.id())).unwrap();
    assert_eq!(timer.due, Some(minutes(60)));
    assert_eq!(types(next, minutes(60), &mut log), ["wallet.lot_expired"]);
    assert_eq!(log.state::<Wallet>(TOKENS).available(), 0);
}

#[test]
fn only_what_was_not_held_at_the_end_lives_on() {
    let rolls = Grant { rollover: Some(Rollover::Percent(100)), ..until(minutes(5), grant(1, 50)) };
    let events = [granted(vec![rolls]), vec![held(&[(1, 20)])]].concat();
    let next = Grant {
        lot: LotId::rollover(lot(1)),
        source: GrantSource::Rollover { lot: lot(1) },
        effective_at: minutes(5),
        ..until(minutes(10), grant(1, 30))
    };
    let back = released(&[(1, 20)], ReleaseReason::Canceled);
    let late = release(ReleaseReason::Canceled, minutes(6)); // The lot's own timer lags.
    let expected = vec![back, lot_expired(1, 50), next.event()];
    wallet().given(events).when(late).then_expect_events(expected);
}
