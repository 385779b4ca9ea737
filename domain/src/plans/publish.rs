//! Publishing and retiring plans, and what their variants mean.

use super::{Cycle, Plan, PlanCommand, PlanError, Terms, Tier};
use crate::PlanId;
use crate::aggregate::Stream;
use crate::work::{Decision, Halt, Work};

/// What is unique: a variant means one plan.
const VARIANT_CLAIM: &str = "plan-variant";

/// What Lemon Squeezy calls a plan paid by a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Which plan.
    pub plan: Tier,
    /// Paid how often.
    pub cycle: Cycle,
    /// `variant_id`.
    pub variant: u64,
}

/// An operator publishes a version of a plan. The terms of now again change nothing.
#[derive(Debug, Clone)]
pub struct PublishPlan {
    /// Which.
    pub plan: Tier,
    /// On which terms.
    pub terms: Terms,
}

impl Decision for PublishPlan {
    type Reply = u32;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Plan>(PlanId::of(self.plan))]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<u32, Halt> {
        let (plan, terms) = (self.plan, self.terms.clone());
        work.decide::<Plan>(PlanId::of(plan), PlanCommand::Publish { tier: plan, terms })?;
        Ok(work.state::<Plan>(PlanId::of(plan))?.version())
    }
}

/// Gives a variant its meaning, which it keeps.
///
/// # Errors
/// [`PlanError::VariantTaken`], and refusals of [`PlanCommand::MapVariant`].
pub(super) fn map_variant(work: &mut Work<'_>, map: Variant) -> Result<(), Halt> {
    let Variant { plan, cycle, variant } = map;
    let id = PlanId::of(plan);
    if work.decide::<Plan>(id, PlanCommand::MapVariant { tier: plan, cycle, variant })? > 0 {
        let owner = Stream::of::<Plan>(id).id;
        let taken = PlanError::VariantTaken { variant };
        work.claim(VARIANT_CLAIM, variant.to_string(), owner, taken)?;
    }
    Ok(())
}

/// The plan and the cycle that a variant means, if it means any.
///
/// # Errors
/// [`Halt::Missing`] while a plan is not loaded.
pub fn meaning(work: &mut Work<'_>, variant: u64) -> Result<Option<(Tier, Cycle)>, Halt> {
    for tier in Tier::ALL {
        if let Some(cycle) = work.state::<Plan>(PlanId::of(tier))?.cycle_of(variant) {
            return Ok(Some((tier, cycle)));
        }
    }
    Ok(None)
}
