//! How money goes back, a deposit arrives or is taken back, and the time to pay runs out: the rules
//! of d1.6, and the hands of the dashboard and of the bank.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::payment::{Canceled, Payment, Status};
use super::script::{Answer, CancelOutcome};
use super::shop::{Reply, Shop};

/// The body of `POST /v1/payments/{key}/cancel`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cancel {
    /// What is shown of it later.
    pub cancel_reason: String,
    /// Whole won; everything left, if nothing is said.
    pub cancel_amount: Option<i64>,
    /// What the shop believes is left.
    pub refundable_amount: Option<i64>,
    /// Where the money of a deposit goes.
    pub refund_receive_account: Option<Value>,
}

/// What the bank, the dashboard or time does to a payment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Event {
    /// The deposit arrives.
    Deposited,
    /// The deposit is taken back.
    Reversed,
    /// The time to pay is over.
    Expired,
    /// Somebody cancels at the dashboard, all that is left if nothing is said.
    Canceled {
        /// Whole won.
        amount: Option<i64>,
    },
}

impl Shop {
    /// Cancels by the order's script. Gives the answer, and the order if its payment changed.
    pub fn cancel(
        &mut self,
        key: &str,
        asked: &Cancel,
        at: DateTime<Utc>,
    ) -> (Reply, Option<String>) {
        let Some(order_id) = self.by_key(key).map(|payment| payment.order_id.clone()) else {
            return (Reply::error(404, "NOT_FOUND_PAYMENT"), None);
        };
        let script = self.script_of(&order_id).cancel;
        let Some(payment) = self.payments.get_mut(&order_id) else {
            return (Reply::error(404, "NOT_FOUND_PAYMENT"), None);
        };
        let done = match script.outcome {
            CancelOutcome::Done => give_back(payment, asked, at),
            CancelOutcome::Untouched => Err(Reply::error(500, "FAILED_REFUND_PROCESS")),
        };
        let changed = done.is_ok().then_some(order_id);
        let reply = match (script.answer, done) {
            (Answer::Error { status, code }, _) => Reply::error(status, &code),
            (Answer::Truth | Answer::Lost, Ok(())) => Reply::payment(payment),
            (Answer::Truth | Answer::Lost, Err(refusal)) => refusal,
        };
        (reply, changed)
    }

    /// Something happens to a payment that the shop did not ask for; false if it cannot.
    pub fn happens(&mut self, order_id: &str, event: &Event, at: DateTime<Utc>) -> bool {
        let Some(payment) = self.payments.get_mut(order_id) else { return false };
        match (event, payment.status) {
            (Event::Deposited, Status::WaitingForDeposit) => {
                (payment.status, payment.approved_at) = (Status::Done, Some(at));
            }
            (Event::Reversed, Status::Done) if payment.by_deposit => {
                (payment.status, payment.approved_at) = (Status::WaitingForDeposit, None);
            }
            (Event::Expired, Status::WaitingForDeposit | Status::InProgress) => {
                payment.status = Status::Expired;
            }
            (Event::Canceled { amount }, _) => {
                let asked = Cancel {
                    cancel_reason: "dashboard".to_owned(),
                    cancel_amount: *amount,
                    refundable_amount: None,
                    refund_receive_account: Some(Value::Null),
                };
                return give_back(payment, &asked, at).is_ok();
            }
            (Event::Deposited | Event::Reversed | Event::Expired, _) => return false,
        }
        true
    }
}

fn give_back(payment: &mut Payment, asked: &Cancel, at: DateTime<Utc>) -> Result<(), Reply> {
    let balance = payment.balance();
    let amount = asked.cancel_amount.unwrap_or(balance);
    match payment.status {
        Status::WaitingForDeposit if amount != balance => {
            return Err(Reply::error(403, "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT"));
        }
        Status::WaitingForDeposit => {}
        Status::Done | Status::PartialCanceled | Status::Canceled => {
            may_go_back(payment, asked, amount)?;
        }
        Status::InProgress | Status::Aborted | Status::Expired => {
            return Err(Reply::error(403, "NOT_CANCELABLE_PAYMENT"));
        }
    }
    let whole = payment.cancels.is_empty() && amount == balance;
    payment.status = if whole { Status::Canceled } else { Status::PartialCanceled };
    payment.cancels.push(Canceled {
        key: Uuid::now_v7().simple().to_string().to_uppercase(),
        amount,
        reason: asked.cancel_reason.clone(),
        at,
        left: balance - amount,
        account: asked.refund_receive_account.clone().filter(|account| !account.is_null()),
    });
    Ok(())
}

fn may_go_back(payment: &Payment, asked: &Cancel, amount: i64) -> Result<(), Reply> {
    let balance = payment.balance();
    let code = if balance == 0 {
        (400, "ALREADY_CANCELED_PAYMENT")
    } else if asked.refundable_amount.is_some_and(|believed| believed != balance) {
        (400, "NOT_MATCHES_REFUNDABLE_AMOUNT")
    } else if amount > balance || amount <= 0 {
        (403, "NOT_CANCELABLE_AMOUNT")
    } else if payment.by_deposit && asked.refund_receive_account.is_none() {
        (400, "INVALID_REFUND_ACCOUNT_INFO")
    } else {
        return Ok(());
    };
    Err(Reply::error(code.0, code.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cancel(amount: Option<i64>, believed: Option<i64>) -> Cancel {
        Cancel {
            cancel_reason: "test".to_owned(),
            cancel_amount: amount,
            refundable_amount: believed,
            refund_receive_account: None,
        }
    }

    fn paid() -> Payment {
        let payment = Payment::agreed("p_1", "Tokens 150", 15_000, DateTime::UNIX_EPOCH);
        Payment { status: Status::Done, ..payment }
    }

    #[test]
    fn parts_go_back_until_nothing_is_left_and_the_status_stays_partial() {
        let (mut payment, at) = (paid(), DateTime::UNIX_EPOCH);
        for (amount, left) in [(5_000, 10_000), (3_000, 7_000), (7_000, 0)] {
            assert_eq!(give_back(&mut payment, &cancel(Some(amount), None), at), Ok(()));
            assert_eq!((payment.balance(), payment.status), (left, Status::PartialCanceled));
        }
        let code = |result: Result<(), Reply>| result.map_err(|reply| reply.body["code"].clone());
        let again = code(give_back(&mut payment, &cancel(None, None), at));
        assert_eq!(again, Err("ALREADY_CANCELED_PAYMENT".into()));
        let shown = payment.to_json();
        assert_eq!(shown["cancels"].as_array().map(Vec::len), Some(3));
        assert_eq!((&shown["balanceAmount"], &shown["vat"]), (&0.into(), &0.into()));
    }

    #[test]
    fn a_belief_that_is_wrong_changes_nothing() {
        let mut payment = paid();
        let refused = give_back(&mut payment, &cancel(Some(1), Some(1)), DateTime::UNIX_EPOCH);
        let code = refused.map_err(|reply| reply.body["code"].clone());
        assert_eq!(code, Err("NOT_MATCHES_REFUNDABLE_AMOUNT".into()));
        assert_eq!(payment, paid());
    }

    #[test]
    fn a_deposit_goes_back_to_an_account_only() {
        let mut payment = Payment { by_deposit: true, ..paid() };
        let refused = give_back(&mut payment, &cancel(None, None), DateTime::UNIX_EPOCH);
        let code = refused.map_err(|reply| reply.body["code"].clone());
        assert_eq!(code, Err("INVALID_REFUND_ACCOUNT_INFO".into()));
    }
}
