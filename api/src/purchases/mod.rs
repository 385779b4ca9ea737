//! Buying tokens (c5): create, pay at Toss, confirm.

pub mod admin;
pub mod carrier;
pub mod confirm;
pub mod read;
pub mod refunds;
pub mod shape;
mod standing;

pub(crate) use refunds::{Refundable, refundable};

use aws_lc_rs::hmac;
use axum::extract::State;
use domain::packages::PackageName;
use domain::purchases::{CancelPurchase, InitiatePurchase};
use domain::{PurchaseId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, Keyed, OptionallyKeyed, Path};
use crate::objects::hex;
use crate::problem::{Invalid, Problem};

/// 32 characters; Toss takes 2 to 50.
const CUSTOMER_KEY_BYTES: usize = 16;
/// Longest code of Toss's failUrl that is kept.
const CODE_CHARS_MAX: usize = 100;

/// Begin to buy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePurchase {
    /// One of `/v1/token-packages`.
    #[schema(example = "tokens-150")]
    package_id: String,
}

/// What the browser hands to Toss's payment window.
#[derive(Debug, Serialize, ToSchema)]
pub struct PurchaseOffer {
    /// The purchase.
    id: Uuid,
    /// Our order id at Toss.
    order_id: String,
    /// What the buyer reads in the window.
    order_name: String,
    /// Whole won to pay.
    amount: i64,
    /// ISO 4217.
    currency: String,
    /// Who buys, for Toss.
    customer_key: String,
    /// The shop's public key.
    client_key: String,
    /// Where Toss sends the browser after authentication.
    success_url: String,
    /// Where Toss sends the browser after a failure.
    fail_url: String,
    /// Until when it can be paid.
    expires_at: chrono::DateTime<chrono::Utc>,
}

/// Begin to buy a package. Every figure is fixed from here on.
#[utoipa::path(post, path = "/v1/purchases", tag = "purchases", operation_id = "create_purchase",
    security(("bearer" = [])), request_body = CreatePurchase,
    params(("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 201, description = "Pay it in Toss's window", body = Positioned<PurchaseOffer>),
        (status = 409, description = "conflict: the package is sold no more, or too many lots are unspent")))]
pub async fn create_purchase(
    State(app): State<App>,
    caller: Caller,
    Keyed { key, body }: Keyed<CreatePurchase>,
) -> Result<Answered<PurchaseOffer>, Problem> {
    let package = PackageName::parse(&body.package_id)
        .map_err(|_| Problem::invalid("/package_id", "There is no such package."))?;
    let purchase = PurchaseId(Uuid::now_v7());
    let decision = InitiatePurchase { purchase, buyer: caller.user, package };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    let url = |end: &str| format!("{}/payments/{end}", app.config.public_url);
    Ok(done.created(|offer| PurchaseOffer {
        id: offer.purchase.0,
        order_id: offer.order_id,
        order_name: format!("Tokens {}", offer.tokens),
        amount: offer.amount,
        currency: offer.currency,
        customer_key: customer_key(&app, caller.user),
        client_key: app.config.toss.client_key.clone(),
        success_url: url("success"),
        fail_url: url("fail"),
        expires_at: offer.expires_at,
    }))
}

/// The same for all purchases of a user, and not to be guessed from what others know of them
/// (d1.2).
fn customer_key(app: &App, user: UserId) -> String {
    let mut context = hmac::Context::with_key(&app.request_key);
    context.update(b"toss customer\0");
    context.update(user.0.as_bytes());
    hex(&context.sign().as_ref()[..CUSTOMER_KEY_BYTES])
}

/// What Toss's failUrl said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FailPurchase {
    /// Toss's code.
    #[schema(example = "PAY_PROCESS_CANCELED")]
    code: String,
    /// Toss's text; for the buyer, not kept.
    #[serde(rename = "message")]
    _message: Option<String>,
}

/// A purchase that ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndedPurchase {
    /// Which.
    id: Uuid,
    /// `canceled`.
    #[schema(value_type = String, example = "canceled")]
    status: &'static str,
}

/// Step back from a purchase, or report that the payment window failed.
#[utoipa::path(post, path = "/v1/purchases/{id}/fail", tag = "purchases", operation_id = "fail_purchase",
    security(("bearer" = [])), request_body = FailPurchase,
    params(("id" = Uuid, Path, description = "The purchase"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "It ended", body = Positioned<EndedPurchase>),
        (status = 409, description = "conflict: the payment is under way or over")))]
pub async fn fail_purchase(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body }: OptionallyKeyed<FailPurchase>,
) -> Result<Answered<EndedPurchase>, Problem> {
    let code = code(&body.code)?;
    let decision = CancelPurchase { purchase: PurchaseId(id), caller: caller.user, code };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| EndedPurchase { id, status: "canceled" }))
}

fn code(code: &str) -> Result<String, Invalid> {
    let fits = (1..=CODE_CHARS_MAX).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    fits.then(|| code.to_owned()).ok_or_else(|| Invalid {
        pointer: "/code".to_owned(),
        detail: format!("1 to {CODE_CHARS_MAX} letters, digits and underscores."),
    })
}
