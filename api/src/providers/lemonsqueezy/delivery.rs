//! What a delivery says (d2.3, d2.4). Its object tells what it is about: the classic mistake is to
//! take the invoice of a payment event for the subscription.

use domain::SubscriptionId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::objects::{InvoiceObject, Numbered, OrderObject, SubscriptionObject};

/// A delivery, read as far as it can be. One that is no JSON is a delivery too: it is stored, and
/// then found to say nothing.
#[derive(Debug)]
pub struct Delivery {
    /// Its word for what happened.
    pub event: Option<String>,
    /// Whose checkout it came from; only the sender's word.
    pub user: Option<Uuid>,
    /// Whether no money was moved.
    pub test_mode: Option<bool>,
    /// What it is about.
    pub subject: Subject,
}

/// What a delivery is about.
#[derive(Debug)]
pub enum Subject {
    /// A subscription as it stood when the delivery was made.
    Subscription(SubscriptionObject),
    /// An invoice, likewise.
    Invoice(InvoiceObject),
    /// An order, likewise.
    Order(OrderObject),
    /// Something we have nothing to do with.
    Other,
    /// One of the above, but it does not read.
    Unreadable(serde_json::Error),
}

impl Subject {
    /// Which subscription it would be, or belong to.
    #[must_use]
    pub fn subscription(&self) -> Option<SubscriptionId> {
        match self {
            Self::Subscription(subscription) => Some(SubscriptionId::of(subscription.id)),
            Self::Invoice(invoice) => Some(SubscriptionId::of(invoice.subscription_id)),
            Self::Order(_) | Self::Other | Self::Unreadable(_) => None,
        }
    }
}

/// Every event that means something to us, and those that are known to mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventName {
    /// Comes beside `subscription_created`; nothing is granted for it (d2.5).
    OrderCreated,
    /// Also when only a part is paid back.
    OrderRefunded,
    /// The first of a subscription.
    SubscriptionCreated,
    /// Whatever else changes.
    SubscriptionUpdated,
    /// It will end.
    SubscriptionCancelled,
    /// It will not end after all.
    SubscriptionResumed,
    /// It has ended.
    SubscriptionExpired,
    /// Collection rests.
    SubscriptionPaused,
    /// Collection goes on.
    SubscriptionUnpaused,
    /// Not documented, but sent.
    SubscriptionPlanChanged,
    /// An invoice was paid.
    SubscriptionPaymentSuccess,
    /// It was not.
    SubscriptionPaymentFailed,
    /// It was, in the end; comes beside `subscription_payment_success`.
    SubscriptionPaymentRecovered,
    /// It was paid back, whole or in part.
    SubscriptionPaymentRefunded,
}

impl EventName {
    /// The event of this name, if we know it.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        serde_json::from_value(Value::from(name)).ok()
    }
}

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(default)]
    event_name: Option<String>,
    #[serde(default)]
    test_mode: Option<bool>,
    #[serde(default)]
    custom_data: Value,
}

/// Reads a raw body.
#[must_use]
pub fn delivery(body: &[u8]) -> Delivery {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let meta = Meta::deserialize(&value["meta"]).unwrap_or_default();
    let custom = |name: &str| meta.custom_data[name].as_str().and_then(|id| id.parse().ok());
    let data = &value["data"];
    let kind = data["type"].as_str();
    Delivery {
        user: custom("user_id"),
        test_mode: meta.test_mode,
        subject: match kind {
            Some("subscriptions") => {
                read(data).map_or_else(Subject::Unreadable, Subject::Subscription)
            }
            Some("subscription-invoices") => {
                read(data).map_or_else(Subject::Unreadable, Subject::Invoice)
            }
            Some("orders") => read(data).map_or_else(Subject::Unreadable, Subject::Order),
            Some(_) | None => Subject::Other,
        },
        event: meta.event_name,
    }
}

/// An object of the API: its number, and its attributes.
pub(super) fn read<T: DeserializeOwned + Numbered>(data: &Value) -> serde_json::Result<T> {
    #[derive(Deserialize)]
    struct Beside {
        #[serde(deserialize_with = "super::lenient::id")]
        id: u64,
    }
    let Beside { id } = Beside::deserialize(data)?;
    Ok(T::deserialize(&data["attributes"])?.numbered(id))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    const L1: &str = include_str!("fixtures/l1_subscription_created.json");
    const L2: &str = include_str!("fixtures/l2_payment_success.json");

    fn subscription(body: &str) -> SubscriptionObject {
        match delivery(body.as_bytes()).subject {
            Subject::Subscription(subscription) => subscription,
            other => panic!("{other:?}"),
        }
    }

    fn invoice(body: &str) -> InvoiceObject {
        match delivery(body.as_bytes()).subject {
            Subject::Invoice(invoice) => invoice,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_subscription_is_read_with_whose_checkout_it_came_from() {
        let created = delivery(L1.as_bytes());
        assert_eq!(created.event.as_deref(), Some("subscription_created"));
        assert_eq!(created.test_mode, Some(true));
        assert_eq!(created.user.unwrap().to_string(), "0192f5a0-0000-7000-8000-000000000001");
        let found = subscription(L1);
        assert_eq!((found.id, found.store_id, found.variant_id), (7_000_001, 1, 111));
        assert_eq!((found.status.as_str(), found.cancelled, found.pause), ("active", false, None));
        assert_eq!(found.renews_at.unwrap().to_rfc3339(), "2026-12-20T11:04:52+00:00");
        assert!(found.urls.customer_portal.is_some());
    }

    #[test]
    fn the_invoice_of_a_payment_is_never_taken_for_the_subscription() {
        let paid = invoice(L2);
        assert_eq!((paid.id, paid.subscription_id), (9_000_001, 7_000_001));
        assert_eq!((paid.billing_reason.as_str(), paid.status.as_str()), ("initial", "paid"));
        assert_eq!((paid.total, paid.currency.as_str(), paid.refunded_amount), (2500, "USD", 0));
    }

    #[test]
    fn ids_and_flags_are_read_however_they_are_written() {
        let odd = L2
            .replace(r#""id":"9000001""#, r#""id":9000001"#)
            .replace(r#""subscription_id":7000001"#, r#""subscription_id":"7000001""#)
            .replace(r#""refunded":false"#, r#""refunded":1"#)
            .replace(r#""refunded_amount":0"#, r#""refunded_amount":null"#);
        let read = invoice(&odd);
        assert_eq!((read.id, read.subscription_id), (9_000_001, 7_000_001));
        assert_eq!((read.refunded, read.refunded_amount), (true, 0));
    }

    #[test]
    fn rubbish_is_a_delivery_too() {
        for body in [&b"\xff no json"[..], b"[]", b"{}", br#"{"meta":7,"data":{"type":[]}}"#] {
            let read = delivery(body);
            assert!(matches!(read.subject, Subject::Other) && read.event.is_none());
        }
        let half = br#"{"data":{"type":"subscriptions","id":"7","attributes":{}}}"#;
        assert!(matches!(delivery(half).subject, Subject::Unreadable(_)));
        assert_eq!(EventName::of("license_key_created"), None);
        assert_eq!(EventName::of("order_refunded"), Some(EventName::OrderRefunded));
    }
}
