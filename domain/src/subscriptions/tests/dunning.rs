//! Payments that fail.

use super::*;

fn past_due() -> Given {
    let mut log = subscribed(PRO);
    log.later(Duration::days(30));
    let failed = with(Status::PastDue, later(shown(PRO), Duration::days(30)));
    let types = show(&mut log, failed);
    assert_eq!(
        types,
        [
            "subscription.snapshot_observed",
            "subscription.payment_failed",
            "subscription.grace_period_started"
        ]
    );
    log
}

#[test]
fn a_failed_payment_leaves_the_tier_for_a_fortnight() {
    let mut log = past_due();
    let until = noon() + Duration::days(44);
    assert_eq!((tier(&log), due(&log, ACCESS_END)), (Tier::Pro, Some(until)));
    let again = with(Status::PastDue, later(shown(PRO), Duration::days(35)));
    show(&mut log, again);
    assert_eq!(due(&log, ACCESS_END), Some(until), "trying again does not prolong it");
    let types = ring(&mut log, ACCESS_END);
    assert_eq!(
        types,
        ["subscription.grace_period_ended", "user.tier_changed", "user.entitlements_changed"]
    );
    assert_eq!(tier(&log), Tier::Free);
}

#[test]
fn a_payment_that_comes_in_after_all_is_a_renewal() {
    let mut log = past_due();
    let at = noon() + Duration::days(30);
    let tried = paid(9_000_003, BillingReason::Renewal, at);
    bill(&mut log, InvoiceSnapshot { status: InvoiceStatus::Pending, ..tried.clone() });
    assert_eq!(credits(&log), 15_000, "not paid, not granted");
    let types = show(&mut log, later(shown(PRO), Duration::days(40)));
    assert_eq!(types, ["subscription.snapshot_observed", "subscription.recovered"]);
    let updated_at = at + Duration::days(10);
    let recovered = InvoiceSnapshot { updated_at, ..tried };
    bill(&mut log, recovered.clone());
    bill(&mut log, recovered);
    assert_eq!(count(&log, "wallet.granted"), 2);
    assert_eq!((tier(&log), due(&log, ACCESS_END)), (Tier::Pro, None));
}

#[test]
fn grace_that_is_over_comes_back_with_the_payment() {
    let mut log = past_due();
    ring(&mut log, ACCESS_END);
    show(&mut log, later(shown(PRO), Duration::days(50)));
    assert_eq!(tier(&log), Tier::Pro);
    let failed = with(Status::PastDue, later(shown(PRO), Duration::days(61)));
    show(&mut log, failed);
    let until = noon() + Duration::days(75);
    assert_eq!((tier(&log), due(&log, ACCESS_END)), (Tier::Pro, Some(until)), "a new grace");
}

#[test]
fn who_cancels_and_resumes_what_is_not_paid_gets_no_second_grace() {
    let mut log = past_due();
    let until = noon() + Duration::days(44);
    show(&mut log, cancelled(later(shown(PRO), Duration::days(32))));
    let types = show(&mut log, with(Status::PastDue, later(shown(PRO), Duration::days(33))));
    assert!(!types.contains(&"subscription.grace_period_started"), "{types:?}");
    assert_eq!((known(&log).grace, due(&log, ACCESS_END)), (Some(until), Some(until)));
}

#[test]
fn what_was_paid_by_way_of_a_cancellation_has_no_grace_left_and_gets_a_new_one_later() {
    let mut log = past_due();
    show(&mut log, cancelled(later(shown(PRO), Duration::days(32))));
    show(&mut log, later(shown(PRO), Duration::days(33)));
    assert_eq!(known(&log).grace, None);
    show(&mut log, with(Status::PastDue, later(shown(PRO), Duration::days(61))));
    assert_eq!(known(&log).grace, Some(noon() + Duration::days(75)));
}

#[test]
fn what_nobody_collects_any_more_ends_at_once() {
    let mut log = past_due();
    let unpaid = with(Status::Unpaid, later(shown(PRO), Duration::days(42)));
    let types = show(&mut log, unpaid);
    assert_eq!(
        types,
        [
            "subscription.snapshot_observed",
            "subscription.unpaid",
            "user.tier_changed",
            "user.entitlements_changed"
        ]
    );
    assert_eq!((tier(&log), due(&log, ACCESS_END)), (Tier::Free, None));
    assert_eq!(membership(&log).subscription, Some(subscription()), "it may still be paid");
    assert_eq!(credits(&log), 15_000, "lots stay until their own end");
}

#[test]
fn a_timer_of_grace_that_was_set_before_the_payment_ends_nothing() {
    let mut log = past_due();
    let due = due(&log, ACCESS_END).unwrap();
    show(&mut log, later(shown(PRO), Duration::days(40)));
    log.later(Duration::days(20));
    let subscription = subscription();
    let rung = log.when(&EndAccess { subscription, due }).unwrap();
    assert!(rung.events.is_empty());
    assert_eq!(tier(&log), Tier::Pro);
}

#[test]
fn a_clock_that_lags_behind_its_timer_loses_nothing() {
    let mut log = past_due();
    let due = due(&log, ACCESS_END).unwrap();
    let subscription = subscription();
    let rung = log.when(&EndAccess { subscription, due }).unwrap();
    assert!(rung.types().contains(&"subscription.grace_period_ended"));
}
