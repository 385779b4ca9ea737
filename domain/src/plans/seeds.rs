//! The plans of a new log (SUB-02, SUB-03): recorded once, as events, and changed by operators from
//! then on.

use std::collections::BTreeMap;

use super::{Feature, Terms, Tier};
use crate::Amount;
use crate::PlanId;
use crate::aggregate::Stream;
use crate::plans::{Plan, PlanCommand, Variant};
use crate::work::{Decision, Halt, Work};

const GIB: i64 = 1 << 30;
/// Every feature the plans speak of, and the smallest tier that has it.
const FEATURES: [(&str, Tier); 4] = [
    ("sd_models", Tier::Starter),
    ("flux_model", Tier::Pro),
    ("nano_banana_api", Tier::Pro),
    ("lora_training", Tier::Studio),
];

/// Publishes the plans that were never published, and maps the variants of this environment to
/// theirs. Where both are as they should be, nothing happens.
#[derive(Debug, Clone, Default)]
pub struct SeedPlans {
    /// What Lemon Squeezy calls the plans here.
    pub variants: Vec<Variant>,
}

impl Decision for SeedPlans {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        Tier::ALL.into_iter().map(|tier| Stream::of::<Plan>(PlanId::of(tier))).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        for tier in Tier::ALL {
            if work.state::<Plan>(PlanId::of(tier))?.version() == 0 {
                let terms = seed(tier);
                work.decide::<Plan>(PlanId::of(tier), PlanCommand::Publish { tier, terms })?;
            }
        }
        for variant in &self.variants {
            super::map_variant(work, *variant)?;
        }
        Ok(())
    }
}

/// The first version of a plan.
#[must_use]
pub fn seed(tier: Tier) -> Terms {
    let (name, price, credits, storage, queues) = match tier {
        Tier::Free => ("Free", Some((0, 0)), 0, Some(1), Some(1)),
        Tier::Starter => ("Starter", Some((2_500, 25_000)), 5_000, Some(20), Some(1)),
        Tier::Pro => ("Pro", Some((7_500, 75_000)), 15_000, Some(100), Some(1)),
        Tier::Studio => ("Studio", Some((15_000, 150_000)), 30_000, Some(200), Some(3)),
        Tier::Enterprise => ("Enterprise", None, 0, None, None),
    };
    Terms {
        display_name: name.to_owned(),
        description: None,
        monthly_price: price.map(|(monthly, _)| monthly),
        yearly_price: price.map(|(_, yearly)| yearly),
        credits: Amount::new(credits).unwrap_or(Amount::ZERO),
        storage_bytes: storage.map(|gib: i64| gib * GIB),
        queues,
        rollover: None,
        features: features(tier),
    }
}

fn features(tier: Tier) -> BTreeMap<String, Feature> {
    let has = FEATURES.iter().filter(|(_, from)| tier >= *from);
    has.map(|(key, _)| ((*key).to_owned(), Feature::ON)).collect()
}
