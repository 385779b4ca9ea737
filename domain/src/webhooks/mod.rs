//! Webhooks: deliveries of providers, evidence rather than orders.

mod command;
mod error;
mod event;

pub use command::WebhookCommand;
pub use error::WebhookError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {}

aggregate!(Webhook, "webhook", WebhookCommand, WebhookEvent, WebhookError);

impl Decide for Webhook {
    fn decide(&self, command: WebhookCommand) -> Result<Vec<WebhookEvent>, WebhookError> {
        match command {}
    }
}

impl Webhook {
    fn evolve(&mut self, _event: WebhookEvent) {}
}
