//! The payment object (d1.4), read leniently: unknown fields and nulls everywhere are normal.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

/// What Toss says of a payment, as far as we look. It holds secrets, so it does not print itself.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentObject {
    /// Toss's key, at most 200 bytes.
    pub payment_key: String,
    /// Our order.
    pub order_id: String,
    /// Where it stands.
    pub status: Status,
    /// Whole units of `currency`.
    pub total_amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// Korean word, or nothing.
    #[serde(default)]
    pub method: Option<String>,
    /// When it was approved; with offset.
    #[serde(default, deserialize_with = "time")]
    pub approved_at: Option<DateTime<Utc>>,
    /// For the buyer.
    #[serde(default)]
    pub receipt: Option<Receipt>,
    /// Absent with Toss Pay money.
    #[serde(default)]
    pub card: Option<Card>,
    /// For example Toss Pay.
    #[serde(default)]
    pub easy_pay: Option<EasyPay>,
    /// Where a deposit is awaited.
    #[serde(default)]
    pub virtual_account: Option<VirtualAccount>,
    /// What deliveries about the deposit must know; at most 50 characters.
    #[serde(default)]
    pub secret: Option<String>,
    /// What is left that could be canceled, whole units of `currency`.
    #[serde(default)]
    pub balance_amount: Option<i64>,
    /// What was canceled so far.
    #[serde(default)]
    pub cancels: Option<Vec<CancelObject>>,
    /// Why it failed, once it did.
    #[serde(default)]
    pub failure: Option<Failure>,
}

/// See [`PaymentObject::cancels`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelObject {
    /// Toss's key of this cancel.
    pub transaction_key: String,
    /// Whole units of the payment's currency.
    pub cancel_amount: i64,
    /// What whoever canceled said.
    #[serde(default)]
    pub cancel_reason: Option<String>,
    /// `DONE`; others only for foreign means of payment. Older objects do not say.
    #[serde(default)]
    pub cancel_status: Option<String>,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// The window is open.
    Ready,
    /// Authenticated, not confirmed.
    InProgress,
    /// A virtual account was issued; no money yet.
    WaitingForDeposit,
    /// Paid.
    Done,
    /// Canceled whole.
    Canceled,
    /// Canceled in part.
    PartialCanceled,
    /// The confirmation failed.
    Aborted,
    /// The window or session ran out.
    Expired,
    /// A word of next year's.
    #[serde(other)]
    Unknown,
}

/// See [`PaymentObject::receipt`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Receipt {
    /// Where it is.
    #[serde(default)]
    pub url: Option<String>,
}

/// See [`PaymentObject::card`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Card {
    /// Masked by Toss.
    #[serde(default)]
    pub number: Option<String>,
}

/// See [`PaymentObject::easy_pay`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EasyPay {
    /// Whose.
    #[serde(default)]
    pub provider: Option<String>,
}

/// See [`PaymentObject::virtual_account`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualAccount {
    /// The bank's code.
    #[serde(default)]
    pub bank_code: Option<String>,
    /// Where to pay to.
    #[serde(default)]
    pub account_number: Option<String>,
    /// Whether the time to pay is over.
    #[serde(default)]
    pub expired: Option<bool>,
    /// Until when the buyer can pay.
    #[serde(default, deserialize_with = "time")]
    pub due_date: Option<DateTime<Utc>>,
}

/// See [`PaymentObject::failure`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Failure {
    /// Classified by [`super::verdict`].
    #[serde(default)]
    pub code: Option<String>,
}

/// A time we cannot read is a time we do not know: it must not hide that money was paid.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(|text| DateTime::parse_from_rfc3339(&text).ok()).map(Into::into))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    const P1: &str = include_str!("fixtures/p1_done.json");
    const P4: &str = include_str!("fixtures/p4_waiting_for_deposit.json");
    const P5: &str = include_str!("fixtures/p5_expired.json");

    #[test]
    fn a_card_paid_through_toss_pay_is_read() {
        let payment: PaymentObject = serde_json::from_str(P1).unwrap();
        assert_eq!(payment.status, Status::Done);
        assert_eq!((payment.total_amount, payment.currency.as_str()), (15_000, "KRW"));
        assert_eq!(payment.approved_at.unwrap().to_rfc3339(), "2026-11-20T03:00:14+00:00");
        assert_eq!(payment.card.unwrap().number.unwrap(), "12345678****000*");
        assert_eq!(payment.easy_pay.unwrap().provider.unwrap(), "토스페이");
    }

    #[test]
    fn nulls_are_normal_and_a_deposit_is_not_a_payment() {
        let payment: PaymentObject = serde_json::from_str(P4).unwrap();
        assert_eq!(payment.status, Status::WaitingForDeposit);
        assert!(payment.approved_at.is_none() && payment.card.is_none());
        assert_eq!(payment.virtual_account.unwrap().bank_code.unwrap(), "20");
        let expired: PaymentObject = serde_json::from_str(P5).unwrap();
        assert_eq!(expired.status, Status::Expired);
        assert_eq!(expired.failure.unwrap().code.unwrap(), "EXPIRED_PAYMENT");
    }

    #[test]
    fn a_time_that_does_not_parse_does_not_hide_the_payment() {
        let text = P1.replace("2026-11-20T12:00:14+09:00", "20 November, about noon");
        let payment: PaymentObject = serde_json::from_str(&text).unwrap();
        assert_eq!((payment.status, payment.approved_at), (Status::Done, None));
    }

    #[test]
    fn a_status_of_next_year_still_reads() {
        let text = P1.replace("\"DONE\"", "\"ON_THE_MOON\"");
        let payment: PaymentObject = serde_json::from_str(&text).unwrap();
        assert_eq!(payment.status, Status::Unknown);
    }
}
