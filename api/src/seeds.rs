//! What a new log begins with: the plans of the price list, as events (SUB-02). At every start, for
//! what is there already changes nothing, and what Lemon Squeezy calls the plans may have changed.

use anyhow::Context as _;
use domain::Actor;
use domain::plans::{SeedPlans, Variant};
use eventstore::Command;

use crate::app::App;
use crate::http::Trace;

/// Its name, as the cause of events (SUB-02).
const NAME: &str = "system";

/// Publishes what is not published, and maps the variants of the configuration.
///
/// # Errors
/// The log does not answer, or a variant is mapped to two plans.
pub async fn plant(app: &App) -> anyhow::Result<()> {
    let names = app.config.lemonsqueezy.variants.iter();
    let variants =
        names.map(|name| Variant { plan: name.plan, cycle: name.cycle, variant: name.variant });
    let decision = SeedPlans { variants: variants.collect() };
    let metadata = Trace::fresh().metadata(Actor::Process(NAME.to_owned()), app.clock.now());
    let command = Command { key: app.attempt(), metadata, decision };
    let answer = app.writer.execute(command).await.context("publish the plans")?;
    answer.outcome.context("publish the plans")
}
