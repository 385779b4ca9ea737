//! Where P3 meets Lemon Squeezy: deliveries become what the domain observes, wishes become calls.

mod alarm;
mod bring;
mod deliveries;
mod poll;
mod whose;
mod wishes;

pub use wishes::known;

use cqrs_es::Aggregate as _;
use domain::process::plan_subscription::{PROVIDER, PlanSubscriptionAct};
use domain::subscriptions::Subscription;
use domain::{Actor, Decision, Metadata, Refusal, SubscriptionId};
use eventstore::Command;
use eventstore::carry::{ActError, Carrier, Submission};
use uuid::Uuid;

use crate::app::App;
use crate::providers::lemonsqueezy::{LemonSqueezyError, Unclear};

/// Carries out the acts of P3.
#[derive(Clone)]
pub struct Sales {
    /// Everything.
    pub app: App,
}

impl Carrier<PlanSubscriptionAct> for Sales {
    fn target(&self, act: &PlanSubscriptionAct) -> String {
        match act {
            PlanSubscriptionAct::WorkOff(webhook) => webhook.to_string(),
            PlanSubscriptionAct::Ask(ask) => ask.subscription.to_string(),
            PlanSubscriptionAct::Warn { subscription, .. } => subscription.to_string(),
        }
    }

    async fn carry_out(
        &self,
        act: &PlanSubscriptionAct,
        id: Uuid,
    ) -> Result<Option<Submission>, ActError> {
        match act {
            PlanSubscriptionAct::WorkOff(webhook) => self.work_off(*webhook, id).await,
            PlanSubscriptionAct::Ask(ask) => self.ask_for(*ask).await,
            PlanSubscriptionAct::Warn { subscription, alarm } => {
                alarm::raise(*subscription, alarm);
                Ok(None)
            }
        }
    }
}

impl Sales {
    /// Whether it was told of. The log is asked: what was just appended counts.
    async fn is_known(&self, subscription: SubscriptionId) -> Result<bool, ActError> {
        let log = &self.app.log;
        let first = log.stream(Subscription::TYPE, subscription.0, 0, 1).await;
        Ok(!first.map_err(unavailable)?.is_empty())
    }

    /// Has something decided, once for this id.
    async fn decide<D: Decision>(
        &self,
        id: Uuid,
        decision: D,
    ) -> Result<Result<D::Reply, Refusal>, ActError> {
        let actor = Actor::Process(format!("{PROVIDER}:show"));
        let metadata = Metadata::new(actor, self.app.clock.now(), id);
        let key = self.app.fact("process:plan-subscription:show", id);
        let answer = self.app.writer.execute(Command { key, metadata, decision }).await;
        Ok(answer.map_err(unavailable)?.outcome)
    }
}

/// Why something could not be brought.
#[derive(Debug)]
enum Trouble {
    /// Theirs, or that there is no such thing.
    LemonSqueezy(LemonSqueezyError),
    /// It says what we do not understand, and will say it again.
    Unclear(Unclear),
    /// Ours: to be tried again as a whole.
    Ours(ActError),
}

impl From<LemonSqueezyError> for Trouble {
    fn from(error: LemonSqueezyError) -> Self {
        Self::LemonSqueezy(error)
    }
}

impl From<Unclear> for Trouble {
    fn from(unclear: Unclear) -> Self {
        Self::Unclear(unclear)
    }
}

impl From<ActError> for Trouble {
    fn from(error: ActError) -> Self {
        Self::Ours(error)
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> ActError {
    ActError::Unavailable(Box::new(error))
}
