//! Carol's money: a refund, a payment that was canceled behind our back, the debt that leaves and
//! what pays it, what support gives and takes, a tip, and what her wallets say of themselves.

use domain::adjustments::{AdjustmentEvent, AllowanceEvent, Change};
use domain::wallets::{
    Category, Draw, GrantSource, Purpose, ReleaseReason, RevokeReason, Rollover, Tip, WalletEvent,
};
use domain::{
    AdjustmentId, Amount, Asset, Event, HoldId, LotId, PurchaseId, RefundId, SubscriptionId,
    TransferId, UserId, WalletId,
};
use uuid::Uuid;

use crate::projections_ground::recorded_at;
use crate::projections_story::{BOB, PAINTED, Story};

const CAROL: UserId = UserId(Uuid::from_u128(0xc));
const PURCHASE: PurchaseId = PurchaseId(Uuid::from_u128(0x8f));
const REFUND: RefundId = RefundId(Uuid::from_u128(0x90));
const CORRECTION: AdjustmentId = AdjustmentId(Uuid::from_u128(0x91));
const SUBSCRIPTION: SubscriptionId = SubscriptionId(Uuid::from_u128(0x92));
const SECOND: AdjustmentId = AdjustmentId(Uuid::from_u128(0x93));
const TIP: TransferId = TransferId(Uuid::from_u128(0x94));

fn amount(value: i64) -> Amount {
    Amount::new(value).expect("an amount of the story")
}

fn draws(lot: LotId, value: i64) -> Vec<Draw> {
    vec![Draw { lot, amount: amount(value) }]
}

/// All of it.
pub fn debts() -> Story {
    let events = [taken_back(), corrected(), credits()].concat().into_iter();
    let wallet =
        |event: WalletEvent| (WalletId::of(event.owner(), event.asset()).0, Event::Wallet(event));
    events.map(wallet).chain(decisions()).collect()
}

/// Ten of fifty become money again; then the payment is canceled, and twenty were spent.
fn taken_back() -> Vec<WalletEvent> {
    let (owner, asset, lot) = (CAROL, Asset::Token, LotId::purchase(PURCHASE));
    let purpose = Purpose::Refund(REFUND);
    let hold = HoldId::from(purpose);
    let reason = RevokeReason::PaymentCanceled { purchase: PURCHASE };
    let held = |n| WalletEvent::Held {
        owner,
        asset,
        hold,
        purpose,
        draws: draws(lot, n),
        expires_at: None,
    };
    let lost = Purpose::Refund(RefundId(Uuid::from_u128(0x8e)));
    vec![
        granted(owner, asset, lot, GrantSource::Purchase { purchase: PURCHASE }, 50),
        WalletEvent::Held {
            owner,
            asset,
            hold: HoldId::from(lost),
            purpose: lost,
            draws: draws(lot, 50),
            expires_at: None,
        },
        WalletEvent::Released {
            owner,
            asset,
            hold: HoldId::from(lost),
            purpose: lost,
            released: draws(lot, 50),
            reason: ReleaseReason::Canceled,
        },
        held(10),
        WalletEvent::Captured {
            owner,
            asset,
            hold,
            purpose,
            captured: draws(lot, 10),
            released: vec![],
            style: None,
        },
        WalletEvent::Revoked {
            owner,
            asset,
            lot,
            amount: amount(40),
            category: Category::Paid,
            reason,
        },
        WalletEvent::DebtRecorded { owner, asset, amount: amount(20), reason },
    ]
}

/// What support gives pays the debt; some of the rest is tipped, the last is taken again.
fn corrected() -> Vec<WalletEvent> {
    let (owner, asset, lot) = (CAROL, Asset::Token, LotId::adjustment(CORRECTION));
    let generation = Some(PAINTED);
    let tip = Tip { tip: TIP, payer: CAROL, generation, gross: amount(3), fee: amount(1) };
    vec![
        granted(owner, asset, lot, GrantSource::Adjustment { adjustment: CORRECTION }, 25),
        WalletEvent::DebtSettled { owner, asset, draws: draws(lot, 20) },
        WalletEvent::AlertsSet { owner, asset, low_balance: Some(amount(4)) },
        WalletEvent::TipSent {
            owner,
            asset,
            tip: TIP,
            artist: BOB,
            generation,
            draws: draws(lot, 3),
            day: recorded_at(0).date_naive(),
        },
        WalletEvent::RanLow { owner, asset, available: 2, mark: amount(4) },
        WalletEvent::TipEarned { owner: BOB, asset: Asset::Earning, tip, amount: amount(2) },
        WalletEvent::Adjusted {
            owner,
            asset,
            adjustment: SECOND,
            paid: draws(lot, 2),
            promo: vec![],
        },
    ]
}

/// Credits of a plan: some are spent, on work that took more than it should have.
fn credits() -> Vec<WalletEvent> {
    let (owner, asset) = (CAROL, Asset::Credit);
    let lot = LotId::month(SUBSCRIPTION, "2026-11");
    let month = GrantSource::Month { subscription: SUBSCRIPTION, month: "2026-11".to_owned() };
    let purpose = Purpose::Generation(PAINTED);
    let hold = HoldId::from(purpose);
    let expires_at = Some(recorded_at(1_000_000));
    vec![
        granted(owner, asset, lot, month, 30),
        WalletEvent::Held { owner, asset, hold, purpose, draws: draws(lot, 5), expires_at },
        WalletEvent::Captured {
            owner,
            asset,
            hold,
            purpose,
            captured: draws(lot, 5),
            released: vec![],
            style: None,
        },
        WalletEvent::OverrunAbsorbed { owner, asset, hold, purpose, amount: amount(2) },
        WalletEvent::EndsSoon {
            owner,
            asset,
            lot,
            amount: amount(25),
            expires_at: recorded_at(1_000_000),
        },
    ]
}

fn granted(owner: UserId, asset: Asset, lot: LotId, source: GrantSource, n: i64) -> WalletEvent {
    WalletEvent::Granted {
        owner,
        asset,
        lot,
        amount: amount(n),
        source,
        category: Category::Paid,
        priority: 0,
        effective_at: recorded_at(0),
        expires_at: Some(recorded_at(1_000_000)),
        rollover: Some(Rollover::Percent(50)),
    }
}

/// Who of the house said what about it.
fn decisions() -> Vec<(Uuid, Event)> {
    let (first, second) = (UserId(Uuid::from_u128(0xd)), UserId(Uuid::from_u128(0xe)));
    let asked = |adjustment, change| AdjustmentEvent::Requested {
        adjustment,
        owner: CAROL,
        asset: Asset::Token,
        change,
        reason: "It was black".to_owned(),
        by: first,
    };
    let (owed, never) = (amount(0), AdjustmentId(Uuid::from_u128(0x95)));
    let reason = "Twice".to_owned();
    let expires_at = Some(recorded_at(1_000_000));
    let events = [
        (CORRECTION, asked(CORRECTION, Change::Add { amount: amount(25) })),
        (CORRECTION, AdjustmentEvent::Approved { adjustment: CORRECTION, by: second }),
        (CORRECTION, AdjustmentEvent::Executed { adjustment: CORRECTION, moved: amount(25), owed }),
        (SECOND, asked(SECOND, Change::Take { amount: amount(2) })),
        (SECOND, AdjustmentEvent::Executed { adjustment: SECOND, moved: amount(2), owed }),
        (never, asked(never, Change::Grant { amount: amount(9), expires_at })),
        (never, AdjustmentEvent::Rejected { adjustment: never, by: second, reason }),
    ];
    let (by, amount, day) = (second, amount(2), recorded_at(0).date_naive());
    let alone = AllowanceEvent::Used { by, adjustment: SECOND, amount, day };
    let events = events.into_iter().map(|(id, event)| (id.0, Event::Adjustment(event)));
    events.chain([(by.0, Event::Allowance(alone))]).collect()
}
