//! What a new log begins with: plans and packages of the price lists, as events (SUB-02, PUR-01). At
//! every start, for what is there already changes nothing, and what Lemon Squeezy calls the plans may
//! have changed.

use anyhow::Context as _;
use domain::packages::SeedPackages;
use domain::plans::{SeedPlans, Variant};
use domain::{Actor, Decision};
use eventstore::Command;

use crate::app::App;
use crate::http::Trace;

/// Its name, as the cause of events (SUB-02).
const NAME: &str = "system";

/// Publishes what was not published, and maps the variants of the configuration.
///
/// # Errors
/// The log does not answer, or a variant is mapped to two plans.
pub async fn plant(app: &App) -> anyhow::Result<()> {
    let names = app.config.lemonsqueezy.variants.iter();
    let variants =
        names.map(|name| Variant { plan: name.plan, cycle: name.cycle, variant: name.variant });
    let plans = SeedPlans { variants: variants.collect() };
    record(app, plans).await.context("publish the plans")?;
    record(app, SeedPackages).await.context("publish the packages")
}

async fn record(app: &App, decision: impl Decision<Reply = ()>) -> anyhow::Result<()> {
    let metadata = Trace::fresh().metadata(Actor::Process(NAME.to_owned()), app.clock.now());
    let command = Command { key: app.attempt(), metadata, decision };
    Ok(app.writer.execute(command).await?.outcome?)
}
