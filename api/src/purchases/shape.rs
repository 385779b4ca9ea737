//! A purchase in Style License's columns and words (C-05, PUR-03); the other systems sell no tokens.

use chrono::{DateTime, Utc};
use domain::purchases::PurchaseStatus;
use projections::purchases::Purchase;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error;
use serde::{Deserialize as _, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::present::{Present, Presentation, purchase_status};
use crate::problem::{OrFault as _, Problem};

/// A purchase, in our shape or Style License's.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum PurchaseShape<T> {
    /// Ours.
    Folio(T),
    /// Style License: `purchases`.
    StyleLicense(Box<StyleLicensePurchase>),
}

/// Style License's columns.
#[derive(Debug, Serialize, ToSchema)]
pub struct StyleLicensePurchase {
    /// Which.
    id: Uuid,
    /// Who buys.
    buyer_id: Uuid,
    /// How many tokens.
    amount_tokens: i64,
    /// Won per token, a decimal.
    price_per_token: String,
    /// ISO 4217.
    currency_code: String,
    /// Whole won to pay.
    total_price: i64,
    /// `toss`.
    provider: String,
    /// Our order id at Toss.
    provider_order_id: String,
    /// `pending`, `authorized`, `paid` or `failed`.
    #[schema(value_type = String, example = "paid")]
    status: &'static str,
    /// What Toss says was paid, whole won.
    provider_total_amount: Option<i64>,
    /// For the buyer.
    receipt_url: Option<String>,
    /// Masked card number.
    card_detail: Option<String>,
    /// Easy-pay provider.
    easy_pay_detail: Option<String>,
    /// When Toss approved it.
    approved_at: Option<DateTime<Utc>>,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

/// Whether Style License's shape is asked for.
///
/// # Errors
/// That of a system without purchases is.
pub(super) fn is_theirs(Present { present }: Present) -> Result<bool, Problem> {
    match present {
        None => Ok(false),
        Some(Presentation::StyleLicense) => Ok(true),
        Some(other) => Err(other.has_no("purchases", &[Presentation::StyleLicense])),
    }
}

impl StyleLicensePurchase {
    /// A purchase as Style License has it.
    ///
    /// # Errors
    /// The row's status is none: a fault of ours.
    pub(super) fn of(row: Purchase) -> Result<Self, Problem> {
        let status = PurchaseStatus::deserialize(row.status.as_str().into_deserializer());
        let status = status.map_err(|error: Error| error).or_fault("read a purchase's status")?;
        Ok(Self {
            id: row.id,
            buyer_id: row.buyer_id,
            amount_tokens: row.amount_tokens,
            price_per_token: row.price_per_token,
            currency_code: row.currency_code,
            total_price: row.total_price,
            provider: row.provider,
            provider_order_id: row.provider_order_id,
            status: purchase_status(status),
            provider_total_amount: row.provider_total_amount,
            receipt_url: row.receipt_url,
            card_detail: row.card_detail,
            easy_pay_detail: row.easy_pay_detail,
            approved_at: row.approved_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
