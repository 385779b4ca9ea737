//! Two subscriptions of one person.

use super::*;

const SECOND: u64 = 7_000_002;

fn second(variant: u64) -> Snapshot {
    Snapshot { lemon_id: SECOND, ..shown(variant) }
}

#[test]
fn a_second_subscription_is_kept_and_told_but_the_first_counts() {
    let mut log = subscribed(STARTER);
    let (seen, types) = observe(&mut log, second(PRO)).unwrap();
    assert_eq!(types, ["subscription.started", "subscription.conflict_detected"]);
    let effect = "subscription.conflict".to_owned();
    assert_eq!(seen, Seen::Applied { effect }, "the inbox says so");
    assert_eq!(tier(&log), Tier::Starter);
    let again = later(second(PRO), Duration::hours(1));
    assert_eq!(show(&mut log, again), ["subscription.snapshot_observed"], "it is told once");
    let mut invoice = paid(9_000_009, BillingReason::Initial, noon());
    invoice.lemon_subscription = SECOND;
    bill(&mut log, invoice);
    assert_eq!(credits(&log), 5_000 + 15_000, "what was paid is granted");
}

#[test]
fn the_second_counts_from_when_the_first_is_over() {
    let mut log = subscribed(STARTER);
    show(&mut log, second(PRO));
    show(&mut log, with(Status::Expired, later(shown(STARTER), Duration::days(31))));
    assert_eq!(tier(&log), Tier::Free, "until it is shown again");
    show(&mut log, later(second(PRO), Duration::days(31)));
    assert_eq!(tier(&log), Tier::Pro);
    let owner = log.claimed("active-subscription", &MINA.to_string()).unwrap();
    assert_eq!(owner.id, SubscriptionId::of(SECOND).0);
}

#[test]
fn the_end_of_the_second_takes_nothing_from_the_first() {
    let mut log = subscribed(STARTER);
    show(&mut log, second(PRO));
    show(&mut log, with(Status::Expired, later(second(PRO), Duration::days(31))));
    assert_eq!(membership(&log).subscription, Some(subscription()));
    assert_eq!(tier(&log), Tier::Starter);
}
