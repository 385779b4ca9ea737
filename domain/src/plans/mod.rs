//! Plans: what can be subscribed to, and what it gives (SUB-01..03). A plan has versions; whoever
//! subscribed to one keeps it. What Lemon Squeezy calls a plan is mapped beside, per environment.

mod error;
mod event;
mod publish;
mod seeds;
mod terms;
#[cfg(test)]
mod tests;
mod tier;

pub use error::PlanError;
pub use event::*;
pub use publish::{PublishPlan, Variant, meaning};
pub use seeds::{SeedPlans, seed};
pub use terms::*;
pub use tier::{Cycle, Tier};

use std::collections::BTreeMap;

use publish::map_variant;
use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// How often a plan can be published.
pub const VERSIONS_MAX: usize = 1_000;

/// What can be asked of a plan.
#[derive(Debug, Clone)]
pub enum PlanCommand {
    /// Sell it on these terms.
    Publish {
        /// Which.
        tier: Tier,
        /// On which.
        terms: Terms,
    },
    /// Let Lemon Squeezy's variant mean it.
    MapVariant {
        /// Which.
        tier: Tier,
        /// Paid how often.
        cycle: Cycle,
        /// `variant_id`.
        variant: u64,
    },
    /// Sell it no more.
    Retire {
        /// Which.
        tier: Tier,
    },
}

/// Every version there was, for those who have it, and every variant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    versions: Vec<Terms>,
    variants: BTreeMap<u64, Cycle>,
    for_sale: BTreeMap<Cycle, u64>,
    retired: bool,
}

aggregate!(Plan, "plan", PlanCommand, PlanEvent, PlanError);

impl Decide for Plan {
    fn decide(&self, command: PlanCommand) -> Result<Vec<PlanEvent>, PlanError> {
        match command {
            PlanCommand::Publish { tier, terms } => {
                if self.versions.last() == Some(&terms) && !self.retired {
                    return Ok(vec![]);
                }
                if self.versions.len() >= VERSIONS_MAX {
                    return Err(PlanError::TooManyVersions { max: VERSIONS_MAX });
                }
                Ok(vec![PlanEvent::Published { plan: tier, version: self.version() + 1, terms }])
            }
            PlanCommand::MapVariant { tier, cycle, variant } => {
                if self.variants.get(&variant).is_some_and(|known| *known != cycle) {
                    return Err(PlanError::VariantTaken { variant });
                }
                if self.for_sale.get(&cycle) == Some(&variant) {
                    return Ok(vec![]);
                }
                Ok(vec![PlanEvent::VariantMapped { plan: tier, cycle, variant }])
            }
            PlanCommand::Retire { tier: Tier::Free } => Err(PlanError::Free),
            PlanCommand::Retire { tier } if self.versions.is_empty() => {
                Err(PlanError::Unpublished { plan: tier })
            }
            PlanCommand::Retire { .. } if self.retired => Ok(vec![]),
            PlanCommand::Retire { tier } => Ok(vec![PlanEvent::Retired { plan: tier }]),
        }
    }
}

impl Plan {
    /// The newest version; 0 before there is one.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.versions.len() as u32 // At most [`VERSIONS_MAX`].
    }

    /// The terms of a version.
    #[must_use]
    pub fn terms(&self, version: u32) -> Option<&Terms> {
        self.versions.get(usize::try_from(version.checked_sub(1)?).ok()?)
    }

    /// What Lemon Squeezy sells it as; `None` if it is not sold by this cycle.
    #[must_use]
    pub fn variant_for_sale(&self, cycle: Cycle) -> Option<u64> {
        self.for_sale.get(&cycle).copied().filter(|_| !self.retired)
    }

    /// How often it is paid by whoever has this variant of it.
    #[must_use]
    pub fn cycle_of(&self, variant: u64) -> Option<Cycle> {
        self.variants.get(&variant).copied()
    }

    fn evolve(&mut self, event: PlanEvent) {
        match event {
            PlanEvent::Published { terms, .. } => {
                self.versions.push(terms);
                self.retired = false;
            }
            PlanEvent::VariantMapped { cycle, variant, .. } => {
                self.variants.insert(variant, cycle);
                self.for_sale.insert(cycle, variant);
            }
            PlanEvent::Retired { .. } => self.retired = true,
        }
    }
}
