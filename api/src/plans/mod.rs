//! Plans (c6): what can be subscribed to, and what it gives.

pub mod admin;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use domain::plans::Feature;
use projections::plans as read;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, List, MinPosition, Path};
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["plans"];

/// A plan as it is sold now.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanBody {
    /// Which.
    id: Uuid,
    /// `free`, `starter`, `pro`, `studio` or `enterprise`; also the tier it gives.
    #[schema(example = "pro")]
    name: String,
    /// Counts from 1; who subscribed to an older one keeps it.
    version: i64,
    /// What it is called.
    display_name: String,
    /// What it is for.
    description: Option<String>,
    /// Each month, a decimal; none if by contract.
    #[schema(example = "75.00")]
    monthly_price: Option<String>,
    /// Each year, a decimal; none if by contract.
    #[schema(example = "750.00")]
    yearly_price: Option<String>,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// Credits each month, also if it is paid by the year.
    #[schema(example = 15_000)]
    credits: i64,
    /// Bytes of pictures; none if without limit.
    storage_bytes: Option<i64>,
    /// Jobs that may run at once; none if without limit.
    queue_count: Option<i64>,
    /// 0 to 4.
    tier_level: i16,
    /// What becomes of credits that are left at the end of a month: `none`, `percent` or `cap`.
    rollover: &'static str,
    /// How many parts of a hundred, or how much at most.
    rollover_value: Option<i64>,
    /// What it lets one do.
    #[schema(value_type = Object)]
    features: BTreeMap<String, Feature>,
    /// By which cycles it can be subscribed to here: `monthly`, `yearly`.
    cycles: Vec<&'static str>,
    /// Whether it is sold.
    is_active: bool,
}

impl From<read::Plan> for PlanBody {
    fn from(row: read::Plan) -> Self {
        let (rollover, rollover_value) = match (row.rollover_percent, row.rollover_cap) {
            (Some(percent), _) => ("percent", Some(i64::from(percent))),
            (None, Some(cap)) => ("cap", Some(cap)),
            (None, None) => ("none", None),
        };
        let monthly = row.lemon_squeezy_variant_id_monthly.map(|_| "monthly");
        let yearly = row.lemon_squeezy_variant_id_yearly.map(|_| "yearly");
        let sold = row.is_active;
        Self {
            id: row.id,
            name: row.name,
            version: row.version,
            display_name: row.display_name,
            description: row.description,
            monthly_price: row.monthly_price.map(price),
            yearly_price: row.yearly_price.map(price),
            currency: row.currency_code,
            credits: row.credits,
            storage_bytes: row.storage_bytes,
            queue_count: row.queue_count,
            tier_level: row.tier_level,
            rollover,
            rollover_value,
            features: row.features.0,
            cycles: [monthly, yearly].into_iter().flatten().filter(|_| sold).collect(),
            is_active: row.is_active,
        }
    }
}

/// Cents as a decimal with two digits.
fn price(cents: i64) -> String {
    Decimal::new(cents, 2).to_string()
}

/// All plans, the smallest first.
#[utoipa::path(get, path = "/v1/plans", tag = "subscriptions", operation_id = "list_plans",
    params(MinPosition),
    responses((status = 200, description = "The price list", body = List<PlanBody>)))]
pub async fn list_plans(
    State(app): State<App>,
    at_least: AtLeast,
) -> Result<List<PlanBody>, Problem> {
    at_least.reached(&app, READS).await?;
    Ok(List::whole(all(&app).await?))
}

/// One plan.
#[utoipa::path(get, path = "/v1/plans/{name}", tag = "subscriptions", operation_id = "read_plan",
    params(("name" = String, Path, description = "free, starter, pro, studio or enterprise"), MinPosition),
    responses((status = 200, description = "The plan", body = PlanBody)))]
pub async fn read_plan(
    State(app): State<App>,
    Path(name): Path<String>,
    at_least: AtLeast,
) -> Result<Json<PlanBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let found = read::named(app.reads.public(), &name).await.or_fault("read a plan")?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("plan"))?.into()))
}

/// Every plan, as everybody may see it.
///
/// # Errors
/// The read tables cannot be read.
pub async fn all(app: &App) -> Result<Vec<PlanBody>, Problem> {
    let rows = read::all(app.reads.public()).await.or_fault("read plans")?;
    Ok(rows.into_iter().map(PlanBody::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_has_two_digits() {
        assert_eq!([0, 5, 2_500, 75_050].map(price), ["0.00", "0.05", "25.00", "750.50"]);
    }
}
