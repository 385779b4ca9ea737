//! What a plan costs and gives, in one version of it (SUB-01..03).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Cycle;
use crate::Amount;
use crate::input::{Shape, TextError, bounded, text};
use crate::wallets::Rollover;

text!(/** What a plan is called by people. */ PlanTitle, Line, 1..=100);
text!(/** What a plan is for. */ PlanDescription, Prose, 1..=1000);

/// The most a plan costs, in cents.
pub const PRICE_CENTS_MAX: i64 = 99_999_999;
/// The most a plan stores, in bytes: 1 PiB.
pub const STORAGE_BYTES_MAX: i64 = 1 << 50;
/// The most jobs of a person that a plan lets run at once.
pub const QUEUES_MAX: u32 = 1_000;
/// The most features a plan speaks of.
pub const FEATURES_MAX: usize = 50;
/// The longest configuration of a feature, in bytes of JSON.
pub const FEATURE_CONFIG_BYTES_MAX: usize = 4_096;
/// The only currency plans are sold in.
pub const CURRENCY: &str = "USD";

/// One version of a plan. What is `None` has no limit, or a price by contract (D-06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What it is called.
    pub display_name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Each month, in cents.
    pub monthly_price: Option<i64>,
    /// Each year, in cents.
    pub yearly_price: Option<i64>,
    /// Credits each month, whether paid monthly or yearly.
    pub credits: Amount,
    /// Bytes of pictures.
    pub storage_bytes: Option<i64>,
    /// Jobs that may run at once (SUB-11).
    pub queues: Option<u32>,
    /// What becomes of credits that are left at the end of a month (LED-14); nothing, if not said.
    pub rollover: Option<Rollover>,
    /// What it lets one do.
    pub features: BTreeMap<String, Feature>,
}

impl Terms {
    /// What a month or a year of it costs, in cents; none if that is by contract.
    #[must_use]
    pub fn price(&self, cycle: Cycle) -> Option<i64> {
        match cycle {
            Cycle::Monthly => self.monthly_price,
            Cycle::Yearly => self.yearly_price,
        }
    }
}

/// Something a plan lets one do, or not (SUB-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// Whether it does.
    pub enabled: bool,
    /// How far, in the feature's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<serde_json::Value>,
}

impl Feature {
    /// Without limits of its own.
    pub const ON: Self = Self { enabled: true, config: None };
}

/// What a feature is called by machines, for example `flux_model`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeatureKey(String);

impl FeatureKey {
    /// The most characters.
    pub const CHARS_MAX: usize = 50;

    /// A key.
    ///
    /// # Errors
    /// Length or pattern.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = bounded(text, Shape::Line, 1, Self::CHARS_MAX)?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if text.chars().all(fits) && text.starts_with(|c: char| c.is_ascii_lowercase()) {
            Ok(Self(text))
        } else {
            Err(TextError::Pattern("lower-case letters a-z, digits and '_' are possible"))
        }
    }
}

impl From<FeatureKey> for String {
    fn from(key: FeatureKey) -> Self {
        key.0
    }
}
