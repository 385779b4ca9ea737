//! Toss Payments (d1): what we ask, what it answers, and what an answer means.

mod classify;
mod client;
mod meaning;
mod payment;
mod signature;
mod webhook;

pub use classify::is_our_fault;
pub use client::TossClient;
pub use meaning::{Told, meaning};
pub use payment::{
    CancelObject, Card, EasyPay, Failure, PaymentObject, Receipt, Status, VirtualAccount,
};
pub use signature::SecurityKeys;
pub use webhook::{Delivery, Transfer, delivery, secret, transfer};

use std::future::Future;
use std::pin::Pin;

use domain::purchases::{TossCall, cancel_reason};

/// A call to Toss on its way.
pub type Call<'a> = Pin<Box<dyn Future<Output = Result<PaymentObject, TossError>> + Send + 'a>>;

/// What we need of Toss; the real client in production, a scripted one in unit tests.
pub trait Toss: Send + Sync {
    /// Approves an authenticated payment. Repeating it with the same `idempotency_key` repeats the
    /// first answer (d1.3), so the key must be ours and stable.
    fn confirm<'a>(&'a self, order: Confirm<'a>) -> Call<'a>;
    /// Gives money back. Repeating it with the same `idempotency_key` repeats the first answer.
    fn cancel<'a>(&'a self, order: Cancel<'a>) -> Call<'a>;
    /// What Toss knows of one of our orders.
    fn by_order<'a>(&'a self, order_id: &'a str) -> Call<'a>;
}

/// What is to be approved.
#[derive(Debug, Clone, Copy)]
pub struct Confirm<'a> {
    /// Toss's key of the payment.
    pub payment_key: &'a str,
    /// Our order.
    pub order_id: &'a str,
    /// Whole won; Toss compares it with what the buyer saw.
    pub amount: i64,
    /// `confirm-{purchase_id}`.
    pub idempotency_key: &'a str,
}

/// What is to be given back.
#[derive(Clone, Copy)]
pub struct Cancel<'a> {
    /// Toss's key of the payment.
    pub payment_key: &'a str,
    /// Names our refund, so that the cancel is known again.
    pub reason: &'a str,
    /// Whole won.
    pub amount: i64,
    /// What Toss has by our books, whole won: Toss refuses if that is not so (d1.6).
    pub balance: i64,
    /// Where the money of a deposit goes.
    pub account: Option<&'a RefundAccount>,
    /// `refund-{refund_id}`.
    pub idempotency_key: &'a str,
}

/// Where the money of a deposit goes.
#[derive(Clone, PartialEq, Eq)]
pub struct RefundAccount {
    /// The bank's code.
    pub bank: String,
    /// Digits only.
    pub account_number: String,
    /// Whose it is.
    pub holder_name: String,
}

/// Why there is no payment object.
#[derive(Debug, thiserror::Error)]
pub enum TossError {
    /// Toss answered no; classified by code, never by status (d1.7). The message is for the log
    /// only: vendor texts are not shown.
    #[error("Toss answered {status} {code}: {message}")]
    Refused {
        /// Toss's code.
        code: String,
        /// Toss's text.
        message: String,
        /// The HTTP status, for the log.
        status: u16,
    },
    /// Toss answered something that is neither a payment nor an error of its documented shape.
    #[error("Toss answered {status} with a body that does not parse")]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// What serde said.
        #[source]
        cause: serde_json::Error,
    },
    /// No answer: whether Toss worked on it is not known.
    #[error("no answer from Toss")]
    NoAnswer(#[source] reqwest::Error),
}

impl TossError {
    /// The word an in-doubt purchase keeps.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } => code,
            Self::Unreadable { .. } => "UNREADABLE_ANSWER",
            Self::NoAnswer(e) if e.is_timeout() => "TIMEOUT",
            Self::NoAnswer(_) => "NO_ANSWER",
        }
    }
}

/// Asks what a process wants to know, and says what the answer means. `account` is where the money of
/// a deposit goes that is given back.
pub async fn ask(toss: &dyn Toss, call: &TossCall, account: Option<&RefundAccount>) -> Told {
    let key = call.idempotency_key().unwrap_or_default();
    let answer = match call {
        TossCall::Confirm { payment_key, order_id, amount, .. } => {
            let order = Confirm { payment_key, order_id, amount: *amount, idempotency_key: &key };
            toss.confirm(order).await
        }
        TossCall::Query { order_id, .. } => toss.by_order(order_id).await,
        TossCall::Cancel { refund, payment_key, amount, balance, .. } => {
            let (reason, amount, balance) = (&*cancel_reason(*refund), *amount, *balance);
            let idempotency_key = &key;
            toss.cancel(Cancel { payment_key, reason, amount, balance, account, idempotency_key })
                .await
        }
    };
    meaning(call, answer)
}
