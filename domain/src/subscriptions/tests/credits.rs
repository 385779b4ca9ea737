//! Credits follow invoices that were paid.

use super::*;

#[test]
fn a_paid_invoice_grants_once_whatever_repeats() {
    let mut log = open();
    show(&mut log, shown(PRO));
    let types = bill(&mut log, initial());
    assert_eq!(
        types,
        ["invoice.observed", "subscription.renewed", "wallet.granted", "invoice.credits_granted"]
    );
    assert_eq!(credits(&log), 15_000);
    // Payment success and payment recovered name the same invoice (P3.iii).
    assert_eq!(seen(&mut log, initial()), Seen::Nothing);
    let recovered = InvoiceSnapshot { updated_at: noon() + Duration::hours(1), ..initial() };
    assert_eq!(bill(&mut log, recovered), ["invoice.observed"]);
    assert_eq!(credits(&log), 15_000);
}

#[test]
fn an_invoice_of_an_unknown_subscription_waits() {
    let mut log = open();
    assert_eq!(seen(&mut log, initial()), Seen::Deferred);
    assert_eq!(count(&log, "invoice.observed"), 0);
    show(&mut log, shown(PRO));
    assert_eq!(seen(&mut log, initial()), Seen::Applied { effect: "invoice.paid".to_owned() });
    assert_eq!(credits(&log), 15_000);
}

#[test]
fn an_unpaid_invoice_grants_nothing_until_it_is_paid() {
    let mut log = open();
    show(&mut log, shown(PRO));
    let pending = InvoiceSnapshot { status: InvoiceStatus::Pending, ..initial() };
    assert_eq!(bill(&mut log, pending.clone()), ["invoice.observed"]);
    let void = InvoiceSnapshot { status: InvoiceStatus::Void, ..initial() };
    assert_eq!(bill(&mut log, void), ["invoice.observed"]);
    assert_eq!(credits(&log), 0);
    bill(&mut log, initial());
    assert_eq!(credits(&log), 15_000);
    assert_eq!(seen(&mut log, pending), Seen::Nothing, "it does not become unpaid again");
}

#[test]
fn credits_of_a_month_end_with_it() {
    let log = subscribed(PRO);
    let wallet: Wallet = log.state(WalletKey::credit(MINA));
    let lot = wallet.lots().values().next().unwrap();
    assert_eq!(lot.terms.effective_at, noon());
    assert_eq!(lot.terms.expires_at, Some(Zone::Utc.months_after(noon(), 1, 20)));
}

#[test]
fn a_month_that_began_on_the_thirty_first_ends_on_the_last() {
    let mut log = open();
    let begin: DateTime<Utc> = "2027-01-31T11:00:00Z".parse().unwrap();
    show(&mut log, Snapshot { billing_anchor: 31, ..shown(PRO) });
    let ends = ["2027-02-28T11:00:00Z", "2027-03-31T11:00:00Z", "2027-04-30T11:00:00Z"];
    let mut from = begin;
    for (number, end) in (9_000_001..).zip(ends) {
        bill(&mut log, paid(number, BillingReason::Renewal, from));
        let to = known(&log).period.unwrap().to;
        assert_eq!(to, end.parse::<DateTime<Utc>>().unwrap());
        from = to;
    }
}

#[test]
fn a_year_of_renewals_grants_every_month_once() {
    let mut log = subscribed(PRO);
    for month in 1..=12_u64 {
        let at = Zone::Utc.months_after(noon(), u32::try_from(month).unwrap(), 20);
        let wait = at - log.at();
        log.later(wait);
        let renewed = Snapshot { updated_at: at, ..shown(PRO) };
        show(&mut log, renewed);
        let invoice = paid(9_000_001 + month, BillingReason::Renewal, at);
        bill(&mut log, invoice.clone());
        bill(&mut log, invoice);
    }
    assert_eq!(count(&log, "wallet.granted"), 13);
    assert_eq!(count(&log, "subscription.renewed"), 13);
}

#[test]
fn an_invoice_that_comes_very_late_leaves_a_lot_that_is_over() {
    let mut log = subscribed(PRO);
    log.later(Duration::days(70));
    let old = paid(9_000_002, BillingReason::Renewal, noon() - Duration::days(60));
    bill(&mut log, old);
    let wallet: Wallet = log.state(WalletKey::credit(MINA));
    assert_eq!(wallet.spendable(log.at()), 0);
    assert_eq!(known(&log).period.unwrap().from, noon(), "it moves nothing");
}

#[test]
fn an_invoice_that_names_another_subscription_or_currency_is_refused() {
    let mut log = subscribed(PRO);
    let invoice = InvoiceSnapshot { currency: "EUR".to_owned(), ..initial() };
    let refused = log.when(&ObserveInvoice { shop: SHOP, invoice }).unwrap_err();
    assert_eq!(refused, crate::invoices::InvoiceError::Conflict.into());
}

#[test]
fn another_currency_than_plans_are_sold_in_is_recorded_and_not_granted() {
    let mut log = open();
    show(&mut log, shown(PRO));
    for reason in [BillingReason::Initial, BillingReason::Updated] {
        let invoice = InvoiceSnapshot {
            currency: "KRW".to_owned(),
            ..paid(9_000_001 + reason as u64, reason, noon())
        };
        let types = bill(&mut log, invoice.clone());
        assert_eq!(types, ["invoice.observed", "invoice.mismatched"]);
        let refunded = InvoiceSnapshot { refunded: 2_500, ..invoice };
        assert_eq!(bill(&mut log, refunded), ["invoice.observed"], "said once, nothing to take");
    }
    assert_eq!(credits(&log), 0);
}

#[test]
fn an_invoice_below_the_price_is_granted_and_told() {
    let mut log = open();
    show(&mut log, shown(PRO));
    let cheap = InvoiceSnapshot { asked: 7_499, ..initial() };
    let seen = seen(&mut log, cheap);
    assert_eq!(seen, Seen::Applied { effect: "invoice.other_price".to_owned() });
    assert_eq!(credits(&log), 15_000);
    assert_eq!(count(&log, "invoice.mismatched"), 1);
    let exact = paid(9_000_002, BillingReason::Renewal, noon() + Duration::days(30));
    bill(&mut log, InvoiceSnapshot { asked: 7_500, ..exact });
    assert_eq!(count(&log, "invoice.mismatched"), 1);
}
