//! The rules of plans, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use super::*;
use crate::given::Given;
use crate::{Amount, One, PlanId, Refusal};

fn variant(plan: Tier, cycle: Cycle, variant: u64) -> Variant {
    Variant { plan, cycle, variant }
}

fn seeded(variants: &[Variant]) -> Given {
    let mut log = Given::nothing();
    log.when(&SeedPlans { variants: variants.to_vec() }).unwrap();
    log
}

fn plan(log: &Given, tier: Tier) -> Plan {
    log.state(PlanId::of(tier))
}

#[test]
fn a_new_log_sells_the_plans_of_the_seeds() {
    let log = seeded(&[]);
    let figures = |tier| {
        let terms = plan(&log, tier).terms(1).unwrap().clone();
        let gib = terms.storage_bytes.map(|bytes| bytes >> 30);
        (terms.monthly_price, terms.yearly_price, terms.credits.get(), gib, terms.queues)
    };
    assert_eq!(figures(Tier::Free), (Some(0), Some(0), 0, Some(1), Some(1)));
    assert_eq!(figures(Tier::Starter), (Some(2_500), Some(25_000), 5_000, Some(20), Some(1)));
    assert_eq!(figures(Tier::Pro), (Some(7_500), Some(75_000), 15_000, Some(100), Some(1)));
    assert_eq!(figures(Tier::Studio), (Some(15_000), Some(150_000), 30_000, Some(200), Some(3)));
    assert_eq!(figures(Tier::Enterprise), (None, None, 0, None, None), "by contract (D-06)");
}

#[test]
fn a_bigger_plan_lets_one_do_more() {
    let has = |tier| seed(tier).features.into_keys().collect::<Vec<_>>();
    assert!(has(Tier::Free).is_empty());
    assert_eq!(has(Tier::Starter), ["sd_models"]);
    assert_eq!(has(Tier::Pro), ["flux_model", "nano_banana_api", "sd_models"]);
    assert_eq!(has(Tier::Studio).len(), 4);
    assert_eq!(has(Tier::Enterprise), has(Tier::Studio), "all there is");
}

#[test]
fn seeding_again_changes_nothing_and_undoes_no_operator() {
    let variants = [variant(Tier::Pro, Cycle::Monthly, 112)];
    let mut log = seeded(&variants);
    let mut terms = seed(Tier::Pro);
    terms.credits = Amount::new(16_000).unwrap();
    log.when(&PublishPlan { plan: Tier::Pro, terms: terms.clone() }).unwrap();
    assert!(log.when(&SeedPlans { variants: variants.to_vec() }).unwrap().events.is_empty());
    assert_eq!(plan(&log, Tier::Pro).terms(2), Some(&terms));
    assert_eq!(plan(&log, Tier::Pro).terms(1), Some(&seed(Tier::Pro)), "who has it keeps it");
    let again = log.when(&PublishPlan { plan: Tier::Pro, terms }).unwrap();
    assert_eq!((again.reply, again.events.len()), (2, 0));
}

#[test]
fn a_variant_means_one_plan_for_ever() {
    let mut log = seeded(&[variant(Tier::Pro, Cycle::Monthly, 112)]);
    let newer = SeedPlans { variants: vec![variant(Tier::Pro, Cycle::Monthly, 212)] };
    assert_eq!(log.when(&newer).unwrap().types(), ["plan.variant_mapped"]);
    assert_eq!(plan(&log, Tier::Pro).variant_for_sale(Cycle::Monthly), Some(212));
    assert_eq!(plan(&log, Tier::Pro).cycle_of(112), Some(Cycle::Monthly), "some still have it");
    for taken in
        [variant(Tier::Starter, Cycle::Monthly, 112), variant(Tier::Pro, Cycle::Yearly, 112)]
    {
        let refused = log.when(&SeedPlans { variants: vec![taken] }).unwrap_err();
        assert_eq!(refused, Refusal::Plan(PlanError::VariantTaken { variant: 112 }));
    }
}

#[test]
fn a_retired_plan_is_not_sold_until_it_is_published_again() {
    let mut log = seeded(&[variant(Tier::Pro, Cycle::Monthly, 112)]);
    let retire = |tier| One::<Plan>::of(PlanId::of(tier), PlanCommand::Retire { tier });
    assert_eq!(log.when(&retire(Tier::Pro)).unwrap().types(), ["plan.retired"]);
    assert!(log.when(&retire(Tier::Pro)).unwrap().events.is_empty());
    assert_eq!(plan(&log, Tier::Pro).variant_for_sale(Cycle::Monthly), None);
    assert_eq!(plan(&log, Tier::Pro).cycle_of(112), Some(Cycle::Monthly), "who has it keeps it");
    assert_eq!(log.when(&retire(Tier::Free)).unwrap_err(), Refusal::Plan(PlanError::Free));
    let again = PublishPlan { plan: Tier::Pro, terms: seed(Tier::Pro) };
    assert_eq!(log.when(&again).unwrap().reply, 2);
    assert_eq!(plan(&log, Tier::Pro).variant_for_sale(Cycle::Monthly), Some(112));
}

#[test]
fn words_name_tiers_and_cycles_both_ways() {
    for tier in Tier::ALL {
        assert_eq!(Tier::parse(tier.word()), Some(tier));
    }
    assert_eq!(Tier::ALL.map(Tier::level), [0, 1, 2, 3, 4]);
    assert_eq!(Cycle::parse("yearly"), Some(Cycle::Yearly));
    assert_eq!(Cycle::parse("weekly"), None);
}
