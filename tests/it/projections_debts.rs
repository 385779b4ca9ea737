//! What is taken back from Ann: a refund she asked for and gave up, a payment that was canceled
//! behind our back, the debt that leaves, and what pays it.

use domain::wallets::{
    Category, Draw, GrantSource, Purpose, ReleaseReason, RevokeReason, Rollover, WalletEvent,
};
use domain::{
    AdjustmentId, Amount, Asset, Event, HoldId, LotId, RefundId, SubscriptionId, UserId, WalletId,
};
use uuid::Uuid;

use crate::projections_ground::recorded_at;
use crate::projections_story::{ANN, PURCHASE, Story};

const REFUND: RefundId = RefundId(Uuid::from_u128(0x90));
const CORRECTION: AdjustmentId = AdjustmentId(Uuid::from_u128(0x91));
const SUBSCRIPTION: SubscriptionId = SubscriptionId(Uuid::from_u128(0x92));

fn amount(value: i64) -> Amount {
    Amount::new(value).expect("an amount of the story")
}

fn draws(lot: LotId, value: i64) -> Vec<Draw> {
    vec![Draw { lot, amount: amount(value) }]
}

/// Ann still has 30 of the 50 tokens she bought; 20 went to Bob.
pub fn debts() -> Story {
    let (owner, asset, lot) = (ANN, Asset::Token, LotId::purchase(PURCHASE));
    let purpose = Purpose::Refund(REFUND);
    let hold = HoldId::from(purpose);
    let reason = RevokeReason::PaymentCanceled { purchase: PURCHASE };
    let correction = LotId::adjustment(CORRECTION);
    let events = [
        WalletEvent::Held { owner, asset, hold, purpose, draws: draws(lot, 30), expires_at: None },
        WalletEvent::Released {
            owner,
            asset,
            hold,
            purpose,
            released: draws(lot, 30),
            reason: ReleaseReason::Canceled,
        },
        WalletEvent::Revoked {
            owner,
            asset,
            lot,
            amount: amount(30),
            category: Category::Paid,
            reason,
        },
        WalletEvent::DebtRecorded { owner, asset, amount: amount(20), reason },
        granted(owner, asset, correction, GrantSource::Adjustment { adjustment: CORRECTION }),
        WalletEvent::DebtSettled { owner, asset, draws: draws(correction, 20) },
    ];
    let month = GrantSource::Month { subscription: SUBSCRIPTION, month: "2026-11".to_owned() };
    let credits = LotId::month(SUBSCRIPTION, "2026-11");
    let credits = granted(owner, Asset::Credit, credits, month);
    let events = events.into_iter().chain([credits]);
    events.map(|event| (WalletId::of(owner, event.asset()).0, Event::Wallet(event))).collect()
}

fn granted(owner: UserId, asset: Asset, lot: LotId, source: GrantSource) -> WalletEvent {
    WalletEvent::Granted {
        owner,
        asset,
        lot,
        amount: amount(25),
        source,
        category: Category::Paid,
        priority: 0,
        effective_at: recorded_at(0),
        expires_at: Some(recorded_at(1_000_000)),
        rollover: Some(Rollover::Percent(50)),
    }
}
