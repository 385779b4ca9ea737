//! From the first to the last that is shown of a subscription.

use super::*;

#[test]
fn who_subscribes_has_the_tier_and_the_features_at_once() {
    let mut log = open();
    let types = show(&mut log, shown(PRO));
    assert_eq!(types, ["subscription.started", "user.tier_changed", "user.entitlements_changed"]);
    let (bound, waiting) = (Some(subscription()), vec![]);
    let expected = Membership { tier: Tier::Pro, version: 1, subscription: bound, waiting };
    assert_eq!(membership(&log), expected);
    let owner = log.claimed("active-subscription", &MINA.to_string()).unwrap();
    assert_eq!(owner.id, subscription().0);
    assert_eq!(credits(&log), 0, "credits follow what was paid");
}

#[test]
fn what_is_shown_again_changes_nothing() {
    let mut log = open();
    show(&mut log, shown(PRO));
    let before = log.log.len();
    assert_eq!(observe(&mut log, shown(PRO)).unwrap(), (Seen::Nothing, vec![]));
    assert_eq!(log.log.len(), before);
}

#[test]
fn what_is_older_is_recorded_once_and_ignored() {
    let mut log = open();
    let newest = later(cancelled(shown(PRO)), Duration::hours(2));
    show(&mut log, newest);
    let stale = later(shown(PRO), Duration::hours(1));
    let (reply, types) = observe(&mut log, stale).unwrap();
    assert_eq!((reply, types), (Seen::Stale, vec!["subscription.snapshot_ignored"]));
    assert_eq!(observe(&mut log, stale).unwrap(), (Seen::Nothing, vec![]));
    assert_eq!(known(&log).shown, newest);
}

#[test]
fn what_is_as_old_is_applied() {
    let mut log = open();
    show(&mut log, shown(PRO));
    let tie = Snapshot { customer: 501, ..shown(PRO) };
    assert_eq!(show(&mut log, tie), ["subscription.snapshot_observed"]);
    assert_eq!(known(&log).shown.customer, 501);
}

#[test]
fn a_cancelled_subscription_is_valid_until_its_end() {
    let mut log = subscribed(PRO);
    let end = cancelled(later(shown(PRO), Duration::days(3)));
    let types = show(&mut log, end);
    assert_eq!(types, ["subscription.snapshot_observed", "subscription.cancelled"]);
    assert_eq!(tier(&log), Tier::Pro);
    assert_eq!(due(&log, ACCESS_END), end.ends_at);
    let types = ring(&mut log, ACCESS_END);
    assert_eq!(
        types,
        ["subscription.access_ended", "user.tier_changed", "user.entitlements_changed"]
    );
    assert_eq!(tier(&log), Tier::Free);
    assert_eq!(membership(&log).subscription, Some(subscription()), "it is not over yet");
    let over = with(Status::Expired, later(end, Duration::days(30)));
    let types = show(&mut log, over);
    assert_eq!(
        types,
        ["subscription.snapshot_observed", "subscription.expired", "user.entitlements_changed"]
    );
    assert_eq!(log.claimed("active-subscription", &MINA.to_string()), None);
    assert_eq!(credits(&log), 15_000, "lots stay until their own end");
}

#[test]
fn who_resumes_goes_on_as_before() {
    let mut log = subscribed(PRO);
    let end = cancelled(later(shown(PRO), Duration::days(3)));
    show(&mut log, end);
    let types = show(&mut log, later(shown(PRO), Duration::days(4)));
    assert_eq!(types, ["subscription.snapshot_observed", "subscription.resumed"]);
    assert_eq!((tier(&log), due(&log, ACCESS_END)), (Tier::Pro, None));
    show(&mut log, cancelled(later(shown(PRO), Duration::days(5))));
    let over = with(Status::Expired, later(shown(PRO), Duration::days(31)));
    show(&mut log, over);
    assert_eq!((tier(&log), membership(&log).subscription), (Tier::Free, None));
}

#[test]
fn what_was_cancelled_long_ago_gives_nothing_when_it_is_told_late() {
    let mut log = open();
    log.later(Duration::days(60));
    let types = show(&mut log, cancelled(shown(PRO)));
    assert!(types.contains(&"subscription.access_ended"), "{types:?}");
    assert_eq!((tier(&log), due(&log, ACCESS_END)), (Tier::Free, None));
}

#[test]
fn a_pause_keeps_the_tier_until_what_was_paid_is_over_and_grants_nothing() {
    for mode in [PauseMode::Void, PauseMode::Free] {
        let mut log = subscribed(PRO);
        let pause = Some(Pause { mode, resumes_at: None });
        let paused =
            Snapshot { pause, ..with(Status::Paused, later(shown(PRO), Duration::days(2))) };
        let types = show(&mut log, paused);
        assert_eq!(types, ["subscription.snapshot_observed", "subscription.paused"]);
        assert_eq!(tier(&log), Tier::Pro);
        ring(&mut log, ACCESS_END);
        assert_eq!((tier(&log), credits(&log)), (Tier::Free, 15_000));
        let types = show(&mut log, later(shown(PRO), Duration::days(40)));
        assert_eq!(
            types,
            [
                "subscription.snapshot_observed",
                "subscription.unpaused",
                "user.tier_changed",
                "user.entitlements_changed"
            ]
        );
        assert_eq!(tier(&log), Tier::Pro);
    }
}

#[test]
fn a_trial_gives_the_tier_and_no_credits() {
    let mut log = open();
    let ends_at = noon() + Duration::days(7);
    let trial = Snapshot { trial_ends_at: Some(ends_at), ..with(Status::OnTrial, shown(PRO)) };
    let types = show(&mut log, trial);
    assert_eq!(types[..2], ["subscription.started", "subscription.trial_started"]);
    assert_eq!((tier(&log), credits(&log)), (Tier::Pro, 0));
    let types = show(&mut log, later(shown(PRO), Duration::days(7)));
    assert_eq!(types, ["subscription.snapshot_observed", "subscription.trial_ended"]);
    bill(&mut log, paid(9_000_001, BillingReason::Initial, ends_at));
    assert_eq!(credits(&log), 15_000);
}

#[test]
fn an_object_of_another_store_or_mode_is_refused() {
    let mut log = open();
    let elsewhere = Snapshot { store: 2, ..shown(PRO) };
    let refused = observe(&mut log, elsewhere).unwrap_err();
    assert_eq!(refused, SubscriptionError::WrongStore { store: 2 }.into());
    let live = Snapshot { test_mode: false, ..shown(PRO) };
    let refused = observe(&mut log, live).unwrap_err();
    assert_eq!(refused, SubscriptionError::WrongMode { test_mode: false }.into());
    let invoice = InvoiceSnapshot { test_mode: false, ..initial() };
    let refused = log.when(&ObserveInvoice { shop: SHOP, invoice }).unwrap_err();
    assert_eq!(refused, SubscriptionError::WrongMode { test_mode: false }.into());
}

#[test]
fn a_variant_of_no_plan_and_a_buyer_nobody_knows_are_refused() {
    let mut log = open();
    let refused = observe(&mut log, shown(999)).unwrap_err();
    assert_eq!(refused, SubscriptionError::UnknownVariant { variant: 999 }.into());
    for user in [None, Some(UserId(id(99)))] {
        let shown = ObserveSubscription { shop: SHOP, snapshot: shown(PRO), user };
        let refused = log.when(&shown).unwrap_err();
        assert_eq!(refused, SubscriptionError::UnknownUser.into());
    }
}

#[test]
fn the_known_owner_counts_before_who_is_named_later() {
    let mut log = open();
    show(&mut log, shown(PRO));
    let snapshot = cancelled(later(shown(PRO), Duration::days(1)));
    for user in [None, Some(UserId(id(99)))] {
        log.when(&ObserveSubscription { shop: SHOP, snapshot, user }).unwrap();
    }
    assert_eq!(known(&log).user, MINA);
}
