//! What an answer of Toss means to a purchase: from their words to the domain's.

use domain::purchases::{Payment, PaymentResult, PaymentSnapshot, PaymentStatus};

use super::{PaymentObject, Status, TossError, is_our_fault};

/// What is known of a payment after asking.
#[must_use]
pub fn meaning(answer: Result<PaymentObject, TossError>) -> PaymentResult {
    match answer {
        Ok(payment) => shown(payment),
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
            PaymentResult::of_code(code)
        }
    }
}

fn shown(payment: PaymentObject) -> PaymentResult {
    let Some(status) = status(payment.status) else {
        return PaymentResult::Unknown { code: "UNKNOWN_STATUS".to_owned() };
    };
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
        due_at: account.and_then(|account| account.due_date),
    })
}

fn status(status: Status) -> Option<PaymentStatus> {
    Some(match status {
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

    fn read(fixture: &str) -> PaymentSnapshot {
        match meaning(Ok(serde_json::from_str(fixture).unwrap())) {
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
        let deposit = read(include_str!("fixtures/p4_waiting_for_deposit.json"));
        assert_eq!(deposit.bank.as_deref(), Some("20"));
        assert!(deposit.due_at.is_some());
    }

    #[test]
    fn an_answer_nobody_can_read_is_doubt() {
        let cause = serde_json::from_str::<()>("<html>").unwrap_err();
        let result = meaning(Err(TossError::Unreadable { status: 502, cause }));
        assert_eq!(result, PaymentResult::Unknown { code: "UNREADABLE_ANSWER".to_owned() });
    }
}
