//! Operators publish plans and take them from sale. Whoever has one keeps the version they have.

use std::collections::BTreeMap;

use axum::extract::State;
use domain::input::{FieldError, given};
use domain::plans::{
    FEATURE_CONFIG_BYTES_MAX, FEATURES_MAX, Feature, FeatureKey, PRICE_CENTS_MAX, Plan,
    PlanCommand, PlanDescription, PlanTitle, PublishPlan, QUEUES_MAX, STORAGE_BYTES_MAX, Terms,
    Tier,
};
use domain::wallets::Rollover;
use domain::{Amount, One, PlanId};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, NoBody, OptionallyKeyed, Path};
use crate::problem::Problem;

/// The next version of a plan. What is absent has no limit, or a price by contract.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// What it is called.
    #[schema(min_length = 1, max_length = 100, example = "Pro")]
    display_name: String,
    /// What it is for.
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    #[serde(default, deserialize_with = "given")]
    description: Option<String>,
    /// Dollars each month, a decimal with two digits at most.
    #[schema(nullable = false, example = "75.00")]
    #[serde(default, deserialize_with = "given")]
    monthly_price: Option<String>,
    /// Dollars each year, a decimal with two digits at most.
    #[schema(nullable = false, example = "750.00")]
    #[serde(default, deserialize_with = "given")]
    yearly_price: Option<String>,
    /// Credits each month.
    #[schema(minimum = 0, example = 15_000)]
    credits: i64,
    /// Bytes of pictures.
    #[schema(nullable = false, minimum = 0)]
    #[serde(default, deserialize_with = "given")]
    storage_bytes: Option<i64>,
    /// Jobs that may run at once.
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    #[serde(default, deserialize_with = "given")]
    queue_count: Option<u32>,
    /// How many parts of a hundred of what is left of a month live on for another.
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    #[serde(default, deserialize_with = "given")]
    rollover_percent: Option<u8>,
    /// How much of what is left of a month lives on for another at most.
    #[schema(nullable = false, minimum = 0)]
    #[serde(default, deserialize_with = "given")]
    rollover_cap: Option<i64>,
    /// What it lets one do, by key: each with `enabled` and perhaps `config`.
    #[schema(value_type = Value)]
    features: BTreeMap<String, NewFeature>,
}

/// Something a plan lets one do, or not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFeature {
    /// Whether it does.
    enabled: bool,
    /// How far, in the feature's own words.
    config: Option<Value>,
}

impl NewPlan {
    fn parse(self) -> Result<Terms, FieldError> {
        let display_name = PlanTitle::parse(&self.display_name)
            .map_err(|e| FieldError::new("/display_name", e))?;
        let description = self.description.map(|text| PlanDescription::parse(&text)).transpose();
        let description = description.map_err(|e| FieldError::new("/description", e))?;
        let credits = Amount::new(self.credits).map_err(|e| FieldError::new("/credits", e))?;
        let storage =
            self.storage_bytes.is_none_or(|bytes| (0..=STORAGE_BYTES_MAX).contains(&bytes));
        if !storage {
            let detail = format!("0 to {STORAGE_BYTES_MAX}");
            return Err(FieldError::new("/storage_bytes", detail));
        }
        if !self.queue_count.is_none_or(|queues| (1..=QUEUES_MAX).contains(&queues)) {
            return Err(FieldError::new("/queue_count", format!("1 to {QUEUES_MAX}")));
        }
        let rollover = rollover(self.rollover_percent, self.rollover_cap)?;
        Ok(Terms {
            display_name: display_name.into(),
            description: description.map(String::from),
            monthly_price: cents("/monthly_price", self.monthly_price)?,
            yearly_price: cents("/yearly_price", self.yearly_price)?,
            credits,
            storage_bytes: self.storage_bytes,
            queues: self.queue_count,
            rollover,
            features: features(self.features)?,
        })
    }
}

fn cents(pointer: &str, text: Option<String>) -> Result<Option<i64>, FieldError> {
    let Some(text) = text else { return Ok(None) };
    let cents = text.parse::<Decimal>().ok().and_then(|price| price.checked_mul(100.into()));
    let cents = cents.filter(Decimal::is_integer).and_then(|cents| cents.to_i64());
    let cents = cents.filter(|cents| (0..=PRICE_CENTS_MAX).contains(cents));
    let wrong = || FieldError::new(pointer, "a decimal from 0 to 999999.99, two digits at most");
    cents.map(Some).ok_or_else(wrong)
}

fn rollover(percent: Option<u8>, cap: Option<i64>) -> Result<Option<Rollover>, FieldError> {
    match (percent, cap) {
        (None, None) => Ok(None),
        (Some(percent @ 0..=100), None) => Ok(Some(Rollover::Percent(percent))),
        (Some(_), None) => Err(FieldError::new("/rollover_percent", "0 to 100")),
        (None, Some(cap)) => {
            let cap = Amount::new(cap).map_err(|e| FieldError::new("/rollover_cap", e))?;
            Ok(Some(Rollover::Cap(cap)))
        }
        (Some(_), Some(_)) => {
            Err(FieldError::new("/rollover_cap", "either rollover_percent or this"))
        }
    }
}

fn features(asked: BTreeMap<String, NewFeature>) -> Result<BTreeMap<String, Feature>, FieldError> {
    if asked.len() > FEATURES_MAX {
        return Err(FieldError::new("/features", format!("at most {FEATURES_MAX}")));
    }
    let mut features = BTreeMap::new();
    for (key, NewFeature { enabled, config }) in asked {
        let pointer = "/features";
        let key = FeatureKey::parse(&key).map_err(|e| FieldError::new(pointer, e))?;
        let bytes = config.as_ref().map_or(0, |config| config.to_string().len());
        if bytes > FEATURE_CONFIG_BYTES_MAX {
            let detail = format!("a config has at most {FEATURE_CONFIG_BYTES_MAX} bytes");
            return Err(FieldError::new(pointer, detail));
        }
        features.insert(String::from(key), Feature { enabled, config });
    }
    Ok(features)
}

/// A published plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedPlan {
    /// Which.
    name: &'static str,
    /// Its version now.
    version: u32,
}

/// A plan taken from sale.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetiredPlan {
    /// Which.
    name: &'static str,
}

/// Publish the next version of a plan. The terms of now again change nothing.
#[utoipa::path(put, path = "/v1/admin/plans/{name}", tag = "admin", operation_id = "publish_plan",
    security(("bearer" = ["admin"])), request_body = NewPlan,
    params(("name" = String, Path, description = "free, starter, pro, studio or enterprise"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Published", body = Positioned<PublishedPlan>),
        (status = 403, description = "forbidden: only admins set prices")))]
pub async fn publish_plan(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    OptionallyKeyed { key, body }: OptionallyKeyed<NewPlan>,
) -> Result<Answered<PublishedPlan>, Problem> {
    let plan = parse_plan(&name)?;
    let decision = PublishPlan { plan, terms: body.parse()? };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|version| PublishedPlan { name: plan.word(), version }))
}

/// Take a plan from sale, until it is published again.
#[utoipa::path(delete, path = "/v1/admin/plans/{name}", tag = "admin", operation_id = "retire_plan",
    security(("bearer" = ["admin"])),
    params(("name" = String, Path, description = "starter, pro, studio or enterprise"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Retired", body = Positioned<RetiredPlan>),
        (status = 403, description = "forbidden: only admins set prices"),
        (status = 409, description = "conflict: free is everybody's")))]
pub async fn retire_plan(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<RetiredPlan>, Problem> {
    let tier = parse_plan(&name)?;
    let decision = One::<Plan>::of(PlanId::of(tier), PlanCommand::Retire { tier });
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| RetiredPlan { name: tier.word() }))
}

/// The plan of a path; another word names none.
fn parse_plan(name: &str) -> Result<Tier, Problem> {
    Tier::parse(name).ok_or_else(|| Problem::not_found("plan"))
}
