//! Where processes and timers meet the outside: their acts become commands, after asking Toss where
//! they must.

use std::sync::Arc;

use domain::exports::{EXPORT_END, EXPORT_MAKE};
use domain::mail::MAIL;
use domain::process::MoneyTimer;
use domain::process::plan_subscription::{CHECKOUT, POLL};
use domain::purchases::PURCHASE_RECONCILE;
use domain::sessions::ForgetSession;
use domain::subscriptions::WISH;
use domain::users::{self, ACCOUNT_DELETION};
use domain::wallets::GrantWelcome;
use domain::webhooks::{BODY, RetryWebhook, WEBHOOK_RETRY};
use domain::{UserId, WebhookId, generations};
use eventstore::carry::{ActError, Carrier, Submission};
use eventstore::timers::Timer;
use uuid::Uuid;

use crate::deletion::Erasure;
use crate::exports::Exporter;
use crate::mail::Post;
use crate::purchases::carrier::Payments;
use crate::subscriptions::carrier::Sales;

/// Timers that ask a provider, a mail server or the object store.
const OUTSIDE: [&str; 7] =
    [MAIL, POLL, WISH, PURCHASE_RECONCILE, ACCOUNT_DELETION, EXPORT_MAKE, EXPORT_END];

/// P1: the welcome grant needs nothing from outside.
pub struct Welcome;

impl Carrier<GrantWelcome> for Welcome {
    fn target(&self, act: &GrantWelcome) -> String {
        act.user.to_string()
    }

    async fn carry_out(&self, act: &GrantWelcome, _: Uuid) -> Result<Option<Submission>, ActError> {
        Ok(Some(Submission::of(act.clone())))
    }
}

/// Whatever rings.
pub struct Bells {
    /// Timers of money and work.
    pub payments: Arc<Payments>,
    /// Letters that are to be sent.
    pub post: Post,
    /// Looks at what webhooks missed.
    pub sales: Sales,
    /// Accounts whose time has come (P7).
    pub erasure: Erasure,
    /// Copies of people's data (D12).
    pub exporter: Exporter,
}

impl Carrier<Timer> for Bells {
    fn target(&self, timer: &Timer) -> String {
        format!("{}:{}", timer.kind, timer.key)
    }

    fn waits_outside(&self, timer: &Timer) -> bool {
        OUTSIDE.contains(&timer.kind.as_str())
    }

    async fn carry_out(&self, timer: &Timer, _: Uuid) -> Result<Option<Submission>, ActError> {
        let Timer { kind, key, bytes, .. } = timer;
        if kind == MAIL {
            return self.post.deliver(bytes).await;
        }
        if kind == POLL {
            let poll = serde_json::from_slice(bytes).map_err(fault)?;
            return self.sales.poll(key, poll).await;
        }
        if kind == CHECKOUT {
            return Ok(None); // Its time is over, and that is all.
        }
        if kind == ACCOUNT_DELETION {
            let user = Uuid::try_parse(key).map(UserId).map_err(fault)?;
            let erased = self.erasure.run(user).await;
            return erased.map(|()| None).map_err(|error| ActError::Unavailable(error.into()));
        }
        let exported = self.exporter.ring(kind, bytes).await;
        if exported.map_err(|error| ActError::Unavailable(error.into()))? {
            return Ok(None);
        }
        if kind == WEBHOOK_RETRY {
            let webhook = Uuid::try_parse(key).map(WebhookId).map_err(fault)?;
            return Ok(Some(Submission::of(RetryWebhook { webhook })));
        }
        if kind == BODY {
            return Ok(None); // Its time is over; with the timer goes what it kept.
        }
        if let Some(rung) = MoneyTimer::read(kind, bytes).map_err(fault)? {
            return Ok(Some(match rung {
                MoneyTimer::ExpireHold(expire) => Submission::of(expire),
                MoneyTimer::ExpireLot(expire) => Submission::of(expire),
                MoneyTimer::WarnOfEnd(warn) => Submission::of(warn),
                MoneyTimer::ExpirePurchase(expire) => Submission::of(expire),
                MoneyTimer::EndAccess(end) => Submission::of(end),
                MoneyTimer::GrantMonth(grant) => Submission::of(grant),
                MoneyTimer::AskForWish(ask) => return self.sales.ask_for(ask).await,
                MoneyTimer::Ask(call) => self.payments.ask(&call).await?,
            }));
        }
        if let Some(forget) = ForgetSession::read(kind, key) {
            return Ok(Some(Submission::of(forget)));
        }
        if let Some(release) = users::timer(kind, bytes).map_err(fault)? {
            return Ok(Some(Submission::of(release)));
        }
        match generations::timer(kind, key, bytes).map_err(fault)? {
            Some(command) => Ok(Some(Submission::of(command))),
            None => {
                Err(ActError::Fault(format!("nobody knows timers of the kind {kind:?}").into()))
            }
        }
    }
}

fn fault(error: impl std::error::Error + Send + Sync + 'static) -> ActError {
    ActError::Fault(Box::new(error))
}
