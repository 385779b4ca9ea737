//! A movement in the columns each system keeps it in (C-03, LED-01, LED-07, LED-08, LED-10). No
//! line is left out, so that the balances after it fit together: one a system has no word for has
//! the type `null`.

use chrono::{DateTime, Utc};
use projections::wallets::{Transaction, TransactionKind};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::transactions::TransactionBody;
use super::words::{in_words, reference};
use crate::app::App;
use crate::present::{Presentation, transaction_type};

/// A movement, in our columns or those of another system.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum TransactionLine {
    /// Ours.
    Folio(Box<TransactionBody>),
    /// Style License: `transactions`.
    StyleLicense(Box<StyleLicenseLine>),
    /// Pingvas Studio: `credit_transactions`.
    Pingvas(Box<PingvasLine>),
}

impl TransactionLine {
    pub(super) fn of(app: &App, presentation: Option<Presentation>, line: Transaction) -> Self {
        match presentation {
            None => Self::Folio(Box::new(TransactionBody::of(app, line))),
            Some(Presentation::StyleLicense) => Self::StyleLicense(Box::new(line.into())),
            Some(pingvas) => Self::Pingvas(Box::new(PingvasLine::of(pingvas, line))),
        }
    }
}

/// Style License's columns.
#[derive(Debug, Serialize, ToSchema)]
pub struct StyleLicenseLine {
    /// Which.
    id: Uuid,
    /// Its word for the kind, which it can only guess from the columns below.
    r#type: Option<&'static str>,
    /// Whose it was; none for the platform.
    sender_id: Option<Uuid>,
    /// Whose it became; none for the platform.
    receiver_id: Option<Uuid>,
    /// How much: never below zero, sender and receiver say which way.
    amount: i64,
    /// Always `completed`: what is not is no movement yet.
    #[schema(value_type = String, example = "completed")]
    status: &'static str,
    /// The sender's word, or what Folio says of it.
    memo: String,
    /// For which style.
    related_style_id: Option<Uuid>,
    /// For which generation.
    related_generation_id: Option<Uuid>,
    /// Always `token`.
    #[schema(value_type = String, example = "token")]
    payment_method: &'static str,
    /// Whether it became money again.
    refunded: bool,
    /// When.
    created_at: DateTime<Utc>,
}

impl From<Transaction> for StyleLicenseLine {
    fn from(line: Transaction) -> Self {
        let kind = TransactionKind::parse(&line.kind);
        let words = in_words(&line).to_owned();
        Self {
            id: line.id,
            r#type: kind.and_then(|kind| transaction_type(kind, Presentation::StyleLicense)),
            sender_id: line.sender_id,
            receiver_id: line.receiver_id,
            amount: line.amount.abs(),
            status: "completed",
            memo: line.memo.unwrap_or(words),
            related_style_id: line.related_style_id,
            related_generation_id: line.related_generation_id,
            payment_method: "token",
            refunded: kind == Some(TransactionKind::Refund),
            created_at: line.created_at,
        }
    }
}

/// The columns of Pingvas Studio's three documents; each has some of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PingvasLine {
    /// Which.
    id: Uuid,
    /// Whose.
    user_id: Uuid,
    /// The document's word for the kind; the second calls the column `transaction_type`.
    r#type: Option<&'static str>,
    /// The same, as the second document calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_type: Option<&'static str>,
    /// Below zero when it left.
    amount: i64,
    /// What was owned afterwards.
    balance_after: i64,
    /// Why, in plain words.
    description: &'static str,
    /// By which subscription; not in the third document.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_id: Option<Uuid>,
    /// For which job; not in the third document.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<Uuid>,
    /// What it is about; only in the third document.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_id: Option<Uuid>,
    /// Of which sort that is; only in the third document.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_type: Option<&'static str>,
    /// When.
    created_at: DateTime<Utc>,
}

impl PingvasLine {
    fn of(presentation: Presentation, line: Transaction) -> Self {
        let kind = TransactionKind::parse(&line.kind);
        let r#type = kind.and_then(|kind| transaction_type(kind, presentation));
        let has_references = presentation == Presentation::PingvasS3;
        let about = reference(&line).filter(|_| has_references);
        Self {
            id: line.id,
            user_id: line.user_id,
            r#type,
            transaction_type: r#type.filter(|_| presentation == Presentation::PingvasS2),
            amount: line.amount,
            balance_after: line.balance_after,
            description: in_words(&line),
            subscription_id: line.related_subscription_id.filter(|_| !has_references),
            job_id: line.related_generation_id.filter(|_| !has_references),
            reference_id: about.map(|(_, id)| id),
            reference_type: about.map(|(word, _)| word),
            created_at: line.created_at,
        }
    }
}
