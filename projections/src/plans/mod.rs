//! `plans`, `plan_features`: what can be subscribed to, and what it gives (SUB-01..03).

mod plan;

pub use plan::*;

use std::collections::BTreeMap;

use domain::PlanId;
use domain::plans::{CURRENCY, Cycle, Feature, PlanEvent, Terms, Tier};
use domain::wallets::Rollover;
use eventstore::Entry;
use eventstore::seal::Keyring;
use uuid::Uuid;

use crate::Projector;
use crate::frame::{Batch, Definition, Json, Poison, Statement, Table};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[plan::STATEMENTS];

/// Fills this context's tables.
pub struct Plans;

impl Projector for Plans {
    fn name(&self) -> &'static str {
        "plans"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["plan"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Plan::DEFINITION, PlanFeature::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        match entry.event.of() {
            Some(PlanEvent::Published { plan, version, terms }) => {
                publish(*plan, *version, terms, batch);
            }
            Some(PlanEvent::VariantMapped { plan, cycle, variant }) => {
                let (cycle, variant) = (*cycle, Some(variant.to_string()));
                batch.update::<Plan>(PlanId::of(*plan).0, move |row| match cycle {
                    Cycle::Monthly => row.lemon_squeezy_variant_id_monthly = variant,
                    Cycle::Yearly => row.lemon_squeezy_variant_id_yearly = variant,
                });
            }
            Some(PlanEvent::Retired { plan }) => {
                batch.update::<Plan>(PlanId::of(*plan).0, |row| row.is_active = false);
            }
            None => {}
        }
        Ok(())
    }
}

fn publish(plan: Tier, version: u32, terms: &Terms, batch: &mut Batch) {
    let id = PlanId::of(plan).0;
    let fresh = Plan {
        id,
        name: plan.word().to_owned(),
        version: 0,
        display_name: String::new(),
        description: None,
        monthly_price: None,
        yearly_price: None,
        currency_code: CURRENCY.to_owned(),
        credits: 0,
        storage_bytes: None,
        queue_count: None,
        tier_level: i16::from(plan.level()),
        rollover_percent: None,
        rollover_cap: None,
        features: Json::default(),
        lemon_squeezy_variant_id_monthly: None,
        lemon_squeezy_variant_id_yearly: None,
        is_active: true,
        created_at: batch.at(),
        updated_at: batch.at(),
    };
    let terms = terms.clone();
    batch.upsert_then(fresh, move |row: &mut Plan, batch| {
        let before = std::mem::replace(&mut row.features, Json(terms.features.clone()));
        change_features(id, &before.0, terms.features, batch);
        row.version = i64::from(version);
        row.display_name = terms.display_name;
        row.description = terms.description;
        row.monthly_price = terms.monthly_price;
        row.yearly_price = terms.yearly_price;
        row.credits = terms.credits.get();
        row.storage_bytes = terms.storage_bytes;
        row.queue_count = terms.queues.map(i64::from);
        (row.rollover_percent, row.rollover_cap) = match terms.rollover {
            None => (None, None),
            Some(Rollover::Percent(percent)) => (Some(i16::from(percent)), None),
            Some(Rollover::Cap(cap)) => (None, Some(cap.get())),
        };
        row.is_active = true;
    });
}

/// What a version does not speak of any more has no row.
fn change_features(
    plan: Uuid,
    before: &BTreeMap<String, Feature>,
    after: BTreeMap<String, Feature>,
    batch: &mut Batch,
) {
    for gone in before.keys().filter(|key| !after.contains_key(*key)) {
        batch.remove::<PlanFeature>((plan, gone.clone()));
    }
    for (feature_key, feature) in after {
        let fresh = PlanFeature {
            plan_id: plan,
            feature_key,
            enabled: false,
            config: Json(None),
            created_at: batch.at(),
            updated_at: batch.at(),
        };
        batch.upsert(fresh, move |row: &mut PlanFeature| {
            (row.enabled, row.config) = (feature.enabled, Json(feature.config));
        });
    }
}
