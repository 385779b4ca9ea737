//! What an answer of Toss means to a purchase: from their words to the domain's.

use domain::purchases::{
    Cancel, DepositSecret, Payment, PaymentResult, PaymentSnapshot, PaymentStatus, TossCall,
};

use super::{CancelObject, PaymentObject, Status, TossError, is_our_fault};

/// Most cancels of one payment that are looked at; Toss lists a few.
const CANCELS_MAX: usize = 100;
/// Longest words of Toss's that are kept.
const WORD_CHARS_MAX: usize = 200;
/// A cancel that took place.
const CANCEL_DONE: &str = "DONE";

/// What is known after asking, and where a deposit goes: personal, so to be sealed by whoever can.
#[derive(Clone, PartialEq, Eq)]
pub struct Told {
    /// For the domain, without the account's number.
    pub result: PaymentResult,
    /// The account's number.
    pub account_number: Option<String>,
}

/// What is known of a payment after asking.
#[must_use]
pub fn meaning(call: &TossCall, answer: Result<PaymentObject, TossError>) -> Told {
    match answer {
        Ok(mut payment) => {
            let account = payment.virtual_account.as_mut();
            let account_number = account.and_then(|account| account.account_number.take());
            Told { result: shown(payment), account_number }
        }
        Err(error) => {
            let code = error.code().to_owned();
            let is_answer = matches!(error, TossError::Refused { .. });
            let error = format!("{:#}", anyhow::Error::from(error));
            if is_our_fault(&code) {
                tracing::error!(code, error, "Toss refuses us: check key and request");
            } else if is_answer {
                tracing::info!(code, error, "Toss said no");
            } else {
                tracing::warn!(code, error, "no answer from Toss");
            }
            let result = match call {
                TossCall::Confirm { .. } | TossCall::Query { .. } => PaymentResult::of_code(code),
                TossCall::Cancel { .. } => PaymentResult::of_cancel_code(code),
            };
            Told { result, account_number: None }
        }
    }
}

fn shown(payment: PaymentObject) -> PaymentResult {
    let Some(status) = status(&payment) else {
        return PaymentResult::Unknown { code: "UNKNOWN_STATUS".to_owned() };
    };
    let cancels = cancels(payment.cancels.unwrap_or_default());
    let canceled: i64 = cancels.iter().map(|cancel| cancel.amount).sum();
    let balance = payment.balance_amount.unwrap_or(payment.total_amount - canceled);
    let account = payment.virtual_account;
    PaymentResult::Shown(PaymentSnapshot {
        order_id: payment.order_id,
        status,
        currency: payment.currency,
        payment: Payment {
            payment_key: payment.payment_key,
            total_amount: payment.total_amount,
            method: payment.method,
            approved_at: payment.approved_at,
            receipt_url: payment.receipt.and_then(|receipt| receipt.url),
            card: payment.card.and_then(|card| card.number),
            easy_pay: payment.easy_pay.and_then(|pay| pay.provider),
        },
        failure: payment.failure.and_then(|failure| failure.code),
        bank: account.as_ref().and_then(|account| account.bank_code.clone()),
        account_number: None,
        due_at: account.and_then(|account| account.due_date),
        secret: payment.secret.map(|secret| DepositSecret(secret.into_bytes())),
        cancels,
        balance: balance.clamp(0, payment.total_amount.max(0)),
    })
}

/// Those that took place.
fn cancels(listed: Vec<CancelObject>) -> Vec<Cancel> {
    let done = |cancel: &CancelObject| {
        cancel.cancel_status.as_deref().is_none_or(|status| status == CANCEL_DONE)
    };
    let kept = |word: String| word.chars().take(WORD_CHARS_MAX).collect::<String>();
    let cancels = listed.into_iter().filter(done).take(CANCELS_MAX);
    cancels
        .map(|cancel| Cancel {
            transaction_key: kept(cancel.transaction_key),
            amount: cancel.cancel_amount,
            reason: kept(cancel.cancel_reason.unwrap_or_default()),
        })
        .collect()
}

fn status(payment: &PaymentObject) -> Option<PaymentStatus> {
    let account = payment.virtual_account.as_ref();
    let over = account.is_some_and(|account| account.expired == Some(true));
    Some(match payment.status {
        Status::WaitingForDeposit if over => PaymentStatus::Expired,
        Status::Ready => PaymentStatus::Ready,
        Status::InProgress => PaymentStatus::InProgress,
        Status::WaitingForDeposit => PaymentStatus::WaitingForDeposit,
        Status::Done => PaymentStatus::Done,
        Status::Canceled => PaymentStatus::Canceled,
        Status::PartialCanceled => PaymentStatus::PartialCanceled,
        Status::Aborted => PaymentStatus::Aborted,
        Status::Expired => PaymentStatus::Expired,
        Status::Unknown => return None,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    const QUERY: TossCall = TossCall::Query {
        purchase: domain::PurchaseId(uuid::Uuid::nil()),
        order_id: String::new(),
        webhook: None,
        look: None,
    };

    fn read(fixture: &str) -> PaymentSnapshot {
        match meaning(&QUERY, Ok(serde_json::from_str(fixture).unwrap())).result {
            PaymentResult::Shown(snapshot) => snapshot,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_paid_payment_keeps_what_the_buyer_may_see_and_no_more() {
        let snapshot = read(include_str!("fixtures/p1_done.json"));
        assert_eq!(snapshot.status, PaymentStatus::Done);
        assert_eq!(snapshot.payment.total_amount, 15_000);
        assert_eq!(snapshot.payment.card.as_deref(), Some("12345678****000*"));
        assert_eq!(snapshot.payment.easy_pay.as_deref(), Some("토스페이"));
        assert!(snapshot.payment.receipt_url.unwrap().starts_with("https://dashboard"));
    }

    #[test]
    fn every_fixture_of_the_documentation_is_understood() {
        for (fixture, status) in [
            (include_str!("fixtures/p2_partial_canceled.json"), PaymentStatus::PartialCanceled),
            (include_str!("fixtures/p3_canceled.json"), PaymentStatus::Canceled),
            (
                include_str!("fixtures/p4_waiting_for_deposit.json"),
                PaymentStatus::WaitingForDeposit,
            ),
            (include_str!("fixtures/p5_expired.json"), PaymentStatus::Expired),
            (include_str!("fixtures/p6_aborted.json"), PaymentStatus::Aborted),
        ] {
            assert_eq!(read(fixture).status, status);
        }
        let p4 = include_str!("fixtures/p4_waiting_for_deposit.json");
        let told = meaning(&QUERY, Ok(serde_json::from_str(p4).unwrap()));
        assert_eq!(told.account_number.as_deref(), Some("X6505636518308"));
        let deposit = read(p4);
        assert_eq!(deposit.bank.as_deref(), Some("20"));
        assert!(deposit.due_at.is_some() && deposit.account_number.is_none());
        assert_eq!(deposit.secret.unwrap().0, b"ps_example_secret_0001");
        let over = read(&p4.replace("\"expired\": false", "\"expired\": true"));
        assert_eq!(over.status, PaymentStatus::Expired);
    }

    #[test]
    fn what_was_canceled_is_told_with_what_is_left() {
        let part = read(include_str!("fixtures/p2_partial_canceled.json"));
        assert_eq!((part.balance, part.cancels[0].amount), (10_000, 5_000));
        assert_eq!(part.cancels[0].transaction_key, "090A796806E726BBB929F4A2CA7DB9A7");
        let whole = read(include_str!("fixtures/p3_canceled.json"));
        assert_eq!((whole.balance, whole.cancels.len()), (0, 1));
        assert_eq!(read(include_str!("fixtures/p1_done.json")).balance, 15_000);
    }

    #[test]
    fn a_cancel_that_is_under_way_is_none_yet() {
        let text = include_str!("fixtures/p2_partial_canceled.json");
        let text = text.replace("\"cancelStatus\": \"DONE\"", "\"cancelStatus\": \"IN_PROGRESS\"");
        assert_eq!(read(&text).cancels, []);
    }

    #[test]
    fn an_answer_nobody_can_read_is_doubt() {
        let cause = serde_json::from_str::<()>("<html>").unwrap_err();
        let told = meaning(&QUERY, Err(TossError::Unreadable { status: 502, cause }));
        assert_eq!(told.result, PaymentResult::Unknown { code: "UNREADABLE_ANSWER".to_owned() });
    }
}
