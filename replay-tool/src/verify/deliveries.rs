//! Deliveries of providers that were stored and have no outcome yet (b3.8). A service at work may
//! have some at any moment, so they are told and not held against the log.

use std::collections::HashSet;

use domain::WebhookId;
use domain::webhooks::WebhookEvent;

/// What was received and not worked off.
#[derive(Debug, Default)]
pub struct Deliveries(HashSet<WebhookId>);

impl Deliveries {
    /// Sees one event.
    pub fn see(&mut self, event: &WebhookEvent) {
        match event {
            WebhookEvent::Received { rejected: Some(_), .. } => {} // Settled as it came.
            WebhookEvent::Received { webhook, .. }
            | WebhookEvent::Deferred { webhook, .. }
            | WebhookEvent::Replayed { webhook, .. } => {
                self.0.insert(*webhook);
            }
            WebhookEvent::Processed { webhook, .. }
            | WebhookEvent::Ignored { webhook, .. }
            | WebhookEvent::Rejected { webhook, .. }
            | WebhookEvent::Failed { webhook, .. } => {
                self.0.remove(webhook);
            }
            WebhookEvent::BodyViewed { .. } => {}
        }
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.0.len()
    }
}
