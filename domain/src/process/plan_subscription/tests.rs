//! What follows from deliveries and wishes, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use chrono::TimeDelta;

use super::*;
use crate::UserId;
use crate::given::{Given, id};
use crate::subscriptions::Wish;

const DELIVERY: WebhookId = WebhookId(id(80));
const SUBSCRIPTION: SubscriptionId = SubscriptionId(id(70));

fn react(event: Event) -> Vec<PlanSubscriptionAct> {
    PlanSubscription.react(&event, Uuid::nil(), DateTime::UNIX_EPOCH)
}

fn received(provider: &str, rejected: Option<&str>) -> Event {
    Event::Webhook(WebhookEvent::Received {
        webhook: DELIVERY,
        provider: provider.to_owned(),
        event_type: None,
        body_sha256: String::new(),
        purchase: None,
        user: None,
        rejected: rejected.map(str::to_owned),
    })
}

#[test]
fn only_what_lemon_squeezy_signed_is_worked_off() {
    let work_off = [PlanSubscriptionAct::WorkOff(DELIVERY)];
    assert_eq!(react(received(PROVIDER, None)), work_off);
    assert_eq!(react(received(PROVIDER, Some("its signature does not fit"))), []);
    assert_eq!(react(received("toss", None)), []);
}

#[test]
fn what_was_put_off_is_worked_off_when_it_is_replayed() {
    let (webhook, provider) = (DELIVERY, PROVIDER.to_owned());
    let deferred = WebhookEvent::Deferred { webhook, why: String::new(), attempt: 1 };
    assert_eq!(react(Event::Webhook(deferred)), []);
    let (event_type, purchase) = (None, None);
    let replayed = WebhookEvent::Replayed { webhook, provider, event_type, purchase };
    assert_eq!(react(Event::Webhook(replayed)), [PlanSubscriptionAct::WorkOff(DELIVERY)]);
}

#[test]
fn a_wish_is_carried_to_lemon_squeezy_and_its_end_is_not() {
    let (subscription, user, wish) = (SUBSCRIPTION, UserId(id(1)), Wish::Cancel);
    let requested = SubscriptionEvent::ChangeRequested { subscription, user, wish };
    let ask = AskForWish { subscription, wish, attempt: 0 };
    assert_eq!(react(Event::Subscription(requested)), [PlanSubscriptionAct::Ask(ask)]);
    let confirmed = SubscriptionEvent::ChangeConfirmed { subscription, user, wish };
    assert_eq!(react(Event::Subscription(confirmed)), []);
}

#[test]
fn a_second_subscription_is_said_aloud() {
    let (subscription, other) = (SUBSCRIPTION, SubscriptionId(id(71)));
    let detected = SubscriptionEvent::ConflictDetected { subscription, user: UserId(id(1)), other };
    let alarm = Alarm::Conflict { other };
    assert_eq!(
        react(Event::Subscription(detected)),
        [PlanSubscriptionAct::Warn { subscription, alarm }]
    );
}

#[test]
fn an_invoice_that_is_not_what_was_agreed_is_said_aloud() {
    let (subscription, invoice, user) = (SUBSCRIPTION, InvoiceId(id(72)), UserId(id(1)));
    let mismatch = Mismatch::Currency { shown: "KRW".to_owned() };
    let event =
        InvoiceEvent::Mismatched { invoice, subscription, user, mismatch: mismatch.clone() };
    let alarm = Alarm::Invoice { invoice, mismatch };
    assert_eq!(react(Event::Invoice(event)), [PlanSubscriptionAct::Warn { subscription, alarm }]);
}

#[test]
fn a_look_that_is_asked_for_takes_the_place_of_no_other() {
    let mut log = Given::nothing();
    let (now, hour) = (log.at(), TimeDelta::hours(1));
    let (changed, all) = (Poll { since: Some(now) }, Poll { since: None });
    log.when(&AskForPoll { due: now, poll: all }).unwrap();
    log.when(&AskForPoll { due: now, poll: changed }).unwrap();
    log.when(&SchedulePoll { due: now + hour, poll: changed }).unwrap();
    let mut due: Vec<_> = log.timers().into_iter().map(|(.., due)| due).collect();
    due.sort_unstable();
    assert_eq!(due, [now, now, now + hour]);
}
