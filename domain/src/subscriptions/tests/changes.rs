//! Another plan, or another cycle.

use super::*;

/// Ten days into a month of thirty.
fn ten_days() -> DateTime<Utc> {
    noon() + Duration::days(10)
}

fn upgrade() -> Snapshot {
    later(shown(PRO), Duration::days(10))
}

fn difference() -> InvoiceSnapshot {
    paid(9_000_002, BillingReason::Updated, ten_days())
}

#[test]
fn a_better_plan_gives_its_tier_at_once_and_its_credits_for_the_rest_of_the_month() {
    let mut log = subscribed(STARTER);
    let types = show(&mut log, upgrade());
    assert_eq!(
        types,
        [
            "subscription.snapshot_observed",
            "subscription.plan_changed",
            "user.tier_changed",
            "user.entitlements_changed"
        ]
    );
    assert_eq!((tier(&log), credits(&log)), (Tier::Pro, 5_000));
    bill(&mut log, difference());
    // ceil(10,000 more * 20 of 30 days) = 6,667.
    assert_eq!(credits(&log), 5_000 + 6_667);
    assert_eq!(seen(&mut log, difference()), Seen::Nothing);
}

#[test]
fn the_invoice_of_a_change_may_come_before_the_change() {
    let mut log = subscribed(STARTER);
    let types = bill(&mut log, difference());
    assert_eq!(types, ["invoice.observed", "subscription.change_invoice_kept"]);
    assert_eq!(credits(&log), 5_000);
    let types = show(&mut log, upgrade());
    assert!(types.contains(&"invoice.credits_granted"), "{types:?}");
    assert_eq!((tier(&log), credits(&log)), (Tier::Pro, 5_000 + 6_667));
    show(&mut log, later(upgrade(), Duration::hours(1)));
    assert_eq!(credits(&log), 5_000 + 6_667, "once");
}

#[test]
fn an_invoice_without_a_change_waits_for_no_later_one() {
    let mut log = subscribed(STARTER);
    bill(&mut log, difference());
    show(&mut log, later(shown(PRO), Duration::days(25)));
    assert_eq!((tier(&log), credits(&log)), (Tier::Pro, 5_000));
}

#[test]
fn what_is_left_of_the_month_counts_begun_days_and_rounds_up() {
    let day = Duration::days(1);
    let month = Period { from: noon(), to: noon() + day * 30 };
    let more = crate::Amount::new(10_000).unwrap();
    let share = |at| month.share(more, at).get();
    assert_eq!(share(noon()), 10_000);
    assert_eq!(share(noon() + Duration::seconds(1)), 10_000, "the first day has only begun");
    assert_eq!(share(noon() + day), 9_667);
    assert_eq!(share(noon() + day * 29), 334);
    assert_eq!(share(noon() + day * 30), 0);
    assert_eq!(share(noon() + day * 99), 0);
}

#[test]
fn a_smaller_plan_counts_from_the_next_renewal_on() {
    let mut log = subscribed(PRO);
    let types = show(&mut log, later(shown(STARTER), Duration::days(10)));
    assert_eq!(types, ["subscription.snapshot_observed", "subscription.plan_changed"]);
    assert_eq!((tier(&log), credits(&log)), (Tier::Pro, 15_000));
    log.later(Duration::days(30));
    bill(&mut log, paid(9_000_002, BillingReason::Renewal, noon() + Duration::days(30)));
    assert_eq!(tier(&log), Tier::Starter);
    assert_eq!(credits(&log), 15_000 + 5_000);
}

#[test]
fn who_takes_a_smaller_plan_back_in_time_loses_and_gains_nothing() {
    let mut log = subscribed(PRO);
    show(&mut log, later(shown(STARTER), Duration::days(10)));
    let types = show(&mut log, later(shown(PRO), Duration::days(11)));
    assert_eq!(types, ["subscription.snapshot_observed", "subscription.plan_changed"]);
    bill(&mut log, paid(9_000_005, BillingReason::Updated, noon() + Duration::days(11)));
    assert_eq!((tier(&log), credits(&log)), (Tier::Pro, 15_000));
    bill(&mut log, paid(9_000_002, BillingReason::Renewal, noon() + Duration::days(30)));
    assert_eq!((tier(&log), credits(&log)), (Tier::Pro, 30_000));
}

#[test]
fn a_year_instead_of_months_begins_when_it_is_paid() {
    let mut log = subscribed(PRO);
    show(&mut log, later(shown(PRO_YEARLY), Duration::days(10)));
    let types = bill(&mut log, difference());
    assert!(types.contains(&"subscription.month_granted"), "{types:?}");
    assert_eq!(credits(&log), 30_000, "a month and the first of twelve");
    assert_eq!(known(&log).year.unwrap().from, ten_days());
}

#[test]
fn a_better_plan_by_the_year_has_twelve_months_though_its_invoice_is_older_than_the_change() {
    for before in [Duration::minutes(1), Duration::seconds(2), Duration::minutes(-1)] {
        for invoice_first in [false, true] {
            let mut log = subscribed(STARTER);
            let change = later(shown(PRO_YEARLY), Duration::days(10));
            let invoice = paid(9_000_002, BillingReason::Updated, ten_days() - before);
            if invoice_first {
                bill(&mut log, invoice);
                show(&mut log, change);
            } else {
                show(&mut log, change);
                bill(&mut log, invoice);
            }
            assert_eq!(credits(&log), 5_000 + 15_000, "the first of twelve");
            let year = known(&log).year.unwrap();
            assert_eq!((year.from, year.next), (ten_days() - before, 1));
            assert_eq!(due(&log, MONTH_GRANT), Some(year.month(1, Zone::Utc).from));
            while due(&log, MONTH_GRANT).is_some() {
                ring(&mut log, MONTH_GRANT);
            }
            assert_eq!(count(&log, "subscription.month_granted"), 12);
        }
    }
}

#[test]
fn who_has_a_version_of_a_plan_keeps_it() {
    let mut log = subscribed(PRO);
    let mut terms = crate::plans::seed(Tier::Pro);
    terms.credits = crate::Amount::new(1).unwrap();
    log.when(&crate::plans::PublishPlan { plan: Tier::Pro, terms }).unwrap();
    bill(&mut log, paid(9_000_002, BillingReason::Renewal, noon() + Duration::days(30)));
    assert_eq!(credits(&log), 30_000);
    assert_eq!(membership(&log).version, 1);
}

#[test]
fn an_invoice_from_before_an_upgrade_pays_for_the_plan_of_then() {
    let mut log = open();
    show(&mut log, shown(STARTER));
    show(&mut log, upgrade());
    bill(&mut log, difference());
    assert_eq!(credits(&log), 0, "there is no month yet to grant a share of");
    bill(&mut log, initial());
    assert_eq!(credits(&log), 5_000 + 6_667);
}

#[test]
fn months_instead_of_a_year_begin_when_the_year_is_over() {
    let mut log = subscribed(PRO_YEARLY);
    show(&mut log, later(shown(PRO), Duration::days(10)));
    assert_eq!(known(&log).pin.cycle, Cycle::Yearly);
    assert_eq!(credits(&log), 15_000);
    let over = Zone::Utc.months_after(noon(), 12, 20);
    bill(&mut log, paid(9_000_002, BillingReason::Renewal, over));
    assert_eq!((known(&log).pin.cycle, known(&log).year), (Cycle::Monthly, None));
}

/// An invoice of a change that asks for so many cents, some time after the tenth day.
fn asks(number: u64, cents: i64, after: Duration) -> InvoiceSnapshot {
    InvoiceSnapshot { asked: cents, ..paid(number, BillingReason::Updated, ten_days() + after) }
}

#[test]
fn an_invoice_that_asks_for_less_than_a_change_costs_pays_for_none_and_is_told() {
    let yearly = || later(shown(PRO_YEARLY), Duration::days(10));
    let (hour, real) = (Duration::hours(1), || asks(9_000_003, 73_333, Duration::seconds(1)));
    for invoice_first in [true, false] {
        let mut log = subscribed(STARTER);
        let stray = asks(9_000_002, 4_999, -hour);
        let word =
            |seen| matches!(seen, Seen::Applied { effect } if effect == "invoice.other_price");
        if invoice_first {
            bill(&mut log, stray.clone());
            let types = show(&mut log, yearly());
            assert!(types.contains(&"invoice.mismatched"), "{types:?}");
        } else {
            show(&mut log, yearly());
            assert!(word(seen(&mut log, stray.clone())));
        }
        assert_eq!(credits(&log), 5_000, "nobody paid for a year");
        assert_eq!(seen(&mut log, stray.clone()), Seen::Nothing, "told once");
        bill(&mut log, real());
        assert_eq!(credits(&log), 5_000 + 15_000, "the real one does");
        assert_eq!(known(&log).kept.len(), 1, "the other stays, for people to look at");
    }
}

#[test]
fn an_invoice_that_only_waits_for_its_month_is_told_as_no_mismatch() {
    let mut log = subscribed(PRO_YEARLY);
    let change = Duration::days(40);
    show(&mut log, later(shown(STUDIO), change));
    let types = bill(&mut log, paid(9_000_002, BillingReason::Updated, noon() + change));
    assert_eq!(types, ["invoice.observed", "subscription.change_invoice_kept"]);
}

#[test]
fn of_two_changes_an_invoice_pays_for_the_one_that_costs_what_it_asks() {
    let mut log = subscribed(STARTER);
    let minute = Duration::minutes(1);
    show(&mut log, upgrade());
    show(&mut log, Snapshot { variant: PRO_YEARLY, ..later(upgrade(), minute) });
    // Both were made after both changes: the nearest would be the year.
    bill(&mut log, asks(9_000_002, 3_333, minute * 2));
    assert_eq!(credits(&log), 5_000 + 6_667, "what is left of the month of the better plan");
    bill(&mut log, asks(9_000_003, 70_000, minute * 2));
    assert_eq!(credits(&log), 5_000 + 6_667 + 15_000, "and the year");
}

#[test]
fn what_is_left_of_a_period_costs_as_much_however_its_days_are_counted() {
    let month = Period { from: noon(), to: noon() + Duration::days(30) };
    let at = noon() + Duration::hours(10 * 24 + 1);
    let asked = month.asked(5_000, at);
    assert!(asked.contains(&3_326), "by seconds: {asked:?}");
    assert!(asked.contains(&3_333) && asked.contains(&3_166), "by days: {asked:?}");
    assert!(!asked.contains(&3_165) && !asked.contains(&3_335), "{asked:?}");
    assert_eq!(month.asked(5_000, noon() + Duration::days(40)), 0..=0);
    assert_eq!(month.asked(-30, noon()), -30..=-29, "a version that became cheaper");
}

/// A second change, an hour after the first, and its invoice: each was made a moment before it was
/// shown.
fn twice() -> ([Snapshot; 2], [InvoiceSnapshot; 2]) {
    let (hour, moment) = (Duration::hours(1), Duration::seconds(2));
    let bigger = Snapshot { variant: STUDIO, ..later(upgrade(), hour) };
    let first = paid(9_000_002, BillingReason::Updated, ten_days() - moment);
    let second = paid(9_000_003, BillingReason::Updated, ten_days() + hour - moment);
    ([upgrade(), bigger], [first, second])
}

#[test]
fn each_of_two_better_plans_in_a_day_is_granted_in_whatever_order_they_are_told() {
    // ceil(10,000 more * 20 days), made just before the tenth ended: 21 of 30 and 20 of 30 days.
    let all = 5_000 + 7_000 + 10_000;
    let ([pro, studio], [first, second]) = twice();
    for turn in 0..4 {
        let mut log = subscribed(STARTER);
        let (a, b) = if turn % 2 == 0 { (&first, &second) } else { (&second, &first) };
        if turn < 2 {
            show(&mut log, pro);
            show(&mut log, studio);
            bill(&mut log, a.clone());
            bill(&mut log, b.clone());
        } else {
            bill(&mut log, a.clone());
            bill(&mut log, b.clone());
            show(&mut log, pro);
            show(&mut log, studio);
        }
        assert_eq!((tier(&log), credits(&log)), (Tier::Studio, all), "{turn}");
        assert_eq!(count(&log, "subscription.plan_change_paid"), 2);
        assert!(known(&log).chosen.iter().all(|chosen| chosen.is_paid));
        assert!(known(&log).kept.is_empty());
    }
}

#[test]
fn an_invoice_of_a_change_that_was_given_back_while_it_was_kept_leaves_nothing() {
    let mut log = subscribed(STARTER);
    bill(&mut log, difference());
    let status = crate::invoices::InvoiceStatus::Refunded;
    bill(&mut log, InvoiceSnapshot { status, refunded: 2_500, ..difference() });
    show(&mut log, upgrade());
    assert_eq!((tier(&log), credits(&log)), (Tier::Pro, 5_000));
}

#[test]
fn a_share_is_of_the_month_the_change_was_made_in() {
    let mut log = subscribed(STARTER);
    // The renewal is told last.
    let (renewal, change) = (noon() + Duration::days(30), Duration::days(40));
    show(&mut log, later(shown(PRO), change));
    bill(&mut log, paid(9_000_003, BillingReason::Updated, noon() + change));
    assert_eq!(credits(&log), 5_000, "the month it belongs to was not told yet");
    bill(&mut log, paid(9_000_002, BillingReason::Renewal, renewal));
    // ceil(10,000 more * 21 of 31 days).
    assert_eq!(credits(&log), 5_000 + 5_000 + 6_775);
}

#[test]
fn no_more_changes_wait_than_somebody_could_mean() {
    let mut log = subscribed(STARTER);
    for n in 0..20 {
        let at = ten_days() + Duration::minutes(n);
        bill(&mut log, paid(9_100_000 + n.unsigned_abs(), BillingReason::Updated, at));
    }
    assert_eq!(known(&log).kept.len(), super::super::change::REMEMBERED_MAX);
}
