//! Sending webhooks as Lemon Squeezy does (d2.2): signed, tried again three times unless answered
//! with 200, in no order.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::letter::{Letter, News};

/// Seconds before each repetition; after the last one a webhook is given up.
const REPEAT_AFTER: [u32; 3] = [5, 25, 125];
/// How long the shop may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// How webhooks are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Manner {
    /// How often each is sent, even if it is answered.
    pub copies: u32,
    /// None is sent: they are only written.
    pub held: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self { copies: 1, held: false }
    }
}

/// One attempt that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Of which event.
    pub event: String,
    /// From 0.
    pub retried: usize,
    /// What the shop answered; none if it did not.
    pub status: Option<u16>,
}

/// Sends webhooks to one address.
#[derive(Debug, Clone)]
pub(super) struct Messenger {
    url: Option<String>,
    secret: hmac::Key,
    second: Duration,
    client: reqwest::Client,
    desk: Arc<Mutex<Desk>>,
}

#[derive(Debug, Default)]
struct Desk {
    manner: Manner,
    letters: Vec<Letter>,
    attempts: Vec<Attempt>,
}

impl Messenger {
    /// Sends to `url`, or nowhere; `second` stands for a second between repetitions.
    pub(super) fn new(url: Option<String>, secret: &str, second: Duration) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Self { url, secret, second, client: reqwest::Client::new(), desk: Arc::default() }
    }

    pub(super) fn set_manner(&self, manner: Manner) {
        self.at_desk(|desk| desk.manner = manner);
    }

    pub(super) fn letters(&self) -> Vec<Letter> {
        self.at_desk(|desk| desk.letters.clone())
    }

    pub(super) fn attempts(&self) -> Vec<Attempt> {
        self.at_desk(|desk| desk.attempts.clone())
    }

    pub(super) fn sign(&self, body: &Value) -> Letter {
        Letter::write(body, &self.secret)
    }

    /// Writes of all of it, and sends what is not held back, all at once: which one arrives first
    /// is nobody's promise (d2.5).
    pub(super) fn announce(&self, news: Vec<News>) {
        for news in news {
            let letter = self.sign(&news.body());
            let manner = self.at_desk(|desk| {
                desk.letters.push(letter.clone());
                desk.manner
            });
            if let (Some(url), false) = (&self.url, manner.held) {
                for _ in 0..manner.copies {
                    tokio::spawn(self.clone().deliver(url.clone(), letter.clone()));
                }
            }
        }
    }

    async fn deliver(self, url: String, letter: Letter) {
        for retried in 0..=REPEAT_AFTER.len() {
            if let Some(wait) = retried.checked_sub(1).map(|index| REPEAT_AFTER[index]) {
                tokio::time::sleep(self.second * wait).await;
            }
            let sent = self
                .client
                .post(&url)
                .header("content-type", "application/json")
                .header("x-event-name", &letter.event)
                .header("x-signature", &letter.signature)
                .timeout(ANSWER_MAX)
                .body(letter.body.clone())
                .send();
            let status = sent.await.ok().map(|answer| answer.status().as_u16());
            let event = letter.event.clone();
            self.at_desk(|desk| desk.attempts.push(Attempt { event, retried, status }));
            if status == Some(200) {
                return;
            }
            tracing::info!(event = letter.event, retried, ?status, "webhook not accepted");
        }
    }

    fn at_desk<T>(&self, act: impl FnOnce(&mut Desk) -> T) -> T {
        act(&mut self.desk.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
