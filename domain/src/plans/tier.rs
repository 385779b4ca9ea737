//! The five tiers, each with the plan of the same name, and how often a plan is paid.

use serde::{Deserialize, Serialize};

/// What a person is to Folio as a customer (IAM-09); also the name of the plan (SUB-01). In order.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Everybody without a plan (D-06).
    #[default]
    Free,
    /// The smallest plan.
    Starter,
    /// For people who paint daily.
    Pro,
    /// For studios.
    Studio,
    /// By contract.
    Enterprise,
}

impl Tier {
    /// All, the smallest first.
    pub const ALL: [Self; 5] =
        [Self::Free, Self::Starter, Self::Pro, Self::Studio, Self::Enterprise];

    /// The word in routes, tables and events.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Starter => "starter",
            Self::Pro => "pro",
            Self::Studio => "studio",
            Self::Enterprise => "enterprise",
        }
    }

    /// The tier of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.word() == word)
    }

    /// `tier_level` of SUB-02: 0 for nobody's customer, 4 for those with a contract.
    #[must_use]
    pub const fn level(self) -> u8 {
        self as u8
    }
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// How often a plan is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cycle {
    /// Every month.
    Monthly,
    /// Once a year; credits come monthly all the same (P4).
    Yearly,
}

impl Cycle {
    /// The word in routes, tables and events.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
        }
    }

    /// The cycle of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Monthly, Self::Yearly].into_iter().find(|cycle| cycle.word() == word)
    }
}
