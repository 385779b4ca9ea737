//! Deliveries of providers (c6): every one is stored before it is believed; what it leads to, a
//! process finds out, and staff see it in the inbox.

mod forgeries;
pub mod inbox;
pub mod lemonsqueezy;
pub mod toss;

pub use forgeries::Forgeries;

use aws_lc_rs::digest;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use domain::webhooks::{Mentions, ReceiveWebhook};
use domain::{Actor, Sha256, WebhookId};

use crate::app::App;
use crate::http::Trace;
use crate::objects::hex;
use crate::problem::{OrFault as _, Problem, Slug};

/// Largest delivery: what providers send has a few kilobytes.
const DELIVERY_BYTES_MAX: usize = 128 * 1024;
/// Longest word of a provider that is kept.
const EVENT_TYPE_CHARS_MAX: usize = 100;
/// Longest delivery id that is kept.
const DELIVERY_ID_BYTES_MAX: usize = 200;

/// A delivery as it came in.
struct Arrived {
    /// Who sends, or says so.
    provider: &'static str,
    /// The provider's id of the delivery, the same for all attempts at it; may be empty.
    delivery_id: String,
    /// The provider's word for what it tells.
    event_type: Option<String>,
    /// The raw bytes.
    body: Bytes,
    /// What it says it is about.
    mentions: Mentions,
    /// Why it is not from the provider, if that can be told already.
    rejected: Option<String>,
}

impl Arrived {
    /// Stores it. The same delivery again is the same one: its id and its body make it unique,
    /// since ids are the sender's to choose.
    async fn store(self, app: &App, trace: &Trace) -> Result<(), Problem> {
        let provider = self.provider;
        let sha256 = hex(digest::digest(&digest::SHA256, &self.body).as_ref());
        let webhook = WebhookId::of(provider, &format!("{}:{sha256}", self.delivery_id));
        let decision = ReceiveWebhook {
            webhook,
            provider: provider.to_owned(),
            event_type: self.event_type.map(|word| clean(&word)),
            body_sha256: Sha256::parse(&sha256).or_fault("hash a delivery")?,
            body: self.body.to_vec(),
            mentions: self.mentions,
            rejected: self.rejected,
        };
        let metadata = trace.metadata(Actor::Webhook(provider.to_owned()), app.clock.now());
        let key = app.fact(&format!("webhook:{provider}"), webhook.0);
        app.execute(key, metadata, decision).await?;
        Ok(())
    }
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, DELIVERY_BYTES_MAX).await.map_err(|e| {
        Problem::new(Slug::MalformedRequest, "The delivery is too large or broke off.")
            .status(StatusCode::PAYLOAD_TOO_LARGE)
            .because(e)
    })
}

/// A header's text, cut where no honest sender goes.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let text = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.get(..DELIVERY_ID_BYTES_MAX).unwrap_or(text)
}

/// Anybody can send us words: what is kept is short and can be stored.
fn clean(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(EVENT_TYPE_CHARS_MAX).collect()
}
