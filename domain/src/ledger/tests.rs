//! The chart of accounts, one line per fact.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod books;

use super::*;
use crate::given::{id, noon};
use crate::wallets::{GrantSource, Purpose, ReleaseReason, RevokeReason, Tip};
use crate::{AdjustmentId, GenerationId, HoldId, LotId, PurchaseId, RefundId, StyleId, TransferId};

const MINA: UserId = UserId(id(1));
const JOON: UserId = UserId(id(2));
const JOB: GenerationId = GenerationId(id(70));
const PAINTING: Purpose = Purpose::Generation(JOB);
const HOLD: HoldId = HoldId(id(70));

fn amount(n: i64) -> Amount {
    Amount::new(n).unwrap()
}

fn draws(amounts: &[i64]) -> Vec<Draw> {
    amounts.iter().map(|n| Draw { lot: LotId(id(9)), amount: amount(*n) }).collect()
}

/// Checks the entries of an event, in the words of the chart.
fn posts(event: &WalletEvent, expected: &[(&str, i64)]) {
    let entries = postings(event);
    let words = |account: Account| {
        account.to_string().replace(&MINA.to_string(), "mina").replace(&JOON.to_string(), "joon")
    };
    let posted: Vec<_> = entries.iter().map(|entry| (words(entry.account), entry.amount)).collect();
    let expected: Vec<_> = expected.iter().map(|(word, n)| ((*word).to_owned(), *n)).collect();
    assert_eq!(posted, expected);
    assert_eq!(entries.iter().map(|entry| entry.amount).sum::<i64>(), 0);
    assert!(entries.iter().all(|entry| entry.asset == event.asset() && entry.amount != 0));
}

fn granted(category: Category) -> WalletEvent {
    WalletEvent::Granted {
        owner: MINA,
        asset: Asset::Token,
        lot: LotId(id(9)),
        amount: amount(100),
        source: GrantSource::Welcome,
        category,
        priority: 0,
        effective_at: noon(),
        expires_at: None,
        rollover: None,
    }
}

#[test]
fn a_grant_comes_from_the_mint_or_is_a_present() {
    let available = ("user:mina:available", 100);
    posts(&granted(Category::Paid), &[("platform:mint", -100), available]);
    posts(&granted(Category::Promo), &[("platform:promo", -100), available]);
}

#[test]
fn a_lot_goes_back_where_it_came_from() {
    let expired = |category| WalletEvent::LotExpired {
        owner: MINA,
        asset: Asset::Credit,
        lot: LotId(id(9)),
        amount: amount(7),
        category,
    };
    posts(&expired(Category::Paid), &[("user:mina:available", -7), ("platform:mint", 7)]);
    posts(&expired(Category::Promo), &[("user:mina:available", -7), ("platform:promo", 7)]);
}

#[test]
fn a_hold_sets_aside_and_a_release_or_its_end_gives_back() {
    let (owner, asset, hold, purpose) = (MINA, Asset::Token, HOLD, PAINTING);
    let (draws, expires_at) = (draws(&[3, 4]), Some(noon()));
    let released = draws.clone();
    let held = WalletEvent::Held { owner, asset, hold, purpose, draws, expires_at };
    posts(&held, &[("user:mina:available", -7), ("user:mina:held", 7)]);
    let back = [("user:mina:held", -7), ("user:mina:available", 7)];
    let expired =
        WalletEvent::HoldExpired { owner, asset, hold, purpose, released: released.clone() };
    posts(&expired, &back);
    let reason = ReleaseReason::Failed;
    posts(&WalletEvent::Released { owner, asset, hold, purpose, released, reason }, &back);
}

#[test]
fn a_capture_redeems_and_gives_the_rest_back() {
    let captured = |captured: &[i64], released: &[i64]| WalletEvent::Captured {
        owner: MINA,
        asset: Asset::Token,
        hold: HOLD,
        purpose: PAINTING,
        captured: draws(captured),
        released: draws(released),
        style: None,
    };
    let held = "user:mina:held";
    let spent = [(held, -5), ("platform:redeemed", 5)];
    posts(&captured(&[3, 2], &[]), &spent);
    let rest = [(held, -2), ("user:mina:available", 2)];
    posts(&captured(&[3, 2], &[2]), &[spent, rest].concat());
}

#[test]
fn a_transfer_is_posted_whole_by_its_sender() {
    let (asset, transfer) = (Asset::Token, TransferId(id(90)));
    let (draws, memo) = (draws(&[20]), None);
    let sent = WalletEvent::TransferSent {
        owner: MINA,
        asset,
        transfer,
        to: JOON,
        draws,
        memo,
        day: None,
    };
    posts(&sent, &[("user:mina:available", -20), ("user:joon:available", 20)]);
    assert_eq!(movement(&sent), (-20, 0));

    let (lot, amount, effective_at) = (LotId(id(9)), amount(20), noon());
    let (owner, from) = (JOON, MINA);
    let received =
        WalletEvent::TransferReceived { owner, asset, transfer, from, lot, amount, effective_at };
    posts(&received, &[]);
    assert_eq!(movement(&received), (20, 0));
}

#[test]
fn an_earning_is_owed_by_the_platform() {
    let earned = WalletEvent::Earned {
        owner: JOON,
        asset: Asset::Earning,
        generation: JOB,
        style: StyleId(id(3)),
        payer: MINA,
        gross: amount(10),
        fee: amount(1),
        amount: amount(9),
    };
    posts(&earned, &[("platform:payable", -9), ("user:joon:available", 9)]);
}

#[test]
fn what_is_taken_back_goes_where_it_came_from_and_what_is_owed_is_below_zero() {
    let (owner, asset) = (MINA, Asset::Token);
    let reason = RevokeReason::PaymentCanceled { purchase: PurchaseId(id(60)) };
    let (lot, revoked, owed) = (LotId(id(9)), amount(7), amount(5));
    let back =
        |category| WalletEvent::Revoked { owner, asset, lot, amount: revoked, category, reason };
    posts(&back(Category::Paid), &[("user:mina:available", -7), ("platform:mint", 7)]);
    posts(&back(Category::Promo), &[("user:mina:available", -7), ("platform:promo", 7)]);
    let recorded = WalletEvent::DebtRecorded { owner, asset, amount: owed, reason };
    posts(&recorded, &[("user:mina:owed", -5), ("platform:mint", 5)]);
    let settled = WalletEvent::DebtSettled { owner, asset, draws: draws(&[2, 3]) };
    posts(&settled, &[("user:mina:available", -5), ("user:mina:owed", 5)]);
    assert_eq!((super::owed(&recorded), super::owed(&settled)), (5, -5));
}

#[test]
fn what_support_takes_goes_where_it_came_from() {
    let (owner, asset, adjustment) = (MINA, Asset::Token, AdjustmentId(id(91)));
    let (paid, promo) = (draws(&[3]), draws(&[4]));
    let adjusted = WalletEvent::Adjusted { owner, asset, adjustment, paid, promo };
    let (from, mint) = ("user:mina:available", ("platform:mint", 3));
    posts(&adjusted, &[(from, -3), mint, (from, -4), ("platform:promo", 4)]);
}

#[test]
fn what_work_took_beyond_its_hold_is_the_platforms_loss() {
    let (owner, asset, amount) = (MINA, Asset::Credit, amount(2));
    let (hold, purpose) = (HOLD, PAINTING);
    let absorbed = WalletEvent::OverrunAbsorbed { owner, asset, hold, purpose, amount };
    posts(&absorbed, &[("platform:absorbed", -2), ("platform:redeemed", 2)]);
    assert_eq!(movement(&absorbed), (0, 0));
}

#[test]
fn a_tip_is_redeemed_and_earned() {
    let (transfer, generation) = (TransferId(id(90)), None);
    let sent = WalletEvent::TipSent {
        owner: MINA,
        asset: Asset::Token,
        tip: transfer,
        artist: JOON,
        generation,
        draws: draws(&[10]),
        day: noon().date_naive(),
    };
    posts(&sent, &[("user:mina:available", -10), ("platform:redeemed", 10)]);
    let (gross, fee) = (amount(10), amount(1));
    let tip = Tip { tip: transfer, payer: MINA, generation, gross, fee };
    let (owner, asset) = (JOON, Asset::Earning);
    let earned = WalletEvent::TipEarned { owner, asset, tip, amount: amount(9) };
    posts(&earned, &[("platform:payable", -9), ("user:joon:available", 9)]);
}

#[test]
fn a_refund_goes_back_to_the_mint() {
    let refund = WalletEvent::Captured {
        owner: MINA,
        asset: Asset::Token,
        hold: HOLD,
        purpose: Purpose::Refund(RefundId(id(70))),
        captured: draws(&[5]),
        released: vec![],
        style: None,
    };
    posts(&refund, &[("user:mina:held", -5), ("platform:mint", 5)]);
}

#[test]
fn an_account_is_read_as_it_is_written() {
    use Account::{Absorbed, Available, Held, Mint, Owed, PaidOut, Payable, Promo, Redeemed};
    let platform = [Mint, Promo, Redeemed, Absorbed, PaidOut, Payable];
    for account in [Available(MINA), Held(JOON), Owed(MINA)].into_iter().chain(platform) {
        assert_eq!(account.to_string().parse(), Ok(account));
        let json = serde_json::to_string(&account).unwrap();
        assert_eq!(serde_json::from_str::<Account>(&json).unwrap(), account);
    }
    for text in ["", "user:", "user:1:held", "platform:", &format!("user:{MINA}:lent")] {
        assert_eq!(text.parse::<Account>(), Err(NotAnAccount(text.to_owned())));
    }
}
