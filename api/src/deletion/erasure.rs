//! The steps of P7, carried out: what each is about is found in the read tables, what is done is
//! decided in `domain::process::account_deletion`. Whatever goes wrong, the timer rings again and
//! all steps run again; those that were done find nothing to do.

use anyhow::{Context as _, bail};
use domain::process::account_deletion::{
    BeginErasure, Begun, CancelJobs, Claim, Erase, NAME, PAGE_MAX, RemoveImages, RemoveLikes,
    RetireStyles, Step, Unpublish,
};
use domain::users::User;
use domain::{Actor, Decision, GenerationId, ImageId, PurchaseId, StyleId, UserId};
use eventstore::Command;
use projections::frame::Page;
use projections::generations::Filter;
use projections::{generations, images, likes, purchases, styles};
use uuid::Uuid;

use crate::app::App;
use crate::extract::AtLeast;
use crate::http::Trace;

/// The tables in which things are found.
const TABLES: [&str; 5] = ["purchases", "generations", "styles", "likes", "images"];
/// What a page of a list asks for.
const PAGE: u16 = PAGE_MAX as u16;

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
        let reached = AtLeast::now(&self.app).await;
        let reached = reached.map_err(cause)?.reached(&self.app, &TABLES);
        reached.await.map_err(cause)?;
        for step in steps {
            tracing::info!(%user, ?step, "erasing");
            match step {
                Step::Begin => {
                    if self.begin(user).await? != Begun::Yes {
                        return Ok(());
                    }
                }
                Step::CancelJobs => self.cancel_jobs(user).await?,
                Step::Unpublish => self.unpublish(user).await?,
                Step::RetireStyles => self.retire_styles(user).await?,
                Step::RemoveLikes => self.remove_likes(user).await?,
                Step::RemoveImages => self.remove_images(user).await?,
                Step::Erase => self.erase(user).await?,
            }
        }
        Ok(())
    }

    async fn begin(&self, user: UserId) -> anyhow::Result<Begun> {
        // One that nobody confirmed ends by its own timer within the hour.
        let open = ["confirming", "in_doubt", "awaiting_deposit"].map(str::to_owned);
        let page = Page::after(None, PAGE);
        let open = purchases::purchases_of(self.app.reads.user(user.0), user.0, Some(&open), page);
        let purchases = open.await?.into_iter().map(|row| PurchaseId(row.id)).collect();
        self.decide(BeginErasure { user, purchases }).await
    }

    async fn cancel_jobs(&self, user: UserId) -> anyhow::Result<()> {
        let open = ["queued", "retrying", "processing"].map(str::to_owned);
        let filter = Filter { statuses: Some(&open), ..Filter::default() };
        let mut after = None;
        loop {
            let page = Page::after(after, PAGE);
            let reader = self.app.reads.user(user.0);
            let rows = generations::mine(reader, user.0, filter, page).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some((last.created_at, last.id));
            let generations = rows.iter().map(|row| GenerationId(row.id)).collect();
            self.decide(CancelJobs { user, generations }).await?;
        }
    }

    async fn unpublish(&self, user: UserId) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = Page::after(after, PAGE);
            let reader = self.app.reads.user(user.0);
            let rows = generations::mine(reader, user.0, Filter::default(), page).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some((last.created_at, last.id));
            let public = rows.iter().filter(|row| row.published_at.is_some());
            let generations: Vec<_> = public.map(|row| GenerationId(row.id)).collect();
            if !generations.is_empty() {
                self.decide(Unpublish { user, generations }).await?;
            }
        }
    }

    async fn retire_styles(&self, artist: UserId) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = Page::after(after, PAGE);
            let reader = self.app.reads.user(artist.0);
            let rows = styles::of_artist(reader, artist.0, false, page).await?;
            let styles: Vec<_> = rows.iter().map(|row| StyleId(row.id)).collect();
            after = rows.last().map(|last| (last.created_at, last.id));
            self.decide(RetireStyles { artist, styles }).await?;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn remove_likes(&self, user: UserId) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = Page::after(after, PAGE);
            let rows = likes::of_user(self.app.reads.user(user.0), user.0, page).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some((last.created_at, last.generation_id));
            let generations = rows.iter().map(|row| GenerationId(row.generation_id)).collect();
            self.decide(RemoveLikes { user, generations }).await?;
        }
    }

    /// The files first: once an image is removed nobody would look for them again.
    async fn remove_images(&self, owner: UserId) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = Page::after(after, PAGE);
            let rows = images::of_user(self.app.reads.user(owner.0), owner.0, page).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some((last.created_at, last.id));
            let images: Vec<_> = rows.iter().map(|row| ImageId(row.id)).collect();
            for image in &images {
                self.app.objects.remove_image(*image).await?;
            }
            self.decide(RemoveImages { owner, images }).await?;
        }
    }

    async fn erase(&self, user: UserId) -> anyhow::Result<()> {
        let held = self.app.log.claims_of::<User>(user).await?;
        let claims = held.into_iter().map(|(scope, value)| Claim { scope, value }).collect();
        self.decide(Erase { user, claims }).await?;
        self.app.forget(user.0);
        Ok(())
    }

    async fn decide<D: Decision>(&self, decision: D) -> anyhow::Result<D::Reply> {
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
