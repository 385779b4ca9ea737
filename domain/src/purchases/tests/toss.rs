//! What follows from what Toss says, by whichever way and in whatever order (d1.8).

use super::*;
use crate::patience::ASK_AGAIN;
use crate::process::query;
use crate::wallets::{Category, GrantSource, PRIORITY, WalletEvent};
use crate::webhooks::{Mentions, ReceiveWebhook, WEBHOOK_RETRY, Webhook};
use crate::{Asset, LotId, Sha256, WebhookId};

const DELIVERY: WebhookId = WebhookId(id(80));

pub(super) fn lot_of(purchase: PurchaseId) -> WalletEvent {
    WalletEvent::Granted {
        owner: MINA,
        asset: Asset::Token,
        lot: LotId::purchase(purchase),
        amount: Amount::new(150).unwrap(),
        source: GrantSource::Purchase { purchase },
        category: Category::Paid,
        priority: PRIORITY,
        effective_at: noon(),
        expires_at: None,
        rollover: None,
    }
}

pub(super) fn snapshot(status: PaymentStatus) -> PaymentSnapshot {
    PaymentSnapshot {
        order_id: order_id(PURCHASE),
        status,
        currency: CURRENCY.to_owned(),
        payment: Payment {
            payment_key: "tviva1".to_owned(),
            total_amount: 15_000,
            method: Some("카드".to_owned()),
            approved_at: Some(noon()),
            receipt_url: None,
            card: Some("12345678****000*".to_owned()),
            easy_pay: None,
        },
        failure: None,
        bank: None,
        account_number: None,
        due_at: None,
        secret: Some(DepositSecret(b"ps_1".to_vec())),
        cancels: vec![],
        balance: 15_000,
    }
}

pub(super) fn shown(status: PaymentStatus) -> PaymentResult {
    PaymentResult::Shown(snapshot(status))
}

pub(super) fn another_amount() -> PaymentResult {
    let done = snapshot(PaymentStatus::Done);
    let payment = Payment { total_amount: 1, ..done.payment.clone() };
    PaymentResult::Shown(PaymentSnapshot { payment, ..done })
}

pub(super) fn say(result: PaymentResult) -> RecordPayment {
    query(PURCHASE, None).answered(result)
}

fn doubt(code: &str) -> RecordPayment {
    say(PaymentResult::Unknown { code: code.to_owned() })
}

pub(super) const GRANT: [&str; 3] =
    ["purchase.approved", "wallet.granted", "purchase.tokens_granted"];

pub(super) fn tokens(log: &Given) -> i64 {
    log.state::<Wallet>(WalletKey::token(MINA)).available()
}

/// The question the timer keeps.
pub(super) fn next_call(log: &Given) -> TossCall {
    let record = log.kept(PURCHASE_RECONCILE, &PURCHASE.to_string()).unwrap();
    serde_json::from_slice(&record.bytes).unwrap()
}

#[test]
fn a_payment_in_full_grants_its_tokens_in_the_same_append_and_once() {
    let mut log = confirming();
    let accepted = log.when(&say(shown(PaymentStatus::Done))).unwrap();
    assert_eq!((accepted.types(), accepted.reply), (GRANT.to_vec(), PurchaseStatus::Paid));
    assert_eq!(accepted.events[1], crate::Event::Wallet(lot_of(PURCHASE)));
    assert_eq!(timers(&log), []);
    for _ in 0..8 {
        let again = log.when(&say(shown(PaymentStatus::Done))).unwrap();
        assert_eq!((again.types(), again.reply), (vec![], PurchaseStatus::Paid));
    }
    assert_eq!(tokens(&log), 150);
}

#[test]
fn nothing_said_after_the_grant_changes_anything_but_cancels() {
    let mut log = confirming();
    log.when(&say(shown(PaymentStatus::Done))).unwrap();
    for late in [
        shown(PaymentStatus::Canceled),
        shown(PaymentStatus::PartialCanceled),
        shown(PaymentStatus::WaitingForDeposit), // It was no deposit.
        another_amount(),
        PaymentResult::of_code("REJECT_CARD_PAYMENT"),
        PaymentResult::of_code("NOT_FOUND_PAYMENT"),
    ] {
        assert_eq!(log.when(&say(late)).unwrap().types(), none());
    }
    assert_eq!(tokens(&log), 150);
}

#[test]
fn a_payment_in_full_is_granted_whatever_was_believed_before() {
    for believed in [
        say(PaymentResult::of_code("REJECT_CARD_PAYMENT")),
        say(PaymentResult::of_code("NOT_FOUND_PAYMENT_SESSION")),
        say(shown(PaymentStatus::WaitingForDeposit)),
        doubt("timeout"),
    ] {
        let mut log = confirming();
        log.when(&believed).unwrap();
        assert_eq!(log.when(&say(shown(PaymentStatus::Done))).unwrap().types(), GRANT);
    }
    let mut canceled = initiated();
    canceled.when(&cancel()).unwrap();
    assert_eq!(canceled.when(&say(shown(PaymentStatus::Done))).unwrap().types(), GRANT);
}

#[test]
fn another_amount_currency_or_order_is_an_alarm_and_never_a_grant() {
    let done = || snapshot(PaymentStatus::Done);
    let in_dollars = PaymentSnapshot { currency: "USD".to_owned(), ..done() };
    let of_another = PaymentSnapshot { order_id: "p_other".to_owned(), ..done() };
    for wrong in
        [another_amount(), PaymentResult::Shown(in_dollars), PaymentResult::Shown(of_another)]
    {
        let mut log = confirming();
        let accepted = log.when(&say(wrong.clone())).unwrap();
        assert_eq!(accepted.types(), ["purchase.mismatched"]);
        assert_eq!(log.when(&say(wrong)).unwrap().types(), none(), "the alarm rings once");
        assert_eq!((tokens(&log), timers(&log)), (0, vec![]));
    }
}

#[test]
fn a_deposit_that_is_awaited_is_recorded_and_not_granted() {
    let mut log = confirming();
    let waiting = say(shown(PaymentStatus::WaitingForDeposit));
    let accepted = log.when(&waiting).unwrap();
    assert_eq!(accepted.types(), ["purchase.deposit_account_issued"]);
    assert_eq!(accepted.reply, PurchaseStatus::AwaitingDeposit);
    assert_eq!(log.when(&waiting).unwrap().types(), none());
    assert_eq!((tokens(&log), timers(&log).len()), (0, 1));
    let secret = log.kept(DEPOSIT_SECRET, &PURCHASE.to_string()).unwrap();
    assert_eq!((&*secret.bytes, secret.due), (&b"ps_1"[..], None), "in the vault, in no event");
}

#[test]
fn a_clear_no_ends_the_purchase() {
    let code = |code| say(PaymentResult::of_code(code));
    for (answer, expected) in [
        (code("REJECT_CARD_PAYMENT"), "purchase.declined"),
        (say(shown(PaymentStatus::Aborted)), "purchase.declined"),
        (code("NOT_FOUND_PAYMENT_SESSION"), "purchase.expired"),
        (say(shown(PaymentStatus::Expired)), "purchase.expired"),
        (say(shown(PaymentStatus::Canceled)), "purchase.canceled"),
    ] {
        let mut log = confirming();
        assert_eq!(log.when(&answer).unwrap().types(), [expected]);
        assert_eq!(log.when(&answer).unwrap().types(), none());
        assert_eq!((tokens(&log), timers(&log)), (0, vec![]));
    }
}

#[test]
fn codes_are_classified_by_name_and_what_is_new_is_in_doubt() {
    use PaymentResult::{Gone, NotFound, Refused, Unknown};
    let of = |code: &str| PaymentResult::of_code(code);
    for code in ["BELOW_MINIMUM_AMOUNT", "RESTRICTED_TRANSFER_ACCOUNT", "NOT_AVAILABLE_BANK"] {
        assert!(matches!(of(code), Refused { .. }), "{code}");
    }
    for code in [
        "PROVIDER_ERROR",
        "ALREADY_PROCESSED_PAYMENT",
        "IDEMPOTENT_REQUEST_PROCESSING",
        "UNAUTHORIZED_KEY",
        "INVENTED_TOMORROW",
        "timeout",
    ] {
        assert!(matches!(of(code), Unknown { .. }), "{code}");
    }
    assert!(matches!(of("NOT_FOUND_PAYMENT_SESSION"), Gone { .. }));
    assert!(matches!(of("NOT_FOUND_PAYMENT"), NotFound { .. }));
}

#[test]
fn a_doubt_asks_again_after_2s_10s_1min_5min_30min_2h_and_2h() {
    let mut log = confirming();
    for (attempt, wait) in (1..).zip([2, 10, 60, 300, 1_800, 7_200, 7_200, 7_200]) {
        let accepted = log.when(&doubt("PROVIDER_ERROR")).unwrap();
        let code = "PROVIDER_ERROR".to_owned();
        let event = PurchaseEvent::PutInDoubt { purchase: PURCHASE, code, attempt };
        assert_eq!(accepted.events, [crate::Event::Purchase(event)]);
        assert_eq!(timers(&log), [(PURCHASE_RECONCILE, log.at() + Duration::seconds(wait))]);
        log.later(Duration::seconds(wait));
    }
    let query = query(PURCHASE, None);
    assert_eq!(next_call(&log), query);
    assert_eq!(query.idempotency_key(), None);
    let answer = query.answered(shown(PaymentStatus::Done));
    assert_eq!(log.when(&answer).unwrap().types(), GRANT);
}

#[test]
fn a_confirm_that_never_arrived_is_made_again_under_the_same_key() {
    let mut log = confirming();
    log.when(&doubt("timeout")).unwrap();
    log.when(&say(shown(PaymentStatus::InProgress))).unwrap();
    let again = next_call(&log);
    let expected = TossCall::Confirm {
        purchase: PURCHASE,
        payment_key: "tviva1".to_owned(),
        order_id: order_id(PURCHASE),
        amount: 15_000,
    };
    assert_eq!(again, expected);
    assert_eq!(again.idempotency_key(), Some(format!("confirm-{PURCHASE}")));
}

#[test]
fn a_payment_toss_does_not_know_is_given_up_when_the_time_to_pay_is_over() {
    let unknown = say(PaymentResult::of_code("NOT_FOUND_PAYMENT"));
    let mut log = confirming();
    assert_eq!(log.when(&unknown).unwrap().types(), ["purchase.put_in_doubt"]);
    log.later(TIME_TO_PAY);
    assert_eq!(log.when(&unknown).unwrap().types(), ["purchase.expired"]);
}

#[test]
fn an_answer_to_a_purchase_that_is_not_there_is_refused() {
    let answer = say(shown(PaymentStatus::Done));
    assert_eq!(refusal(Given::nothing().when(&answer)), PurchaseError::Unknown);
}

#[test]
fn a_payment_that_paid_another_purchase_grants_nothing() {
    let mut log = confirming();
    log.when(&say(shown(PaymentStatus::Done))).unwrap();
    let other = PurchaseId(id(51));
    log.when(&InitiatePurchase { purchase: other, ..initiate() }).unwrap();
    let done = PaymentSnapshot { order_id: order_id(other), ..snapshot(PaymentStatus::Done) };
    let result = PaymentResult::Shown(done);
    let answer = query(other, None).answered(result);
    assert_eq!(refusal(log.when(&answer)), PurchaseError::PaymentKeyTaken);
    assert_eq!(tokens(&log), 150);
}

fn delivered(mut log: Given) -> Given {
    let body = b"{}".to_vec();
    let delivery = ReceiveWebhook {
        webhook: DELIVERY,
        provider: "toss".to_owned(),
        event_type: Some("PAYMENT_STATUS_CHANGED".to_owned()),
        body_sha256: Sha256::parse(&"0".repeat(64)).unwrap(),
        body,
        mentions: Mentions { purchase: Some(PURCHASE), ..Mentions::default() },
        rejected: None,
    };
    log.when(&delivery).unwrap();
    log
}

fn after_delivery(result: PaymentResult) -> RecordPayment {
    query(PURCHASE, Some(DELIVERY)).answered(result)
}

#[test]
fn a_delivery_is_settled_with_what_it_led_to() {
    let mut log = delivered(confirming());
    let accepted = log.when(&after_delivery(shown(PaymentStatus::Done))).unwrap();
    assert_eq!(accepted.types(), [GRANT.as_slice(), &["webhook.processed"]].concat());
    assert!(log.state::<Webhook>(DELIVERY).is_settled());
    let again = log.when(&after_delivery(shown(PaymentStatus::Done))).unwrap();
    assert_eq!(again.types(), none());
}

#[test]
fn a_forged_delivery_changes_nothing() {
    let mut log = delivered(initiated());
    let accepted = log.when(&after_delivery(shown(PaymentStatus::Ready))).unwrap();
    assert_eq!(accepted.types(), ["webhook.ignored"]);
    assert_eq!(accepted.reply, PurchaseStatus::Initiated);
    assert!(timers(&log).contains(&(PURCHASE_EXPIRY, noon() + TIME_TO_PAY)));
}

#[test]
fn a_delivery_nobody_could_check_is_tried_again() {
    let mut log = delivered(initiated());
    let result = PaymentResult::Unknown { code: "timeout".to_owned() };
    let accepted = log.when(&after_delivery(result)).unwrap();
    assert_eq!(accepted.types(), ["webhook.deferred"]);
    assert!(timers(&log).contains(&(WEBHOOK_RETRY, log.at() + Duration::seconds(2))));
}

#[test]
fn what_a_delivery_told_of_a_paid_purchase_is_asked_for_until_toss_answers() {
    let mut log = confirming();
    log.when(&say(shown(PaymentStatus::Done))).unwrap();
    let mut log = delivered(log);
    let silent = PaymentResult::Unknown { code: "timeout".to_owned() };
    log.when(&after_delivery(silent.clone())).unwrap();
    for wait in ASK_AGAIN.into_iter().chain([ASK_AGAIN[5]]) {
        assert!(timers(&log).contains(&(PURCHASE_RECONCILE, log.at() + wait)));
        log.when(&next_call(&log).answered(silent.clone())).unwrap();
    }
    let cancel =
        Cancel { transaction_key: "T1".to_owned(), amount: 15_000, reason: "bank".to_owned() };
    let back =
        PaymentSnapshot { cancels: vec![cancel], balance: 0, ..snapshot(PaymentStatus::Canceled) };
    let told = log.when(&next_call(&log).answered(PaymentResult::Shown(back))).unwrap();
    assert_eq!((told.reply, tokens(&log)), (PurchaseStatus::Refunded, 0));
}
