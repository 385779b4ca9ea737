//! `GET /v1/token-packages`: what can be bought (PUR-01). A purchase records the figures it was
//! made with.

pub mod admin;

use axum::extract::State;
use projections::packages as read;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{AtLeast, List, MinPosition};
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["packages"];

/// A package of the price list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackageBody {
    /// For `package_id`.
    #[schema(example = "tokens-150")]
    id: String,
    /// How many tokens.
    #[schema(example = 150)]
    tokens: i64,
    /// Won per token, a decimal.
    #[schema(example = "100")]
    unit_price: String,
    /// Whole won to pay.
    #[schema(example = 15_000)]
    amount: i64,
    /// ISO 4217.
    #[schema(example = "KRW")]
    currency: String,
}

impl From<read::TokenPackage> for PackageBody {
    fn from(row: read::TokenPackage) -> Self {
        Self {
            id: row.name,
            tokens: row.tokens,
            unit_price: row.unit_price,
            amount: row.amount,
            currency: row.currency_code,
        }
    }
}

/// What can be bought, the smallest first.
#[utoipa::path(get, path = "/v1/token-packages", tag = "purchases", operation_id = "list_token_packages",
    params(MinPosition),
    responses((status = 200, description = "The price list", body = List<PackageBody>)))]
pub async fn list_packages(
    State(app): State<App>,
    at_least: AtLeast,
) -> Result<List<PackageBody>, Problem> {
    at_least.reached(&app, READS).await?;
    Ok(List::whole(all(&app).await?))
}

/// Every package that is sold, as everybody may see it.
///
/// # Errors
/// The read tables cannot be read.
pub async fn all(app: &App) -> Result<Vec<PackageBody>, Problem> {
    let rows = read::sold(app.reads.public()).await.or_fault("read packages")?;
    Ok(rows.into_iter().map(PackageBody::from).collect())
}
