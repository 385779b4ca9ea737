//! Ann also pays by deposit: the deposit is taken back and comes again, part of it is given back at
//! the dashboard, she has part of it refunded, and deliveries tell of it, true and forged ones.

use domain::purchases::{Cancel, Payment, PurchaseEvent};
use domain::wallets::{
    Category, Draw, GrantSource, Purpose, ReleaseReason, RevokeReason, WalletEvent,
};
use domain::webhooks::WebhookEvent;
use domain::{
    Amount, Asset, Event, HoldId, LotId, PurchaseId, RefundId, UserId, WalletId, WebhookId,
};
use uuid::Uuid;

use crate::projections_ground::recorded_at;
use crate::projections_story::{ANN, Seal, Story};

pub const DEPOSIT: PurchaseId = PurchaseId(Uuid::from_u128(0x11));
pub const REFUND: RefundId = RefundId(Uuid::from_u128(0x12));
const REFUSED: RefundId = RefundId(Uuid::from_u128(0x13));
const REJECTED: RefundId = RefundId(Uuid::from_u128(0x14));
const DELIVERY: WebhookId = WebhookId(Uuid::from_u128(0x61));
const OWNER: UserId = ANN;

fn amount(value: i64) -> Amount {
    Amount::new(value).expect("an amount of the story")
}

fn step(event: PurchaseEvent) -> (Uuid, Event) {
    (DEPOSIT.0, Event::Purchase(event))
}

fn wallet(event: WalletEvent) -> (Uuid, Event) {
    (WalletId::of(OWNER, Asset::Token).0, Event::Wallet(event))
}

/// The whole of it; the wallet is as it was before.
pub fn refunds(seal: Seal<'_>) -> Story {
    let (first, again) = (LotId::purchase(DEPOSIT), LotId::purchase_again(DEPOSIT, 2));
    let purchase = DEPOSIT;
    let reversed = PurchaseEvent::DepositReversed {
        purchase,
        lot: first,
        tokens: amount(50),
        owed: Amount::ZERO,
    };
    [
        issued(seal),
        granted(first),
        vec![revoked(first, 50), step(reversed)],
        granted(again),
        canceled(again),
        vec![step(PurchaseEvent::ReconcileRequested { purchase })],
        refund(again, REJECTED, vec![]),
        vec![
            step(PurchaseEvent::RefundRejected {
                purchase,
                refund: REJECTED,
                reason: "see the terms".to_owned(),
            }),
            released(again, REJECTED),
        ],
        refund(again, REFUSED, vec![approved(REFUSED)]),
        vec![
            step(PurchaseEvent::RefundFailed {
                purchase,
                refund: REFUSED,
                code: "NOT_CANCELABLE_PAYMENT".to_owned(),
            }),
            released(again, REFUSED),
        ],
        refund(again, REFUND, vec![approved(REFUND)]),
        executed(again),
        deliveries(),
    ]
    .concat()
}

fn issued(seal: Seal<'_>) -> Story {
    let purchase = DEPOSIT;
    let sealed = ("purchase.deposit_account_issued", "account_number");
    vec![
        step(PurchaseEvent::Initiated {
            purchase,
            buyer: OWNER,
            package: "starter".to_owned(),
            tokens: amount(50),
            unit_price: "100".to_owned(),
            amount: 5_000,
            currency: "KRW".to_owned(),
            order_id: "p_2".to_owned(),
            expires_at: recorded_at(0),
        }),
        step(PurchaseEvent::DepositAccountIssued {
            purchase,
            payment_key: "deposit".to_owned(),
            bank: Some("20".to_owned()),
            account_number: Some(seal(OWNER.0, sealed, "X6505636518308")),
            due_at: Some(recorded_at(0)),
        }),
    ]
}

fn granted(lot: LotId) -> Story {
    let (purchase, tokens) = (DEPOSIT, amount(50));
    let payment = Payment {
        payment_key: "deposit".to_owned(),
        total_amount: 5_000,
        method: Some("deposit".to_owned()),
        approved_at: Some(recorded_at(0)),
        receipt_url: None,
        card: None,
        easy_pay: None,
    };
    vec![
        step(PurchaseEvent::Approved { purchase, payment }),
        wallet(WalletEvent::Granted {
            owner: OWNER,
            asset: Asset::Token,
            lot,
            amount: tokens,
            source: GrantSource::Purchase { purchase },
            category: Category::Paid,
            priority: 0,
            effective_at: recorded_at(0),
            expires_at: None,
            rollover: None,
        }),
        step(PurchaseEvent::TokensGranted { purchase, buyer: OWNER, lot, tokens }),
    ]
}

fn revoked(lot: LotId, tokens: i64) -> (Uuid, Event) {
    wallet(WalletEvent::Revoked {
        owner: OWNER,
        asset: Asset::Token,
        lot,
        amount: amount(tokens),
        category: Category::Paid,
        reason: RevokeReason::PaymentCanceled { purchase: DEPOSIT },
    })
}

fn canceled(lot: LotId) -> Story {
    let transaction_key = "T1".to_owned();
    let cancel = Cancel { transaction_key, amount: 3_000, reason: "dashboard".to_owned() };
    let event = PurchaseEvent::CanceledExternally {
        purchase: DEPOSIT,
        cancels: vec![cancel],
        balance: 2_000,
        lot,
        tokens: amount(30),
        owed: Amount::ZERO,
    };
    vec![revoked(lot, 30), step(event)]
}

fn draws(lot: LotId) -> Vec<Draw> {
    vec![Draw { lot, amount: amount(20) }]
}

fn refund(lot: LotId, refund: RefundId, then: Story) -> Story {
    let purpose = Purpose::Refund(refund);
    let requested = PurchaseEvent::RefundRequested {
        purchase: DEPOSIT,
        refund,
        buyer: OWNER,
        lot,
        tokens: amount(20),
        amount: 2_000,
        to_account: true,
    };
    let held = WalletEvent::Held {
        owner: OWNER,
        asset: Asset::Token,
        hold: HoldId::from(purpose),
        purpose,
        draws: draws(lot),
        expires_at: None,
    };
    [vec![step(requested)], then, vec![wallet(held)]].concat()
}

fn approved(refund: RefundId) -> (Uuid, Event) {
    step(PurchaseEvent::RefundApproved {
        purchase: DEPOSIT,
        refund,
        payment_key: "deposit".to_owned(),
        amount: 2_000,
        balance: 2_000,
        to_account: true,
    })
}

fn released(lot: LotId, refund: RefundId) -> (Uuid, Event) {
    let purpose = Purpose::Refund(refund);
    wallet(WalletEvent::Released {
        owner: OWNER,
        asset: Asset::Token,
        hold: HoldId::from(purpose),
        purpose,
        released: draws(lot),
        reason: ReleaseReason::Failed,
    })
}

fn executed(lot: LotId) -> Story {
    let (purchase, purpose) = (DEPOSIT, Purpose::Refund(REFUND));
    let code = "PROVIDER_ERROR".to_owned();
    vec![
        step(PurchaseEvent::RefundPutInDoubt { purchase, refund: REFUND, code, attempt: 1 }),
        wallet(WalletEvent::Captured {
            owner: OWNER,
            asset: Asset::Token,
            hold: HoldId::from(purpose),
            purpose,
            captured: draws(lot),
            released: vec![],
        }),
        step(PurchaseEvent::RefundExecuted {
            purchase,
            refund: REFUND,
            transaction_key: "T2".to_owned(),
            tokens: amount(20),
            amount: 2_000,
            balance: 0,
        }),
    ]
}

fn deliveries() -> Story {
    let step = |event| (DELIVERY.0, Event::Webhook(event));
    let (webhook, provider) = (DELIVERY, "toss".to_owned());
    let event_type = Some("DEPOSIT_CALLBACK".to_owned());
    vec![
        step(WebhookEvent::Received {
            webhook,
            provider: provider.clone(),
            event_type: event_type.clone(),
            body_sha256: "cd".repeat(32),
            purchase: Some(DEPOSIT),
            rejected: None,
        }),
        step(WebhookEvent::Deferred { webhook, why: "TIMEOUT".to_owned(), attempt: 1 }),
        step(WebhookEvent::Replayed { webhook, provider, event_type, purchase: Some(DEPOSIT) }),
        step(WebhookEvent::Rejected { webhook, why: "another secret".to_owned() }),
    ]
}
