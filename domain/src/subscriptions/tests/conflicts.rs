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
    assert_eq!(
        types,
        [
            "subscription.started",
            "user.second_subscription_found",
            "subscription.conflict_detected"
        ]
    );
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

fn holder(log: &Given) -> Option<uuid::Uuid> {
    log.claimed("active-subscription", &MINA.to_string()).map(|owner| owner.id)
}

#[test]
fn the_second_counts_from_when_the_first_is_over() {
    let mut log = subscribed(STARTER);
    show(&mut log, second(PRO));
    let types = show(&mut log, with(Status::Expired, later(shown(STARTER), Duration::days(31))));
    assert!(types.contains(&"subscription.took_over"), "in the same append: {types:?}");
    assert_eq!(tier(&log), Tier::Pro);
    assert_eq!(membership(&log).subscription, Some(SubscriptionId::of(SECOND)));
    assert_eq!(holder(&log), Some(SubscriptionId::of(SECOND).0));
    let types = show(&mut log, later(second(PRO), Duration::days(31)));
    assert_eq!(types, ["subscription.snapshot_observed"], "nothing is left to be told");
    show(&mut log, with(Status::Expired, later(second(PRO), Duration::days(62))));
    assert_eq!((tier(&log), holder(&log)), (Tier::Free, None));
    assert_eq!(membership(&log).waiting, []);
}

#[test]
fn the_second_counts_from_when_the_first_opens_nothing_more() {
    let mut log = subscribed(STARTER);
    show(&mut log, second(PRO));
    show(&mut log, with(Status::PastDue, later(shown(STARTER), Duration::days(30))));
    assert_eq!(tier(&log), Tier::Starter, "grace");
    ring(&mut log, ACCESS_END);
    assert_eq!((tier(&log), holder(&log)), (Tier::Pro, Some(SubscriptionId::of(SECOND).0)));
    // The first is paid after all: now it is the other way round.
    let (seen, _) = observe(&mut log, later(shown(STARTER), Duration::days(50))).unwrap();
    assert_eq!(seen, Seen::Applied { effect: "subscription.conflict".to_owned() });
    assert_eq!(tier(&log), Tier::Pro);
    show(&mut log, with(Status::Expired, later(second(PRO), Duration::days(60))));
    assert_eq!((tier(&log), holder(&log)), (Tier::Starter, Some(subscription().0)));
}

#[test]
fn of_those_that_wait_the_first_that_is_not_over_counts() {
    let mut log = subscribed(STARTER);
    let third = Snapshot { lemon_id: SECOND + 1, ..shown(STUDIO) };
    show(&mut log, second(PRO));
    show(&mut log, third);
    show(&mut log, with(Status::Expired, later(second(PRO), Duration::days(10))));
    show(&mut log, with(Status::Expired, later(shown(STARTER), Duration::days(31))));
    assert_eq!((tier(&log), holder(&log)), (Tier::Studio, Some(third.id().0)));
}

#[test]
fn the_end_of_the_second_takes_nothing_from_the_first() {
    let mut log = subscribed(STARTER);
    show(&mut log, second(PRO));
    show(&mut log, with(Status::Expired, later(second(PRO), Duration::days(31))));
    assert_eq!(membership(&log).subscription, Some(subscription()));
    assert_eq!(tier(&log), Tier::Starter);
}
