//! From Lemon Squeezy's words to the domain's. What is not clear is nobody's to guess: such a
//! delivery fails, loudly, and can be replayed once we understand it.

use chrono::{DateTime, Utc};
use domain::invoices::{BillingReason, InvoiceSnapshot, InvoiceStatus};
use domain::subscriptions::{self, PauseMode, Snapshot, Status};

use super::{InvoiceObject, Pause, SubscriptionObject};

/// The days of a month.
const DAYS: std::ops::RangeInclusive<u8> = 1..=31;

/// A field that is missing, or says what we do not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {said:?}, which means nothing to us")]
pub struct Unclear {
    field: &'static str,
    said: String,
}

/// What a subscription's object says.
///
/// # Errors
/// A word is new to us, or a time is missing.
pub fn subscription(object: &SubscriptionObject) -> Result<Snapshot, Unclear> {
    let created_at = known("created_at", object.created_at)?;
    let anchor = object.billing_anchor.filter(|day| DAYS.contains(day));
    Ok(Snapshot {
        lemon_id: object.id,
        store: object.store_id,
        customer: known("customer_id", object.customer_id)?,
        variant: object.variant_id,
        status: word("status", &object.status, Status::parse)?,
        pause: object.pause.as_ref().map(pause).transpose()?,
        cancelled: object.cancelled,
        billing_anchor: anchor.unwrap_or_else(|| day(created_at)),
        trial_ends_at: object.trial_ends_at,
        renews_at: object.renews_at,
        ends_at: object.ends_at,
        created_at,
        updated_at: known("updated_at", object.updated_at)?,
        test_mode: object.test_mode,
    })
}

/// What an invoice's object says. Some deliveries leave out the store and the times: a signature
/// of ours says that it is `ours`, and it is told `now`.
///
/// # Errors
/// A word is new to us.
pub fn invoice(
    object: &InvoiceObject,
    ours: u64,
    now: DateTime<Utc>,
) -> Result<InvoiceSnapshot, Unclear> {
    let updated_at = object.updated_at.or(object.created_at).unwrap_or(now);
    Ok(InvoiceSnapshot {
        lemon_id: object.id,
        lemon_subscription: object.subscription_id,
        store: object.store_id.unwrap_or(ours),
        reason: word("billing_reason", &object.billing_reason, BillingReason::parse)?,
        status: word("status", &object.status, InvoiceStatus::parse)?,
        currency: object.currency.clone(),
        asked: asked(object),
        total: object.total,
        // Some say only that it was paid back, and not how much (d2.4).
        refunded: if object.refunded { object.total } else { object.refunded_amount },
        created_at: object.created_at.unwrap_or(updated_at),
        updated_at,
        test_mode: object.test_mode,
    })
}

/// What was asked for before discounts. Some deliveries tell the total alone.
fn asked(object: &InvoiceObject) -> i64 {
    match object.subtotal {
        0 => object.total,
        subtotal if object.tax_inclusive => subtotal.saturating_add(object.tax),
        subtotal => subtotal,
    }
}

fn pause(pause: &Pause) -> Result<subscriptions::Pause, Unclear> {
    let mode = |word: &str| {
        [PauseMode::Void, PauseMode::Free].into_iter().find(|mode| mode.word() == word)
    };
    let mode = word("pause.mode", &pause.mode, mode)?;
    Ok(subscriptions::Pause { mode, resumes_at: pause.resumes_at })
}

fn day(at: DateTime<Utc>) -> u8 {
    use chrono::Datelike as _;
    u8::try_from(at.day()).unwrap_or(1)
}

fn word<T>(
    field: &'static str,
    said: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, Unclear> {
    parse(said).ok_or_else(|| Unclear { field, said: said.chars().take(50).collect() })
}

fn known<T>(field: &'static str, value: Option<T>) -> Result<T, Unclear> {
    value.ok_or_else(|| Unclear { field, said: String::new() })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::{Subject, delivery};
    use super::*;

    const L1: &str = include_str!("fixtures/l1_subscription_created.json");
    const L2: &str = include_str!("fixtures/l2_payment_success.json");

    fn changed(body: &str, from: &str, to: &str) -> String {
        let from = format!("\"{from}");
        assert!(body.contains(&from), "{from}");
        body.replacen(&from, &format!("\"{to}"), 1)
    }

    fn shown(body: &str) -> Result<Snapshot, Unclear> {
        match delivery(body.as_bytes()).subject {
            Subject::Subscription(object) => subscription(&object),
            other => panic!("{other:?}"),
        }
    }

    fn billed(body: &str) -> Result<InvoiceSnapshot, Unclear> {
        match delivery(body.as_bytes()).subject {
            Subject::Invoice(object) => invoice(&object, 1, DateTime::UNIX_EPOCH),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_state_of_the_documentation_is_understood() {
        for status in Status::ALL {
            let to = format!("status\":\"{}", status.word());
            let body = changed(L1, "status\":\"active", &to);
            assert_eq!(shown(&body).unwrap().status, status);
        }
        let cancelled = changed(L1, "cancelled\":false", "cancelled\":1"); // L6
        assert!(shown(&cancelled).unwrap().cancelled);
        let paused = r#"pause":{"mode":"void","resumes_at":null}"#; // L9
        let pause = shown(&changed(L1, "pause\":null", paused)).unwrap().pause;
        assert_eq!(pause.unwrap().mode, PauseMode::Void);
        let upgraded = changed(L1, "variant_id\":111", "variant_id\":112"); // L10
        assert_eq!(shown(&upgraded).unwrap().variant, 112);
        let trial = changed(L1, "trial_ends_at\":null", "trial_ends_at\":\"2026-12-04T11:04:54Z\""); // L13
        let trial = changed(
            &trial,
            "first_subscription_item\":{",
            "first_subscription_item\":null,\"x\":{",
        );
        assert!(shown(&trial).unwrap().trial_ends_at.is_some());
    }

    #[test]
    fn an_invoice_is_understood_whatever_became_of_it() {
        for status in InvoiceStatus::ALL {
            let body = changed(L2, "status\":\"paid", &format!("status\":\"{}", status.word()));
            assert_eq!(billed(&body).unwrap().status, status);
        }
        let part = changed(L2, "refunded_amount\":0", "refunded_amount\":1000"); // L11
        assert_eq!(billed(&part).unwrap().refunded, 1000);
        let whole = changed(L2, "refunded\":false", "refunded\":1");
        assert_eq!(billed(&whole).unwrap().refunded, 2500);
        for reason in ["initial", "renewal", "updated"] {
            let to = format!("billing_reason\":\"{reason}");
            let body = changed(L2, "billing_reason\":\"initial", &to);
            assert_eq!(billed(&body).unwrap().reason.word(), reason);
        }
    }

    #[test]
    fn a_word_of_next_year_is_not_guessed() {
        let body = changed(L1, "status\":\"active", "status\":\"on_the_moon");
        let unclear = shown(&body).unwrap_err();
        assert_eq!(unclear.to_string(), "status is \"on_the_moon\", which means nothing to us");
        let body = changed(L2, "billing_reason\":\"initial", "billing_reason\":\"gift");
        assert!(billed(&body).is_err());
    }

    #[test]
    fn what_was_asked_for_knows_no_discount_and_no_tax_but_one_the_price_includes() {
        assert_eq!(billed(L2).unwrap().asked, 2_500);
        let voucher = changed(L2, "total\":2500", "total\":0");
        assert_eq!(billed(&voucher).unwrap().asked, 2_500);
        let taxed =
            changed(&changed(L2, "subtotal\":2500", "subtotal\":2273"), "tax\":0", "tax\":227");
        assert_eq!(billed(&taxed).unwrap().asked, 2_273);
        let inclusive = changed(&taxed, "tax_inclusive\":false", "tax_inclusive\":true");
        assert_eq!(billed(&inclusive).unwrap().asked, 2_500);
    }

    #[test]
    fn what_a_delivery_leaves_out_is_ours_where_it_can_only_be_ours() {
        let invoice = billed(include_str!("fixtures/vector.json")).unwrap();
        assert_eq!((invoice.store, invoice.updated_at), (1, DateTime::UNIX_EPOCH));
    }
}
