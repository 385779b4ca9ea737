//! Deliveries (d1.5): three envelope shapes, told apart by structure. Payment deliveries are not
//! signed, so a delivery is only a hint to ask Toss. When they say they were made is not looked at:
//! it comes in three notations and orders nothing.

use domain::process::DEPOSIT_CALLBACK;
use serde_json::Value;

/// What a delivery hints at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// Toss's word, where the shape has one.
    pub event_type: Option<String>,
    /// Our order, if it names one.
    pub order_id: Option<String>,
}

/// Reads a raw body. One that is no JSON, or of no known shape, is still a delivery: it is stored,
/// and then ignored.
#[must_use]
pub fn delivery(body: &[u8]) -> Delivery {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Delivery::default() };
    let event_type = text(&value, "eventType");
    // (a) {eventType, createdAt, data} · (c) {…, entityType, entityBody} · (b) flat, untyped.
    let subject = value.get("data").or_else(|| value.get("entityBody")).unwrap_or(&value);
    Delivery {
        event_type: event_type.or_else(|| value.get("secret").map(|_| DEPOSIT_CALLBACK.to_owned())),
        order_id: text(subject, "orderId"),
    }
}

/// What a delivery about a deposit knows of it.
#[must_use]
pub fn secret(body: &[u8]) -> Option<String> {
    text(&serde_json::from_slice(body).ok()?, "secret")
}

/// What a delivery says of a transfer to somebody's bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Our name for the payout.
    pub payout: String,
    /// Toss's name for it.
    pub reference: String,
    /// Whole units of `currency`.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// Why it failed; none if the money has arrived.
    pub failure: Option<String>,
}

/// Reads a `payout.changed`; none if it is about a transfer that has not come to its end.
#[must_use]
pub fn transfer(body: &[u8]) -> Option<Transfer> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let (entity, amount) = (value.get("entityBody")?, value.pointer("/entityBody/amount")?);
    let failure = match text(entity, "status")?.as_str() {
        "COMPLETED" => None,
        "FAILED" => {
            let message = value.pointer("/entityBody/error/message").and_then(Value::as_str);
            Some(message.unwrap_or("The transfer failed").to_owned())
        }
        _ => return None,
    };
    Some(Transfer {
        payout: text(entity, "refPayoutId")?,
        reference: text(entity, "id")?,
        amount: amount.get("value").and_then(Value::as_i64)?,
        currency: text(amount, "currency")?,
        failure,
    })
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const W1: &str = include_str!("fixtures/w1_payment_status_changed.json");
    const W5: &str = include_str!("fixtures/w5_deposit_callback.json");
    const W7: &str = include_str!("fixtures/w7_payout_changed.json");

    #[test]
    fn each_envelope_shape_is_told_by_its_structure() {
        let changed = delivery(W1.as_bytes());
        assert_eq!(changed.event_type.as_deref(), Some("PAYMENT_STATUS_CHANGED"));
        assert_eq!(changed.order_id.as_deref(), Some("p_0192f5a07c0070008000"));
        let deposit = delivery(W5.as_bytes());
        assert_eq!(deposit.event_type.as_deref(), Some("DEPOSIT_CALLBACK"));
        assert_eq!(deposit.order_id.as_deref(), Some("p_0192f5a07c0070008000"));
        let payout = delivery(W7.as_bytes());
        assert_eq!((payout.event_type.as_deref(), payout.order_id), (Some("payout.changed"), None));
    }

    #[test]
    fn a_transfer_is_read_with_what_it_was_and_why_it_failed() {
        let arrived = transfer(W7.as_bytes());
        let arrived = arrived.map(|told| (told.payout, told.reference, told.amount, told.failure));
        let told = ("payout-0001".to_owned(), "FPA_12345".to_owned(), 5_000, None);
        assert_eq!(arrived, Some(told));
        let failed = W7.replace("COMPLETED", "FAILED").replace(
            "\"error\": null",
            "\"error\": {\"code\": \"X\", \"message\": \"no account\"}",
        );
        let failed = transfer(failed.as_bytes()).and_then(|told| told.failure);
        assert_eq!(failed.as_deref(), Some("no account"));
        assert_eq!(transfer(W7.replace("COMPLETED", "REQUESTED").as_bytes()), None);
        assert_eq!(secret(W5.as_bytes()).as_deref(), Some("ps_example_secret_0001"));
    }

    #[test]
    fn rubbish_is_a_delivery_too() {
        assert_eq!(delivery(b"\xff not json"), Delivery::default());
        assert_eq!(delivery(b"[1,2]").order_id, None);
    }
}
