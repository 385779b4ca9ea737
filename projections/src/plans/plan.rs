//! The table `plans`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::plans::Feature;
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Json, Query, ReadError, Reader, Readers, Statement};

table! {
    /// A plan as it is sold now (SUB-01); who has an older version keeps it.
    pub struct Plan: "plans" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// `free`, `starter`, `pro`, `studio` or `enterprise`; also the tier it gives.
        pub name: String,
        /// Counts from 1.
        pub version: i64,
        /// What it is called.
        pub display_name: String,
        /// What it is for.
        pub description: Option<String>,
        /// Each month, in cents; none if by contract.
        pub monthly_price: Option<i64>,
        /// Each year, in cents; none if by contract.
        pub yearly_price: Option<i64>,
        /// ISO 4217.
        pub currency_code: String,
        /// Credits each month.
        pub credits: i64,
        /// Bytes of pictures; none if without limit.
        pub storage_bytes: Option<i64>,
        /// Jobs that may run at once; none if without limit.
        pub queue_count: Option<i64>,
        /// 0 to 4.
        pub tier_level: i16,
        /// Parts of a hundred of what is left of a month that live on.
        pub rollover_percent: Option<i16>,
        /// How much of what is left of a month lives on at most.
        pub rollover_cap: Option<i64>,
        /// What it lets one do; the rows of `plan_features` in one.
        pub features: Json<BTreeMap<String, Feature>>,
        /// What Lemon Squeezy calls it by the month.
        pub lemon_squeezy_variant_id_monthly: Option<String>,
        /// What Lemon Squeezy calls it by the year.
        pub lemon_squeezy_variant_id_yearly: Option<String>,
        /// Whether it is sold.
        pub is_active: bool,
        /// When its first version was published.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::EVERYBODY }
    checks {
        plans_tier_level_check: "tier_level between 0 and 4",
        plans_credits_check: "credits >= 0",
    }
    indexes {
        plans_name: "(name)",
        plans_level: "(tier_level)",
    }
}

table! {
    /// Something a plan lets one do, or not (SUB-03).
    pub struct PlanFeature: "plan_features" key (plan_id: Uuid, feature_key: String) {
        /// Which plan.
        pub plan_id: Uuid,
        /// What, for example `flux_model`.
        pub feature_key: String,
        /// Whether it does.
        pub enabled: bool,
        /// How far, in the feature's own words.
        pub config: Json<Option<serde_json::Value>>,
        /// When the plan first spoke of it.
        pub created_at: DateTime<Utc>,
        /// When that last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::EVERYBODY }
    checks {}
    indexes {}
}

static ALL: Query<Plan> = Query::rows("order by tier_level limit $1");
static NAMED: Query<Plan> = Query::rows("where name = $1");
static FEATURES: Query<PlanFeature> = Query::rows("where plan_id = $1 order by feature_key");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&ALL, &NAMED, &FEATURES];

/// More plans than there are tiers.
const PLANS_MAX: i64 = 100;

/// Every plan, the smallest first. Reads by `plans_level`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn all(reader: Reader<'_>) -> Result<Vec<Plan>, ReadError> {
    ALL.all(reader, &[&PLANS_MAX]).await
}

/// One plan. Reads by `plans_name`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn named(reader: Reader<'_>, name: &str) -> Result<Option<Plan>, ReadError> {
    NAMED.one(reader, &[&name]).await
}

/// What a plan lets one do, by key. Reads by the primary key.
///
/// # Errors
/// The read tables cannot be read.
pub async fn features(reader: Reader<'_>, plan: Uuid) -> Result<Vec<PlanFeature>, ReadError> {
    FEATURES.all(reader, &[&plan]).await
}
