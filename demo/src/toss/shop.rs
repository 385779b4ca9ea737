//! What the stand-in remembers, and the rules by which it changes: pure, so that the server around
//! it only has to lock, keep and answer.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::payment::{Failure, Payment, Status};
use super::script::{Answer, Outcome, Script};

/// How long a shop has to confirm after the customer agreed (d1.2).
const CONFIRM_MINUTES_MAX: i64 = 10;

/// Everything that outlives a request.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Shop {
    /// By order id.
    pub payments: BTreeMap<String, Payment>,
    /// First answers by idempotency key and path; `None` while the first request is running.
    answers: BTreeMap<String, Option<Reply>>,
    /// Scripts of single orders.
    scripts: BTreeMap<String, Script>,
    /// The script of every other order.
    default_script: Script,
}

/// An answer, kept for repetition under the same key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// A Payment or `{code, message}`.
    pub body: Value,
}

/// The body of `POST /v1/payments/confirm`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirm {
    /// Toss's id.
    pub payment_key: String,
    /// The shop's id.
    pub order_id: String,
    /// Whole won.
    pub amount: i64,
}

impl Reply {
    /// The payment as it stands.
    #[must_use]
    pub fn payment(payment: &Payment) -> Self {
        Self { status: 200, body: payment.to_json() }
    }

    /// An error of d1.7.
    #[must_use]
    pub fn error(status: u16, code: &str) -> Self {
        let message = format!("stand-in: {code}");
        Self { status, body: json!({"code": code, "message": message}) }
    }
}

impl Shop {
    /// Tells how confirmations go: of one order, or of all that have no script of their own.
    pub fn script(&mut self, order_id: Option<&str>, script: Script) {
        match order_id {
            Some(order_id) => drop(self.scripts.insert(order_id.to_owned(), script)),
            None => self.default_script = script,
        }
    }

    /// How the confirmation of an order goes.
    #[must_use]
    pub fn script_of(&self, order_id: &str) -> Script {
        self.scripts.get(order_id).unwrap_or(&self.default_script).clone()
    }

    /// The customer agrees in the payment window. Agreeing again changes nothing.
    pub fn agree(&mut self, order_id: &str, name: &str, amount: i64, at: DateTime<Utc>) -> Payment {
        let payment = Payment::agreed(order_id, name, amount, at);
        self.payments.entry(order_id.to_owned()).or_insert(payment).clone()
    }

    /// A payment by Toss's id.
    #[must_use]
    pub fn by_key(&self, key: &str) -> Option<&Payment> {
        self.payments.values().find(|payment| payment.key == key)
    }

    /// Begins a request under a key (d1.3): the first answer if there is one, the conflict if the
    /// first request is still running, or nothing if this is the first. The body is not compared.
    pub fn begin(&mut self, slot: &str) -> Option<Reply> {
        match self.answers.get(slot) {
            Some(Some(first)) => Some(first.clone()),
            Some(None) => Some(Reply::error(409, "IDEMPOTENT_REQUEST_PROCESSING")),
            None => {
                self.answers.insert(slot.to_owned(), None);
                None
            }
        }
    }

    /// Keeps the answer of the first request under a key; errors are kept like any other.
    pub fn finish(&mut self, slot: &str, reply: Reply) {
        self.answers.insert(slot.to_owned(), Some(reply));
    }

    /// Forgets requests that were running when the stand-in was killed.
    pub fn forget_running(&mut self) {
        self.answers.retain(|_, answer| answer.is_some());
    }

    /// Confirms by the order's script. Gives the answer, and whether the payment changed.
    pub fn confirm(&mut self, confirm: &Confirm, at: DateTime<Utc>) -> (Reply, bool) {
        let script = self.script_of(&confirm.order_id);
        let payment = match self.confirmable(confirm, at) {
            Ok(payment) => payment,
            Err(reply) => return (reply, false),
        };
        let changed = apply(payment, &script, at);
        let truth = match &script.outcome {
            Outcome::Done | Outcome::WaitingForDeposit | Outcome::Untouched => {
                Reply::payment(payment)
            }
            Outcome::Declined { code } => Reply::error(403, code),
            Outcome::SessionGone => Reply::error(404, "NOT_FOUND_PAYMENT_SESSION"),
        };
        let reply = match script.answer {
            Answer::Truth | Answer::Lost => truth,
            Answer::Error { status, code } => Reply::error(status, &code),
        };
        (reply, changed)
    }

    fn confirmable(&mut self, confirm: &Confirm, at: DateTime<Utc>) -> Result<&mut Payment, Reply> {
        let payment = self.payments.get_mut(&confirm.order_id);
        let Some(payment) = payment.filter(|payment| payment.key == confirm.payment_key) else {
            return Err(Reply::error(404, "NOT_FOUND_PAYMENT_SESSION"));
        };
        let late = at - payment.requested_at > TimeDelta::minutes(CONFIRM_MINUTES_MAX);
        match payment.status {
            Status::InProgress if late => {
                payment.status = Status::Expired;
                Err(Reply::error(404, "NOT_FOUND_PAYMENT_SESSION"))
            }
            Status::InProgress if payment.amount != confirm.amount => {
                Err(Reply::error(400, "INVALID_REQUEST"))
            }
            Status::InProgress => Ok(payment),
            Status::Done
            | Status::WaitingForDeposit
            | Status::Canceled
            | Status::PartialCanceled => Err(Reply::error(400, "ALREADY_PROCESSED_PAYMENT")),
            Status::Aborted | Status::Expired => {
                Err(Reply::error(404, "NOT_FOUND_PAYMENT_SESSION"))
            }
        }
    }
}

/// Changes the payment as the script says; whether it did.
fn apply(payment: &mut Payment, script: &Script, at: DateTime<Utc>) -> bool {
    payment.amount += script.amount_skew;
    match &script.outcome {
        Outcome::Done => {
            payment.status = Status::Done;
            payment.approved_at = Some(at);
        }
        Outcome::WaitingForDeposit => {
            (payment.status, payment.by_deposit) = (Status::WaitingForDeposit, true);
        }
        Outcome::Declined { code } => {
            payment.status = Status::Aborted;
            let message = "카드사에서 거절했습니다.".to_owned();
            payment.failure = Some(Failure { code: code.clone(), message });
        }
        Outcome::SessionGone => payment.status = Status::Expired,
        Outcome::Untouched => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed() -> (Shop, Confirm, DateTime<Utc>) {
        let (mut shop, at) = (Shop::default(), DateTime::UNIX_EPOCH);
        let payment = shop.agree("p_1", "Tokens 50", 5_000, at);
        let confirm =
            Confirm { payment_key: payment.key, order_id: payment.order_id, amount: 5_000 };
        (shop, confirm, at)
    }

    #[test]
    fn a_payment_confirmed_in_time_is_done_once() {
        let (mut shop, confirm, at) = agreed();
        let (reply, changed) = shop.confirm(&confirm, at);
        assert_eq!((reply.status, changed), (200, true));
        assert_eq!(reply.body["status"], "DONE");
        let (again, changed) = shop.confirm(&confirm, at);
        assert_eq!(
            (again.body["code"].as_str(), changed),
            (Some("ALREADY_PROCESSED_PAYMENT"), false)
        );
    }

    #[test]
    fn a_payment_confirmed_after_ten_minutes_is_gone() {
        let (mut shop, confirm, at) = agreed();
        let (reply, _) = shop.confirm(&confirm, at + TimeDelta::minutes(11));
        assert_eq!(reply, Reply::error(404, "NOT_FOUND_PAYMENT_SESSION"));
    }

    #[test]
    fn another_amount_than_agreed_is_not_confirmed() {
        let (mut shop, confirm, at) = agreed();
        let (reply, changed) = shop.confirm(&Confirm { amount: 1, ..confirm }, at);
        assert_eq!((reply, changed), (Reply::error(400, "INVALID_REQUEST"), false));
    }

    #[test]
    fn a_key_repeats_its_first_answer_whatever_is_asked() {
        let mut shop = Shop::default();
        assert_eq!(shop.begin("key"), None);
        assert_eq!(shop.begin("key"), Some(Reply::error(409, "IDEMPOTENT_REQUEST_PROCESSING")));
        shop.finish("key", Reply::error(403, "REJECT_CARD_COMPANY"));
        assert_eq!(shop.begin("key"), Some(Reply::error(403, "REJECT_CARD_COMPANY")));
    }

    #[test]
    fn a_payment_can_be_done_although_an_error_is_answered() {
        let (mut shop, confirm, at) = agreed();
        shop.script(Some("p_1"), Script::error_then_done());
        let (reply, changed) = shop.confirm(&confirm, at);
        assert_eq!((reply.status, changed), (500, true));
        assert_eq!(shop.payments["p_1"].status, Status::Done);
    }
}
