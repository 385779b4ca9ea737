//! The steps about what a person made: pictures, styles, likes.

use domain::process::account_deletion::{
    CancelJobs, Claim, DeleteStyles, RemoveImages, RemoveLikes, RetireStyles, Unpublish,
};
use domain::styles::Style;
use domain::{GenerationId, ImageId, StyleId, UserId};
use projections::frame::{Capacity, Page};
use projections::generations::Filter;
use projections::{generations, images, likes, styles};

use super::erasure::{Erasure, PAGE};

impl Erasure {
    pub(super) async fn cancel_jobs(&self, user: UserId) -> anyhow::Result<()> {
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

    pub(super) async fn unpublish(&self, user: UserId) -> anyhow::Result<()> {
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

    pub(super) async fn retire_styles(&self, artist: UserId) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = Page::after(after, PAGE);
            let reader = self.app.reads.user(artist.0);
            let rows = styles::of_artist(reader, artist.0, false, page).await?;
            let mut styles = Vec::new();
            for style in rows.iter().map(|row| StyleId(row.id)) {
                let held = self.app.log.claims_of::<Style>(style).await?.into_iter();
                let claims = held.map(|(scope, value)| Claim { scope, value }).collect();
                styles.push((style, claims));
            }
            after = rows.last().map(|last| (last.created_at, last.id));
            self.decide(RetireStyles { artist, styles }).await?;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    pub(super) async fn delete_styles(&self, artist: UserId) -> anyhow::Result<()> {
        self.reach(&["styles"]).await?; // Whoever could still use one was told no before this.
        let mut after = None;
        loop {
            let page = Page::after(after, PAGE);
            let staff = self.app.reads.capacity(Capacity::Staff);
            let rows = styles::of_artist(staff, artist.0, false, page).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some((last.created_at, last.id));
            let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            let unused = styles::unused(staff, &ids).await?;
            let unused = unused.iter().map(|row| StyleId(row.id)).collect();
            self.decide(DeleteStyles { artist, unused }).await?;
        }
    }

    pub(super) async fn remove_likes(&self, user: UserId) -> anyhow::Result<()> {
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

    /// The files first: once an image is removed nobody would look for them again. And once more
    /// after it: an upload that was under way meanwhile has ended, or sees that it must go.
    pub(super) async fn remove_images(&self, owner: UserId) -> anyhow::Result<()> {
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
            self.decide(RemoveImages { owner, images: images.clone() }).await?;
            for image in &images {
                self.app.objects.remove_image(*image).await?;
            }
        }
    }
}
