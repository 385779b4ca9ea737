//! `webhook_events`: every delivery of a provider and what it led to.

mod delivery;

pub use delivery::*;

use domain::WebhookId;
use domain::webhooks::WebhookEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[delivery::STATEMENTS];

/// Fills this context's tables.
pub struct Webhooks;

impl Projector for Webhooks {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["webhook"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Delivery::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            webhook(event, batch);
        }
        Ok(())
    }
}

fn webhook(event: &WebhookEvent, batch: &mut Batch) {
    let at = batch.at();
    match event {
        WebhookEvent::Received {
            webhook,
            provider,
            event_type,
            body_sha256,
            purchase,
            user,
            rejected,
        } => {
            batch.insert(Delivery {
                id: webhook.0,
                source: provider.clone(),
                event_type: event_type.clone(),
                body_sha256: body_sha256.clone(),
                purchase_id: purchase.map(|purchase| purchase.0),
                user_id: user.map(|user| user.0),
                status: if rejected.is_some() { "rejected" } else { "received" }.to_owned(),
                effect: None,
                led_to: None,
                error_message: rejected.clone(),
                deferrals: 0,
                replays: 0,
                processed_at: rejected.is_some().then_some(at),
                created_at: at,
                updated_at: at,
            });
        }
        WebhookEvent::Processed { webhook, effect } => {
            let effect = effect.clone();
            settled(*webhook, "processed", batch, |row| row.did(effect));
        }
        WebhookEvent::Ignored { webhook, why } => {
            let why = why.clone();
            settled(*webhook, "ignored", batch, |row| row.did_nothing(why));
        }
        WebhookEvent::Failed { webhook, error } => {
            let error = error.clone();
            settled(*webhook, "failed", batch, |row| row.error_message = Some(error));
        }
        WebhookEvent::Rejected { webhook, why } => {
            let why = why.clone();
            settled(*webhook, "rejected", batch, |row| row.error_message = Some(why));
        }
        WebhookEvent::Deferred { webhook, why, attempt } => {
            let (why, attempt) = (why.clone(), i64::from(*attempt));
            settled(*webhook, "deferred", batch, move |row| {
                (row.error_message, row.deferrals) = (Some(why), attempt);
            });
        }
        WebhookEvent::BodyViewed { .. } => {} // The log of acts shows it.
        WebhookEvent::Replayed { webhook, .. } => {
            batch.update::<Delivery>(webhook.0, |row| {
                row.status = "received".to_owned();
                (row.effect, row.error_message) = (None, None);
                row.replays += 1;
            });
        }
    }
}

impl Delivery {
    fn did(&mut self, effect: String) {
        self.led_to.get_or_insert_with(|| effect.clone());
        self.effect = Some(effect);
    }

    /// Worked off again it may have nothing to add: it did what it did.
    fn did_nothing(&mut self, why: String) {
        if self.led_to.is_some() {
            "processed".clone_into(&mut self.status);
        }
        self.effect = Some(why);
    }
}

fn settled(
    webhook: WebhookId,
    status: &'static str,
    batch: &mut Batch,
    change: impl FnOnce(&mut Delivery) + Send + 'static,
) {
    let at = batch.at();
    batch.update::<Delivery>(webhook.0, move |row| {
        row.status = status.to_owned();
        row.processed_at = Some(at);
        change(row);
    });
}
