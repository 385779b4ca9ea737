//! The steps of P7, carried out: what each is about is found in the read tables, what is done is
//! decided in `domain::process::account_deletion`. Whatever goes wrong, the timer rings again and
//! all steps run again; those that were done find nothing to do.

use anyhow::{Context as _, bail};
use domain::mail::{MAIL, Mail};
use domain::process::account_deletion::{
    BeginErasure, Begun, Claim, Erase, ForgetDeliveries, ForgetLetters, NAME, PAGE_MAX,
    RemoveExports, Step,
};
use domain::users::User;
use domain::{Actor, Decision, PurchaseId, UserId, WebhookId};
use eventstore::Command;
use projections::frame::{Capacity, Page};
use projections::{purchases, webhooks};
use uuid::Uuid;

use crate::app::App;
use crate::extract::AtLeast;
use crate::http::Trace;

/// The tables in which things are found.
const TABLES: [&str; 7] =
    ["purchases", "webhooks", "subscriptions", "generations", "styles", "likes", "images"];
/// What a page of a list asks for.
pub(super) const PAGE: u16 = PAGE_MAX as u16;

/// Erases accounts.
pub struct Erasure {
    /// Everything.
    pub app: App,
}

impl Erasure {
    /// All steps, one after another; stops when it is not, or no longer, to be done.
    ///
    /// # Errors
    /// Something does not answer: to be begun again.
    pub async fn run(&self, user: UserId) -> anyhow::Result<()> {
        self.run_steps(user, &Step::ALL).await
    }

    /// Some of the steps, in their order.
    ///
    /// # Errors
    /// As [`Erasure::run`].
    pub async fn run_steps(&self, user: UserId, steps: &[Step]) -> anyhow::Result<()> {
        self.reach(&TABLES).await?;
        for step in steps {
            tracing::info!(%user, ?step, "erasing");
            match step {
                Step::Begin => {
                    if self.begin(user).await? != Begun::Yes {
                        return Ok(());
                    }
                }
                Step::EndSubscriptions => self.end_subscriptions(user).await?,
                Step::CancelJobs => self.cancel_jobs(user).await?,
                Step::Unpublish => self.unpublish(user).await?,
                Step::RetireStyles => self.retire_styles(user).await?,
                Step::DeleteStyles => self.delete_styles(user).await?,
                Step::RemoveLikes => self.remove_likes(user).await?,
                Step::RemoveImages => self.remove_images(user).await?,
                Step::ForgetDeliveries => self.forget_deliveries(user).await?,
                Step::ForgetLetters => self.forget_letters(user).await?,
                Step::RemoveExports => {
                    let exports = self.app.drop_export_files(user).await?;
                    self.decide(RemoveExports { user, exports }).await?;
                }
                Step::Erase => self.erase(user).await?,
                Step::DropSnapshots => self.app.log.drop_snapshots(user.0).await?,
                Step::SweepTables => projections::rebuild::sweep(&self.app.source.pool).await?,
            }
        }
        Ok(())
    }

    /// Waits until tables show all that has happened up to now.
    pub(super) async fn reach(&self, tables: &[&'static str]) -> anyhow::Result<()> {
        let now = AtLeast::now(&self.app).await.map_err(cause)?;
        now.reached(&self.app, tables).await.map_err(cause).map(drop)
    }

    async fn begin(&self, user: UserId) -> anyhow::Result<Begun> {
        // One that nobody confirmed ends by its own timer within the hour.
        let open = ["confirming", "in_doubt", "awaiting_deposit"].map(str::to_owned);
        let page = Page::after(None, PAGE);
        let reads = self.app.reads.user(user.0);
        let open = purchases::purchases_of(reads, user.0, Some(&open), page).await?;
        let refunds = purchases::refunds_under_way(reads, user.0).await?;
        let purchases = open.into_iter().map(|row| row.id);
        let purchases = purchases.chain(refunds.into_iter().map(|row| row.purchase_id));
        let purchases = purchases.map(PurchaseId).collect();
        self.decide(BeginErasure { user, purchases }).await
    }

    async fn forget_deliveries(&self, user: UserId) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = Page::after(after, PAGE);
            let reader = self.app.reads.capacity(Capacity::Staff);
            let rows = webhooks::of_user(reader, user.0, page).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some((last.created_at, last.id));
            let webhooks = rows.iter().map(|row| WebhookId(row.id)).collect();
            self.decide(ForgetDeliveries { webhooks }).await?;
        }
    }

    async fn forget_letters(&self, user: UserId) -> anyhow::Result<()> {
        loop {
            let letters = self.app.vault.keys(MAIL, &Mail::keys_of(user), PAGE.into()).await;
            let letters = letters.context("look into the outbox")?;
            if letters.is_empty() {
                return Ok(());
            }
            self.decide(ForgetLetters { letters }).await?;
        }
    }

    async fn erase(&self, user: UserId) -> anyhow::Result<()> {
        let held = self.app.log.claims_of::<User>(user).await?;
        let claims = held.into_iter().map(|(scope, value)| Claim { scope, value }).collect();
        self.decide(Erase { user, claims }).await?;
        self.app.forget(user.0);
        Ok(())
    }

    pub(super) async fn decide<D: Decision>(&self, decision: D) -> anyhow::Result<D::Reply> {
        let actor = Actor::Process(NAME.to_owned());
        let metadata = Trace::fresh().metadata(actor, self.app.clock.now());
        let command = Command { key: self.app.attempt(), metadata, decision };
        match self.app.writer.execute(command).await.context("hand in a step")?.outcome {
            Ok(reply) => Ok(reply),
            Err(refusal) => bail!("a step was refused: {refusal}"),
        }
    }
}

impl App {
    /// Lets go of whatever is at hand of a person whose key was destroyed.
    pub fn forget(&self, person: Uuid) {
        self.keyring.forget(person);
        self.senders.forget(person);
    }
}

fn cause(problem: crate::problem::Problem) -> anyhow::Error {
    anyhow::anyhow!("{problem:?}")
}
