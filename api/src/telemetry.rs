//! How far pictures under way are (D13): never an event, gone after an hour. Told within the
//! process at once, and through a bucket of NATS to the other processes, if there is NATS; its
//! absence costs nobody more than the news.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::kv::Operation;
use chrono::{DateTime, Utc};
use eventstore::broker::Broker;
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::bucket;

/// Its bucket.
const BUCKET: &str = "progress";
/// How long news is kept (GEN-05).
const KEPT: Duration = Duration::from_secs(3_600);
/// Generations whose news is kept at hand.
const GENERATIONS_MAX: usize = 10_000;
/// Streams of events that are open at the same time.
const LISTENERS_MAX: usize = 4_096;
/// When to listen again after a fault.
const REST: Duration = Duration::from_secs(1);

/// How far an attempt is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// The attempt, from 1.
    pub attempt: u32,
    /// Steps done.
    pub step: u32,
    /// Steps in all.
    pub total_steps: u32,
    /// Whole percent.
    pub progress_percent: u32,
    /// What the worker is doing, for people.
    pub stage: String,
    /// When it said so.
    pub last_updated: DateTime<Utc>,
    /// How many seconds are left at this pace; none until there is a pace.
    #[serde(default)]
    pub eta_seconds: Option<i64>,
}

impl Step {
    /// The same with what is left, at the pace since an earlier word on the same attempt.
    fn paced(self, first: &Self) -> Self {
        let done = i64::from(self.step.saturating_sub(first.step));
        if first.attempt != self.attempt || done == 0 {
            return self;
        }
        let passed = (self.last_updated - first.last_updated).num_milliseconds().max(0);
        let left = i64::from(self.total_steps.saturating_sub(self.step));
        Self { eta_seconds: Some(passed.saturating_mul(left) / done / 1_000), ..self }
    }
}

/// The latest news of each generation.
#[derive(Debug, Clone)]
pub struct Telemetry {
    told: Arc<Mutex<HashMap<Uuid, Told>>>,
    places: Arc<Semaphore>,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { told: Arc::default(), places: Arc::new(Semaphore::new(LISTENERS_MAX)) }
    }
}

/// Hears the news of one generation, as long as it keeps its place.
#[derive(Debug)]
pub struct News {
    step: watch::Receiver<Option<Step>>,
    _place: OwnedSemaphorePermit,
}

impl News {
    /// The latest, as soon as there is something newer than was heard; at first, anything.
    pub async fn next(&mut self) -> Option<Step> {
        loop {
            self.step.changed().await.ok()?;
            if let Some(step) = self.step.borrow_and_update().clone() {
                return Some(step);
            }
        }
    }
}

#[derive(Debug)]
struct Told {
    step: watch::Sender<Option<Step>>,
    /// The first word on the attempt under way.
    first: Option<Step>,
    since: Instant,
}

impl Told {
    fn nothing() -> Self {
        Self { step: watch::Sender::new(None), first: None, since: Instant::now() }
    }

    fn is_needed(&self) -> bool {
        self.step.receiver_count() > 0 || self.since.elapsed() < KEPT
    }
}

impl Telemetry {
    /// The latest news, if there is any.
    #[must_use]
    pub fn latest(&self, generation: Uuid) -> Option<Step> {
        self.told().get(&generation).and_then(|told| told.step.borrow().clone())
    }

    /// Follows the news of a generation; `None` when all places are taken.
    #[must_use]
    pub fn listen(&self, generation: Uuid) -> Option<News> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let mut told = self.told();
        let mut step = told.entry(generation).or_insert_with(Told::nothing).step.subscribe();
        step.mark_changed(); // The latest news is news to whoever has just come.
        Some(News { step, _place: place })
    }

    /// News, unless there is newer.
    pub fn tell(&self, generation: Uuid, step: Step) {
        let mut all = self.told();
        if all.len() >= GENERATIONS_MAX {
            all.retain(|_, told| told.is_needed());
        }
        if all.len() >= GENERATIONS_MAX && !all.contains_key(&generation) {
            return; // It is only news.
        }
        let told = all.entry(generation).or_insert_with(Told::nothing);
        told.since = Instant::now();
        if told.first.as_ref().is_none_or(|first| first.attempt < step.attempt) {
            told.first = Some(step.clone());
        }
        let step = told.first.iter().fold(step, Step::paced);
        told.step.send_if_modified(|known| {
            let age = |step: &Step| (step.attempt, step.last_updated);
            let is_news = known.as_ref().is_none_or(|known| age(known) < age(&step));
            if is_news {
                *known = Some(step);
            }
            is_news
        });
    }

    fn told(&self) -> MutexGuard<'_, HashMap<Uuid, Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

/// Tells the other processes; they may miss it.
pub async fn spread(broker: &Broker, generation: Uuid, step: &Step) {
    if !broker.is_connected() {
        return; // Else the client would keep it until NATS is back, when it is no news any more.
    }
    let subject = bucket::subject(broker, BUCKET, generation);
    let sent = async {
        let news = serde_json::to_vec(step).context("write news")?;
        broker.client().publish(subject, news.into()).await.context("tell news")
    };
    if let Err(error) = sent.await {
        tracing::debug!(error = format!("{error:#}"), "news was not spread");
    }
}

/// Hears the other processes until the task is dropped.
pub async fn follow(telemetry: Telemetry, broker: Broker) {
    loop {
        if let Err(error) = hear(&telemetry, &broker).await {
            tracing::debug!(error = format!("{error:#}"), "news of other processes is not heard");
        }
        tokio::time::sleep(REST).await;
    }
}

async fn hear(telemetry: &Telemetry, broker: &Broker) -> anyhow::Result<()> {
    let store = bucket::open(broker, BUCKET, KEPT).await?;
    let mut news = store.watch_with_history(">").await.context("watch the bucket")?;
    while let Some(entry) = news.next().await {
        let entry = entry.context("watch the bucket")?;
        let step = serde_json::from_slice(&entry.value);
        if let (Operation::Put, Ok(generation), Ok(step)) =
            (entry.operation, Uuid::try_parse(&entry.key), step)
        {
            telemetry.tell(generation, step);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn step(attempt: u32, second: i64) -> Step {
        Step {
            attempt,
            step: 1,
            total_steps: 2,
            progress_percent: 50,
            stage: "painting".to_owned(),
            last_updated: DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(second),
            eta_seconds: None,
        }
    }

    #[test]
    fn what_is_left_follows_from_the_pace_of_the_attempt() {
        let (telemetry, generation) = (Telemetry::default(), Uuid::now_v7());
        let at = |attempt, step_done, second| Step {
            step: step_done,
            total_steps: 20,
            ..step(attempt, second)
        };
        let eta = |news| {
            telemetry.tell(generation, news);
            telemetry.latest(generation).and_then(|step| step.eta_seconds)
        };
        assert_eq!(eta(at(1, 2, 10)), None, "one word is no pace");
        assert_eq!(eta(at(1, 6, 18)), Some(28), "2 s a round, 14 rounds");
        assert_eq!(eta(at(2, 1, 40)), None, "another attempt begins anew");
        assert_eq!(eta(at(2, 20, 50)), Some(0));
    }

    #[test]
    fn older_news_never_replaces_newer() {
        let (telemetry, generation) = (Telemetry::default(), Uuid::now_v7());
        assert_eq!(telemetry.latest(generation), None);
        for news in [step(1, 5), step(2, 3), step(1, 9), step(2, 2)] {
            telemetry.tell(generation, news);
        }
        assert_eq!(telemetry.latest(generation), Some(step(2, 3)));
    }

    #[tokio::test]
    async fn whoever_follows_hears_what_is_told() {
        let (telemetry, generation) = (Telemetry::default(), Uuid::now_v7());
        let mut news = telemetry.listen(generation).unwrap();
        telemetry.tell(Uuid::now_v7(), step(1, 1));
        telemetry.tell(generation, step(1, 1));
        assert_eq!(news.next().await, Some(step(1, 1)));
        let mut late = telemetry.listen(generation).unwrap();
        assert_eq!(late.next().await, Some(step(1, 1)), "the latest is news to a newcomer");
    }

    #[test]
    fn places_are_limited_and_given_back() {
        let (telemetry, generation) = (Telemetry::default(), Uuid::now_v7());
        let all: Vec<_> = (0..LISTENERS_MAX).map(|_| telemetry.listen(generation)).collect();
        assert!(all.iter().all(Option::is_some));
        assert!(telemetry.listen(generation).is_none());
        drop(all);
        assert!(telemetry.listen(generation).is_some());
    }
}
