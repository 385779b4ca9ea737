//! The rules of deliveries, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use super::*;
use crate::given::{Given, id};
use crate::purchases::{InitiatePurchase, Package};
use crate::{Amount, Refusal, Sha256, UserId};

const DELIVERY: WebhookId = WebhookId(id(80));
const PURCHASE: PurchaseId = PurchaseId(id(50));

fn delivery(body: &[u8]) -> ReceiveWebhook {
    let digit = if body.is_empty() { "0" } else { "a" };
    ReceiveWebhook {
        webhook: DELIVERY,
        provider: "toss".to_owned(),
        event_type: None,
        body_sha256: Sha256::parse(&digit.repeat(64)).unwrap(),
        body: body.to_vec(),
        purchase: Some(PURCHASE),
    }
}

fn settle(log: &mut Given, verdict: Verdict) -> Vec<&'static str> {
    log.when(&SettleWebhook { webhook: DELIVERY, verdict }).unwrap().types()
}

fn failed() -> Verdict {
    Verdict::Failed { error: "timeout".to_owned() }
}

fn processed() -> Verdict {
    Verdict::Processed { effect: "purchase.paid".to_owned() }
}

#[test]
fn a_delivery_is_stored_with_its_raw_bytes_and_once() {
    let mut log = Given::nothing();
    let body = b"{\"raw\": \xff}";
    assert_eq!(log.when(&delivery(body)).unwrap().types(), ["webhook.received"]);
    assert_eq!(log.kept(BODY, &DELIVERY.to_string()).unwrap().bytes, body);
    assert_eq!(log.when(&delivery(body)).unwrap().types(), [""; 0]);
    let other = log.when(&delivery(b"")).unwrap_err();
    assert_eq!(other, Refusal::Webhook(WebhookError::OtherBody { webhook: DELIVERY }));
}

#[test]
fn a_delivery_names_a_purchase_only_if_there_is_one() {
    let mut log = Given::nothing();
    log.when(&delivery(b"")).unwrap();
    assert_eq!(log.state::<Webhook>(DELIVERY).purchase(), None);

    let (name, tokens) = ("tokens-50".to_owned(), Amount::new(50).unwrap());
    let package = Package { name, tokens, unit_price: 100.into() };
    let mut log = Given::nothing();
    let buyer = UserId(id(1));
    log.when(&InitiatePurchase { purchase: PURCHASE, buyer, package }).unwrap();
    log.when(&delivery(b"")).unwrap();
    assert_eq!(log.state::<Webhook>(DELIVERY).purchase(), Some(PURCHASE));
}

#[test]
fn the_first_verdict_that_is_no_failure_stays() {
    let mut log = Given::nothing();
    log.when(&delivery(b"")).unwrap();
    assert!(!log.state::<Webhook>(DELIVERY).is_settled());
    assert_eq!(settle(&mut log, failed()), ["webhook.failed"]);
    assert_eq!(settle(&mut log, failed()), [""; 0]);
    assert_eq!(settle(&mut log, processed()), ["webhook.processed"]);
    assert_eq!(settle(&mut log, failed()), [""; 0]);
    assert_eq!(settle(&mut log, Verdict::Ignored { why: String::new() }), [""; 0]);
}

#[test]
fn a_delivery_that_never_came_is_not_settled() {
    let verdict = SettleWebhook { webhook: DELIVERY, verdict: processed() };
    let refusal = Given::nothing().when(&verdict).unwrap_err();
    assert_eq!(refusal, Refusal::Webhook(WebhookError::Unknown));
}
