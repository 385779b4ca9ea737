//! Ann also pays by deposit: the deposit is taken back and comes again, part of it is given back at
//! the dashboard, she has the rest refunded, and a delivery tells of it.

use domain::purchases::{Cancel, Payment, PurchaseEvent};
use domain::webhooks::WebhookEvent;
use domain::{Amount, Event, LotId, PurchaseId, RefundId, WebhookId};
use uuid::Uuid;

use crate::projections_ground::recorded_at;
use crate::projections_story::{ANN, Seal, Story};

pub const DEPOSIT: PurchaseId = PurchaseId(Uuid::from_u128(0x11));
const REFUND: RefundId = RefundId(Uuid::from_u128(0x12));
const FAILED: RefundId = RefundId(Uuid::from_u128(0x13));
const REJECTED: RefundId = RefundId(Uuid::from_u128(0x14));
const DELIVERY: WebhookId = WebhookId(Uuid::from_u128(0x61));

fn amount(value: i64) -> Amount {
    Amount::new(value).expect("an amount of the story")
}

/// What happens to the purchase; what wallets make of it is told elsewhere.
pub fn refunds(seal: Seal<'_>) -> Story {
    let (purchase, lot) = (DEPOSIT, LotId::purchase(DEPOSIT));
    let reversed =
        PurchaseEvent::DepositReversed { purchase, lot, tokens: amount(50), owed: amount(10) };
    let reason = "see the terms".to_owned();
    let code = "NOT_CANCELABLE_PAYMENT".to_owned();
    let events = [
        issued(seal),
        granted(),
        vec![reversed],
        granted(),
        vec![canceled(), PurchaseEvent::ReconcileRequested { purchase }],
        vec![requested(REJECTED)],
        vec![PurchaseEvent::RefundRejected { purchase, refund: REJECTED, reason }],
        vec![requested(FAILED), approved(FAILED)],
        vec![PurchaseEvent::RefundFailed { purchase, refund: FAILED, code }],
        vec![requested(REFUND), approved(REFUND)],
        executed(),
    ];
    let events = events.concat().into_iter().map(|event| (DEPOSIT.0, Event::Purchase(event)));
    events.chain(delivery()).collect()
}

fn issued(seal: Seal<'_>) -> Vec<PurchaseEvent> {
    let purchase = DEPOSIT;
    let place = ("purchase.deposit_account_issued", "account_number");
    vec![
        PurchaseEvent::Initiated {
            purchase,
            buyer: ANN,
            package: "starter".to_owned(),
            tokens: amount(50),
            unit_price: "100".to_owned(),
            amount: 5_000,
            currency: "KRW".to_owned(),
            order_id: "p_2".to_owned(),
            expires_at: recorded_at(0),
        },
        PurchaseEvent::DepositAccountIssued {
            purchase,
            payment_key: "deposit".to_owned(),
            bank: Some("20".to_owned()),
            account_number: Some(seal(ANN.0, place, "X6505636518308")),
            due_at: Some(recorded_at(0)),
        },
    ]
}

fn granted() -> Vec<PurchaseEvent> {
    let (purchase, lot, tokens) = (DEPOSIT, LotId::purchase(DEPOSIT), amount(50));
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
        PurchaseEvent::Approved { purchase, payment },
        PurchaseEvent::TokensGranted { purchase, buyer: ANN, lot, tokens },
    ]
}

fn canceled() -> PurchaseEvent {
    let transaction_key = "T1".to_owned();
    let cancel = Cancel { transaction_key, amount: 3_000, reason: "dashboard".to_owned() };
    PurchaseEvent::CanceledExternally {
        purchase: DEPOSIT,
        cancels: vec![cancel],
        balance: 2_000,
        lot: LotId::purchase(DEPOSIT),
        tokens: amount(30),
        owed: Amount::ZERO,
    }
}

fn requested(refund: RefundId) -> PurchaseEvent {
    PurchaseEvent::RefundRequested {
        purchase: DEPOSIT,
        refund,
        buyer: ANN,
        lot: LotId::purchase(DEPOSIT),
        tokens: amount(20),
        amount: 2_000,
        to_account: true,
    }
}

fn approved(refund: RefundId) -> PurchaseEvent {
    PurchaseEvent::RefundApproved {
        purchase: DEPOSIT,
        refund,
        payment_key: "deposit".to_owned(),
        amount: 2_000,
        balance: 2_000,
        to_account: true,
    }
}

fn executed() -> Vec<PurchaseEvent> {
    let (purchase, refund) = (DEPOSIT, REFUND);
    let code = "PROVIDER_ERROR".to_owned();
    vec![
        PurchaseEvent::RefundPutInDoubt { purchase, refund, code, attempt: 1 },
        PurchaseEvent::RefundExecuted {
            purchase,
            refund,
            transaction_key: "T2".to_owned(),
            tokens: amount(20),
            amount: 2_000,
            balance: 0,
        },
    ]
}

fn delivery() -> Story {
    let (webhook, provider, purchase) = (DELIVERY, "toss".to_owned(), Some(DEPOSIT));
    let event_type = Some("DEPOSIT_CALLBACK".to_owned());
    let events = [
        WebhookEvent::Received {
            webhook,
            provider: provider.clone(),
            event_type: event_type.clone(),
            body_sha256: "cd".repeat(32),
            purchase,
            user: None,
            rejected: None,
        },
        WebhookEvent::BodyViewed { webhook, reason: "Case 2026-117".to_owned() },
        WebhookEvent::Deferred { webhook, why: "TIMEOUT".to_owned(), attempt: 1 },
        WebhookEvent::Replayed { webhook, provider, event_type, purchase },
        WebhookEvent::Rejected { webhook, why: "another secret".to_owned() },
    ];
    events.map(|event| (DELIVERY.0, Event::Webhook(event))).into()
}
