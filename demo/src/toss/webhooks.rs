//! Announcing changes as Toss does (d1.5): unsigned, repeated until answered with 200.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::payment::{Payment, korean};

/// Waits before each repetition, in units; Toss's unit is a minute.
const REPEAT_AFTER: [u32; 7] = [1, 4, 16, 64, 256, 1024, 4096];
/// How long the shop may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// One attempt that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// The same for all repetitions of one delivery.
    pub transmission_id: String,
    /// From 0.
    pub retried: usize,
    /// What the shop answered; none if it did not.
    pub status: Option<u16>,
}

/// Sends webhooks to one address.
#[derive(Debug, Clone)]
pub struct Messenger {
    url: Option<String>,
    unit: Duration,
    client: reqwest::Client,
    attempts: Arc<Mutex<Vec<Attempt>>>,
}

impl Messenger {
    /// Sends to `url`, or nowhere; `unit` stands for Toss's minute between repetitions.
    #[must_use]
    pub fn new(url: Option<String>, unit: Duration) -> Self {
        Self { url, unit, client: reqwest::Client::new(), attempts: Arc::default() }
    }

    /// What was sent so far, in order.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Announces how a payment stands, in the background; of a deposit a shop is told twice, as one
    /// that has registered for both deliveries.
    pub fn announce(&self, payment: &Payment) {
        if payment.by_deposit {
            self.deliver(payment.to_callback());
        }
        self.deliver(json!({
            "eventType": "PAYMENT_STATUS_CHANGED",
            "createdAt": Utc::now().format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
            "data": payment.to_json(),
        }));
    }

    /// Delivers a body, true or forged, in the background, until it is answered with 200.
    pub fn deliver(&self, body: Value) {
        self.send(body, None);
    }

    /// The same, signed with the shop's security key.
    pub fn deliver_signed(&self, body: Value, security_key: &str) {
        let key = hmac::Key::new(hmac::HMAC_SHA256, security_key.as_bytes());
        self.send(body, Some(key));
    }

    fn send(&self, body: Value, key: Option<hmac::Key>) {
        let Some(url) = self.url.clone() else { return };
        let (messenger, id) = (self.clone(), Uuid::now_v7().to_string());
        let (bytes, time) = (body.to_string(), korean(Utc::now()));
        let signature = key.map(|key| signature(&key, &bytes, &time));
        tokio::spawn(async move {
            for retried in 0..=REPEAT_AFTER.len() {
                if let Some(wait) = retried.checked_sub(1).map(|index| REPEAT_AFTER[index]) {
                    tokio::time::sleep(messenger.unit * wait).await;
                }
                let request = messenger
                    .client
                    .post(&url)
                    .header("tosspayments-webhook-transmission-time", &time)
                    .header("tosspayments-webhook-transmission-retried-count", retried.to_string())
                    .header("tosspayments-webhook-transmission-id", &id)
                    .header("content-type", "application/json")
                    .timeout(ANSWER_MAX)
                    .body(bytes.clone());
                let request = match &signature {
                    Some(signature) => request.header("tosspayments-webhook-signature", signature),
                    None => request,
                };
                let status = request.send().await.ok().map(|answer| answer.status().as_u16());
                messenger.note(Attempt { transmission_id: id.clone(), retried, status });
                if status == Some(200) {
                    return;
                }
                tracing::info!(transmission_id = id, retried, ?status, "webhook not accepted");
            }
        });
    }

    fn note(&self, attempt: Attempt) {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).push(attempt);
    }
}

/// What Toss signs is the raw body and the time of the transmission (d1.5).
fn signature(key: &hmac::Key, body: &str, time: &str) -> String {
    let tag = hmac::sign(key, format!("{body}:{time}").as_bytes());
    format!("v1:{}", STANDARD.encode(tag))
}
