//! A payment as Toss shows it (d1.4).

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// Seconds that Korean time is ahead of UTC.
const KST_SECONDS: i32 = 9 * 3600;

/// Where a payment stands (d1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// The customer has agreed; the shop has ten minutes to confirm.
    InProgress,
    /// A virtual account was given out; nothing is paid yet.
    WaitingForDeposit,
    /// Paid.
    Done,
    /// Given back whole, at once.
    Canceled,
    /// Given back in part; the rest may have followed.
    PartialCanceled,
    /// Refused by the card company or account.
    Aborted,
    /// Not confirmed in time.
    Expired,
}

/// Why a payment was refused or expired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// One of d1.7.
    pub code: String,
    /// For people.
    pub message: String,
}

/// Money that went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    /// Toss's own id of it.
    pub key: String,
    /// Whole won.
    pub amount: i64,
    /// What whoever canceled said.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What was left after it.
    pub left: i64,
    /// Where the money of a deposit went.
    pub account: Option<Value>,
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Toss's own id.
    pub key: String,
    /// The shop's id of the order.
    pub order_id: String,
    /// What the customer sees.
    pub order_name: String,
    /// Whole won.
    pub amount: i64,
    /// Where it stands.
    pub status: Status,
    /// When the customer agreed.
    pub requested_at: DateTime<Utc>,
    /// When it was paid.
    pub approved_at: Option<DateTime<Utc>>,
    /// Why it will not be paid.
    pub failure: Option<Failure>,
    /// Whether it is paid by deposit.
    #[serde(default)]
    pub by_deposit: bool,
    /// What went back, oldest first.
    #[serde(default)]
    pub cancels: Vec<Canceled>,
}

impl Payment {
    /// A payment the customer has just agreed to. The key follows from the order, so that a demo
    /// that is killed and played again pays the same payment.
    #[must_use]
    pub fn agreed(order_id: &str, order_name: &str, amount: i64, at: DateTime<Utc>) -> Self {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, order_id.as_bytes()).simple();
        Self {
            key: format!("tviva{id}"),
            order_id: order_id.to_owned(),
            order_name: order_name.to_owned(),
            amount,
            status: Status::InProgress,
            requested_at: at,
            approved_at: None,
            failure: None,
            by_deposit: false,
            cancels: Vec::new(),
        }
    }

    /// What has not gone back, whole won.
    #[must_use]
    pub fn balance(&self) -> i64 {
        self.amount - self.cancels.iter().map(|cancel| cancel.amount).sum::<i64>()
    }

    /// What deliveries about a deposit know.
    #[must_use]
    pub fn secret(&self) -> Option<String> {
        self.by_deposit.then(|| format!("ps_{}", &self.transaction_key()[..20]))
    }

    /// The flat delivery about a deposit (fixture W5).
    #[must_use]
    pub fn to_callback(&self) -> Value {
        json!({
            "createdAt": korean(Utc::now()),
            "secret": self.secret(),
            "status": self.status,
            "transactionKey": self.transaction_key(),
            "orderId": self.order_id,
        })
    }

    /// The Payment object (fixtures P1 to P6): a card through Toss Pay, or a virtual account.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let balance = self.balance();
        let supplied = (balance * 10 + 5).div_euclid(11); // Rounded total / 1.1.
        let over = matches!(self.status, Status::Aborted | Status::Expired);
        let by_card = !self.by_deposit && !over;
        json!({
            "mId": "tosspayments",
            "version": "2022-11-16",
            "lastTransactionKey": self.approved_at.map(|_| self.transaction_key()),
            "paymentKey": self.key,
            "orderId": self.order_id,
            "orderName": self.order_name,
            "taxExemptionAmount": 0,
            "status": self.status,
            "requestedAt": korean(self.requested_at),
            "approvedAt": self.approved_at.map(korean),
            "useEscrow": false,
            "cultureExpense": false,
            "card": by_card.then(|| self.card()),
            "virtualAccount": self.by_deposit.then(|| self.virtual_account()),
            "transfer": null, "mobilePhone": null, "giftCertificate": null,
            "cashReceipt": null, "cashReceipts": null, "discount": null,
            "cancels": self.cancels(),
            "secret": self.secret(),
            "type": "NORMAL",
            "easyPay": by_card.then(|| json!({"provider": "토스페이", "amount": 0, "discountAmount": 0})),
            "country": "KR",
            "failure": self.failure,
            "isPartialCancelable": true,
            "receipt": {"url": format!("https://dashboard.tosspayments.com/receipt/redirection?transactionId={}&ref=PX", self.key)},
            "checkout": {"url": format!("https://api.tosspayments.com/v1/payments/{}/checkout", self.key)},
            "currency": "KRW",
            "totalAmount": self.amount,
            "balanceAmount": balance,
            "suppliedAmount": supplied,
            "vat": balance - supplied,
            "taxFreeAmount": 0,
            "metadata": null,
            "method": self.method(),
        })
    }

    fn method(&self) -> Option<&'static str> {
        match self.status {
            Status::Aborted | Status::Expired => None,
            Status::InProgress
            | Status::WaitingForDeposit
            | Status::Done
            | Status::Canceled
            | Status::PartialCanceled => {
                Some(if self.by_deposit { "가상계좌" } else { "카드" })
            }
        }
    }

    /// Null before the first.
    fn cancels(&self) -> Option<Vec<Value>> {
        let shown = self.cancels.iter().map(|cancel| {
            json!({
                "transactionKey": cancel.key, "cancelReason": cancel.reason,
                "taxExemptionAmount": 0, "canceledAt": korean(cancel.at),
                "transferDiscountAmount": 0, "easyPayDiscountAmount": 0, "receiptKey": null,
                "cancelAmount": cancel.amount, "taxFreeAmount": 0,
                "refundableAmount": cancel.left, "cancelStatus": "DONE", "cancelRequestId": null,
            })
        });
        let shown: Vec<Value> = shown.collect();
        (!shown.is_empty()).then_some(shown)
    }

    fn card(&self) -> Value {
        json!({
            "issuerCode": "71", "acquirerCode": "71", "number": "12345678****000*",
            "installmentPlanMonths": 0, "isInterestFree": false, "interestPayer": null,
            "approveNo": "00000000", "useCardPoint": false, "cardType": "신용",
            "ownerType": "개인", "acquireStatus": "READY", "amount": self.amount,
        })
    }

    fn virtual_account(&self) -> Value {
        json!({
            "accountNumber": "X6505636518308", "accountType": "일반", "bankCode": "20",
            "customerName": "박토스", "depositorName": null,
            "dueDate": korean(self.requested_at + chrono::TimeDelta::days(7)),
            "expired": self.status == Status::Expired, "settlementStatus": "INCOMPLETED",
            "refundStatus": "NONE",
            "refundReceiveAccount": self.cancels.last().and_then(|cancel| cancel.account.clone()),
        })
    }

    pub(super) fn transaction_key(&self) -> String {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, self.key.as_bytes());
        id.simple().to_string().to_uppercase()
    }
}

/// A time as Toss writes it: Korean, whole seconds.
pub(super) fn korean(at: DateTime<Utc>) -> String {
    let kst = FixedOffset::east_opt(KST_SECONDS);
    kst.map_or_else(
        || at.to_rfc3339_opts(SecondsFormat::Secs, false),
        |kst| at.with_timezone(&kst).to_rfc3339_opts(SecondsFormat::Secs, false),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tax_is_split_as_toss_splits_it() {
        for (total, supplied, vat) in
            [(15_000, 13_636, 1_364), (1_000, 909, 91), (37_400, 34_000, 3_400)]
        {
            let payment = Payment::agreed("order", "Tokens", total, DateTime::UNIX_EPOCH).to_json();
            assert_eq!(payment["suppliedAmount"], supplied, "{total}");
            assert_eq!(payment["vat"], vat, "{total}");
        }
    }

    #[test]
    fn a_payment_shows_every_field_of_the_documented_object() {
        let payment = Payment::agreed("p_1", "Tokens 150", 15_000, DateTime::UNIX_EPOCH).to_json();
        let fields = payment.as_object().map_or(0, serde_json::Map::len);
        assert_eq!(fields, 37, "fixture P1 has 37 fields");
        assert_eq!(payment["requestedAt"], "1970-01-01T09:00:00+09:00");
    }
}
