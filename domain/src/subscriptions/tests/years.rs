//! A year paid at once gets its credits month by month.

use super::*;

/// Rings every month there is; answers when.
fn months(log: &mut Given) -> Vec<String> {
    let mut rang = Vec::new();
    while let Some(at) = due(log, MONTH_GRANT) {
        ring(log, MONTH_GRANT);
        rang.push(at.format("%m-%d").to_string());
    }
    rang
}

fn yearly_from(begin: &str, zone: Zone) -> Given {
    let mut log = open();
    let at: DateTime<Utc> = begin.parse().unwrap();
    let wait = at - log.at();
    log.later(wait);
    let snapshot = Snapshot { created_at: at, updated_at: at, ..shown(PRO_YEARLY) };
    let shop = Shop { zone, ..SHOP };
    log.when(&ObserveSubscription { shop, snapshot, user: Some(MINA) }).unwrap();
    bill(&mut log, paid(9_000_001, BillingReason::Initial, at));
    log
}

#[test]
fn a_year_has_twelve_grants_and_not_one_more() {
    let mut log = subscribed(PRO_YEARLY);
    assert_eq!(credits(&log), 15_000, "the first month is granted with the invoice");
    assert_eq!(months(&mut log).len(), 11);
    assert_eq!(count(&log, "subscription.month_granted"), 12);
    assert_eq!(count(&log, "wallet.granted"), 12);
    assert_eq!(count(&log, "invoice.credits_granted"), 1);
}

#[test]
fn a_month_is_granted_once_however_often_its_timer_rings() {
    let mut log = subscribed(PRO_YEARLY);
    let due = due(&log, MONTH_GRANT).unwrap();
    ring(&mut log, MONTH_GRANT);
    let again = GrantMonth { subscription: subscription(), due };
    assert!(log.when(&again).unwrap().events.is_empty());
    assert_eq!(count(&log, "wallet.granted"), 2);
}

#[test]
fn months_end_where_they_end_in_utc_and_in_seoul() {
    let mut log = yearly_from("2027-01-31T11:00:00Z", Zone::Utc);
    assert_eq!(
        months(&mut log),
        [
            "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31",
            "11-30", "12-31"
        ]
    );
    // 20:00 UTC is 05:00 of the next day in Seoul.
    let mut log = yearly_from("2027-01-30T20:00:00Z", Zone::Seoul);
    assert_eq!(months(&mut log)[..3], ["02-27", "03-30", "04-29"], "the last of Seoul's months");
    let mut leap = yearly_from("2028-01-31T11:00:00Z", Zone::Utc);
    assert_eq!(months(&mut leap)[0], "02-29");
}

#[test]
fn each_month_ends_when_the_next_begins() {
    let mut log = yearly_from("2027-01-31T11:00:00Z", Zone::Utc);
    ring(&mut log, MONTH_GRANT);
    let wallet: Wallet = log.state(WalletKey::credit(MINA));
    let ends: Vec<_> = wallet.lots().values().map(|lot| lot.terms.expires_at.unwrap()).collect();
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    for end in ["2027-02-28T11:00:00Z", "2027-03-31T11:00:00Z"] {
        assert!(ends.contains(&at(end)), "{end} in {ends:?}");
    }
}

#[test]
fn a_renewed_year_has_twelve_months_again() {
    let mut log = subscribed(PRO_YEARLY);
    months(&mut log);
    let at = Zone::Utc.months_after(noon(), 12, 20);
    let wait = at - log.at();
    log.later(wait);
    bill(&mut log, paid(9_000_002, BillingReason::Renewal, at));
    months(&mut log);
    assert_eq!(count(&log, "wallet.granted"), 24);
}

/// A year of which five months were granted, and as Lemon Squeezy shows it.
fn five_months() -> (Given, Snapshot) {
    let mut log = subscribed(PRO_YEARLY);
    for _ in 0..4 {
        ring(&mut log, MONTH_GRANT);
    }
    assert_eq!(count(&log, "subscription.month_granted"), 5);
    let renews_at = Some(Zone::Utc.months_after(noon(), 12, 20));
    (log, Snapshot { renews_at, ..shown(PRO_YEARLY) })
}

#[test]
fn a_cancelled_year_was_paid_and_gets_its_months_until_it_ends_and_no_more() {
    let (mut log, yearly) = five_months();
    show(&mut log, cancelled(later(yearly, Duration::days(125))));
    assert_eq!(months(&mut log).len(), 7);
    assert_eq!(tier(&log), Tier::Pro, "what was paid is valid until its end");
    assert_eq!(due(&log, MONTH_GRANT), None);
    assert_eq!(count(&log, "subscription.month_granted"), 12);
}

#[test]
fn what_ends_before_its_year_gets_no_month_beyond_that() {
    let (mut log, yearly) = five_months();
    let end = Some(noon() + Duration::days(160));
    let ended = Snapshot { ends_at: end, ..cancelled(later(yearly, Duration::days(125))) };
    show(&mut log, ended);
    assert_eq!(months(&mut log).len(), 1, "the sixth begins before");
    show(&mut log, with(Status::Expired, later(ended, Duration::days(40))));
    assert_eq!(due(&log, MONTH_GRANT), None);
}

#[test]
fn a_year_that_was_cancelled_and_resumed_gets_each_month_once() {
    let (mut log, yearly) = five_months();
    show(&mut log, cancelled(later(yearly, Duration::days(125))));
    ring(&mut log, MONTH_GRANT);
    show(&mut log, later(yearly, Duration::days(160)));
    assert_eq!(months(&mut log).len(), 6);
    assert_eq!(count(&log, "wallet.granted"), 12);
}

#[test]
fn a_year_that_rested_gets_the_months_that_are_left_and_none_that_went_by() {
    let (mut log, yearly) = five_months();
    show(&mut log, with(Status::Paused, later(yearly, Duration::days(125))));
    assert_eq!(due(&log, MONTH_GRANT), None);
    // Collected again in the eighth month: the sixth and the seventh have gone by.
    let again = later(yearly, Duration::days(220));
    let wait = again.updated_at - log.at();
    log.later(wait);
    show(&mut log, again);
    assert_eq!(months(&mut log).len(), 5);
    assert_eq!(count(&log, "wallet.granted"), 10);
}

#[test]
fn a_service_that_slept_for_months_makes_up_for_them() {
    let mut log = subscribed(PRO_YEARLY);
    log.later(Duration::days(400));
    assert_eq!(months(&mut log).len(), 11);
    assert_eq!(count(&log, "wallet.granted"), 12);
}
