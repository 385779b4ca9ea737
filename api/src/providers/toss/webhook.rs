//! Deliveries (d1.5): three envelope shapes, told apart by structure. Payment deliveries are not
//! signed, so a delivery is only a hint to ask Toss.

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
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let event_type = text(&value, "eventType");
    // (a) {eventType, createdAt, data} · (c) {…, entityType, entityBody} · (b) flat, untyped.
    let subject = value.get("data").or_else(|| value.get("entityBody")).unwrap_or(&value);
    Delivery {
        event_type: event_type
            .or_else(|| value.get("secret").map(|_| "DEPOSIT_CALLBACK".to_owned())),
        order_id: text(subject, "orderId"),
    }
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
    fn rubbish_is_a_delivery_too() {
        assert_eq!(delivery(b"\xff not json"), Delivery::default());
        assert_eq!(delivery(b"[1,2]").order_id, None);
    }
}
