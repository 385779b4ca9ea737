//! The rules of deliveries, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use super::*;
use crate::given::{Given, id};
use crate::packages::{PackageName, SeedPackages};
use crate::purchases::InitiatePurchase;
use crate::users::{Unspent, User, UserEvent};
use crate::{Event, Refusal, Sealed, Sha256, UserId};

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
        mentions: Mentions { purchase: Some(PURCHASE), ..Mentions::default() },
        rejected: None,
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
    let kept = log.kept(BODY, &DELIVERY.to_string()).unwrap();
    assert_eq!((&*kept.bytes, kept.due), (&body[..], Some(log.at() + BODY_KEPT)));
    assert_eq!(log.when(&delivery(body)).unwrap().types(), [""; 0]);
    let other = log.when(&delivery(b"")).unwrap_err();
    assert_eq!(other, Refusal::Webhook(WebhookError::OtherBody { webhook: DELIVERY }));
}

#[test]
fn a_delivery_names_a_purchase_only_if_there_is_one() {
    let mut log = Given::nothing();
    log.when(&delivery(b"")).unwrap();
    assert_eq!(log.state::<Webhook>(DELIVERY).purchase(), None);

    let package = PackageName::parse("tokens-50").unwrap();
    let mut log = Given::nothing();
    let buyer = UserId(id(1));
    log.when(&SeedPackages).unwrap();
    log.when(&InitiatePurchase { purchase: PURCHASE, buyer, package }).unwrap();
    log.when(&delivery(b"")).unwrap();
    assert_eq!(log.state::<Webhook>(DELIVERY).purchase(), Some(PURCHASE));
}

#[test]
fn what_is_said_of_a_payer_who_was_forgotten_is_not_kept() {
    let package = PackageName::parse("tokens-50").unwrap();
    let (mut log, buyer) = (Given::nothing(), UserId(id(1)));
    log.when(&SeedPackages).unwrap();
    log.when(&InitiatePurchase { purchase: PURCHASE, buyer, package }).unwrap();
    let erased = UserEvent::Erased { user: buyer, unspent: Unspent::default() };
    let mut log = log.event::<User>(buyer, erased);
    assert_eq!(log.when(&delivery(b"who paid")).unwrap().types(), ["webhook.received"]);
    assert_eq!(log.kept(BODY, &DELIVERY.to_string()), None);
}

/// Signed up, and nothing more.
fn somebody(log: Given, user: UserId) -> Given {
    let sealed = || Sealed { person: user.0, nonce: String::new(), ct: String::new() };
    let registered = UserEvent::Registered {
        user,
        username: "mina".to_owned(),
        email: sealed(),
        display_name: sealed(),
    };
    log.event::<User>(user, registered)
}

fn about(log: &mut Given, mentions: Mentions) -> Option<UserId> {
    let accepted = log.when(&ReceiveWebhook { mentions, ..delivery(b"who paid") }).unwrap();
    let Event::Webhook(WebhookEvent::Received { user, .. }) = &accepted.events[0] else {
        panic!("{accepted:?}");
    };
    *user
}

#[test]
fn a_delivery_is_about_whom_its_checkout_names_only_if_there_is_such_a_person() {
    let mentions = Mentions { user: Some(UserId(id(1))), ..Mentions::default() };
    assert_eq!(about(&mut Given::nothing(), mentions), None);
    assert_eq!(about(&mut somebody(Given::nothing(), UserId(id(1))), mentions), mentions.user);
    let forged = ReceiveWebhook { mentions, rejected: Some(String::new()), ..delivery(b"") };
    let mut log = somebody(Given::nothing(), UserId(id(1)));
    let accepted = log.when(&forged).unwrap();
    let unknown =
        |event: &Event| matches!(event, Event::Webhook(WebhookEvent::Received { user: None, .. }));
    assert!(unknown(&accepted.events[0]), "a forgery is about nobody");
}

#[test]
fn whoever_looks_at_raw_bytes_says_what_for_and_is_in_the_log() {
    let mut log = Given::nothing();
    let reason = crate::users::ViewReason::parse("Case 2026-117, asked for").unwrap();
    let view = ViewDelivery { webhook: DELIVERY, reason };
    assert_eq!(log.when(&view).unwrap_err(), Refusal::Webhook(WebhookError::Unknown));
    log.when(&delivery(b"")).unwrap();
    assert_eq!(log.when(&view).unwrap().types(), ["webhook.body_viewed"]);
    assert_eq!(log.when(&view).unwrap().types(), ["webhook.body_viewed"], "each time");
    assert_eq!(settle(&mut log, processed()), ["webhook.processed"], "and that is all");
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

fn retries(log: &Given) -> Vec<chrono::DateTime<chrono::Utc>> {
    let timers = log.timers().into_iter().filter(|(kind, ..)| *kind == WEBHOOK_RETRY);
    timers.map(|(.., due)| due).collect()
}

fn deferred() -> Verdict {
    Verdict::Deferred { why: "TIMEOUT".to_owned() }
}

#[test]
fn a_delivery_that_is_put_off_is_tried_again_by_its_timer_until_it_has_failed() {
    let mut log = Given::nothing();
    log.when(&delivery(b"")).unwrap();
    for wait in crate::patience::ASK_AGAIN {
        assert_eq!(settle(&mut log, deferred()), ["webhook.deferred"]);
        assert_eq!(retries(&log), [log.at() + wait]);
        log.later(wait);
        let rung = log.when(&RetryWebhook { webhook: DELIVERY }).unwrap();
        assert_eq!(rung.types(), ["webhook.replayed"]);
        let twice = log.when(&RetryWebhook { webhook: DELIVERY }).unwrap();
        assert_eq!(twice.types(), [""; 0], "it is tried once a ring");
    }
    assert_eq!(settle(&mut log, deferred()), ["webhook.failed"]);
}

#[test]
fn an_operator_has_a_settled_delivery_worked_off_again() {
    let mut log = Given::nothing();
    let replay = ReplayWebhook { webhook: DELIVERY };
    assert_eq!(log.when(&replay).unwrap_err(), Refusal::Webhook(WebhookError::Unknown));
    log.when(&delivery(b"")).unwrap();
    assert_eq!(log.when(&replay).unwrap_err(), Refusal::Webhook(WebhookError::StillOpen));
    settle(&mut log, processed());
    assert_eq!(log.when(&replay).unwrap().types(), ["webhook.replayed"]);
    assert_eq!(settle(&mut log, processed()), ["webhook.processed"]);
    settle(&mut log, deferred());
    assert!(retries(&log).is_empty(), "a settled one is not put off");
}

#[test]
fn what_is_not_from_its_provider_is_stored_and_never_worked_off() {
    let mut log = Given::nothing();
    let forged = ReceiveWebhook { rejected: Some("no signature".to_owned()), ..delivery(b"") };
    assert_eq!(log.when(&forged).unwrap().types(), ["webhook.received"]);
    assert_eq!(settle(&mut log, processed()), [""; 0]);
    let replay = log.when(&ReplayWebhook { webhook: DELIVERY });
    assert_eq!(replay.unwrap_err(), Refusal::Webhook(WebhookError::NotAuthentic));
}
