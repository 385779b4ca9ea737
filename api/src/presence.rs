//! Who is online (IAM-19): whoever asked for something in the last five minutes. Never an event;
//! each process knows its own callers, and the others' through a bucket of NATS, if there is NATS.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::kv::Operation;
use chrono::{DateTime, TimeDelta, Utc};
use domain::UserId;
use eventstore::broker::Broker;
use futures::StreamExt as _;
use uuid::Uuid;

use crate::app::App;
use crate::bucket;

/// Its bucket.
const BUCKET: &str = "presence";
/// How long somebody is online after the last request.
pub const ONLINE: Duration = Duration::from_secs(300);
/// How often the same person is written down, at most.
const WRITE_EVERY: TimeDelta = TimeDelta::minutes(1);
/// People remembered at most.
const PEOPLE_MAX: usize = 100_000;
/// When to listen again after a fault.
const REST: Duration = Duration::from_secs(1);

/// When each person was last seen, to the minute.
#[derive(Default)]
pub struct Presence(Mutex<HashMap<UserId, DateTime<Utc>>>);

impl Presence {
    /// Notes that somebody asked for something; answers whether that is worth telling others.
    pub fn see(&self, user: UserId, now: DateTime<Utc>) -> bool {
        let mut seen = self.seen();
        if seen.get(&user).is_some_and(|last| now - *last < WRITE_EVERY) {
            return false;
        }
        if seen.len() >= PEOPLE_MAX {
            seen.retain(|_, last| is_online(*last, now));
        }
        if seen.len() >= PEOPLE_MAX && !seen.contains_key(&user) {
            return false; // It is only presence.
        }
        seen.insert(user, now);
        true
    }

    /// Whether somebody is online.
    #[must_use]
    pub fn is_online(&self, user: UserId, now: DateTime<Utc>) -> bool {
        self.seen().get(&user).is_some_and(|last| is_online(*last, now))
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<UserId, DateTime<Utc>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

fn is_online(last: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (now - last).to_std().is_ok_and(|ago| ago < ONLINE) || last > now
}

impl App {
    /// Notes that somebody asked for something, and tells the other processes once a minute.
    pub async fn see(&self, user: UserId) {
        let is_news = self.presence.see(user, self.clock.now());
        let Some(broker) = self.source.broker.as_ref().filter(|broker| broker.is_connected())
        else {
            return; // Else the client would keep it until NATS is back, when it is over.
        };
        if is_news {
            let subject = bucket::subject(broker, BUCKET, user);
            if let Err(error) = broker.client().publish(subject, bytes::Bytes::new()).await {
                tracing::debug!(%error, "presence was not told");
            }
        }
    }
}

/// Hears of the callers of other processes until the task is dropped.
pub async fn follow(app: App, broker: Broker) {
    loop {
        if let Err(error) = hear(&app, &broker).await {
            tracing::debug!(error = format!("{error:#}"), "presence elsewhere is not heard");
        }
        tokio::time::sleep(REST).await;
    }
}

async fn hear(app: &App, broker: &Broker) -> anyhow::Result<()> {
    let store = bucket::open(broker, BUCKET, ONLINE).await?;
    let mut people = store.watch_with_history(">").await.context("watch the bucket")?;
    while let Some(entry) = people.next().await {
        let entry = entry.context("watch the bucket")?;
        if let (Operation::Put, Ok(user)) = (entry.operation, Uuid::try_parse(&entry.key)) {
            app.presence.see(UserId(user), app.clock.now());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_is_online_for_five_minutes_and_written_down_once_a_minute() {
        let (presence, user) = (Presence::default(), UserId(Uuid::from_u128(1)));
        let noon = DateTime::UNIX_EPOCH;
        assert!(!presence.is_online(user, noon));
        assert!(presence.see(user, noon));
        assert!(!presence.see(user, noon + TimeDelta::seconds(59)));
        assert!(presence.is_online(user, noon + TimeDelta::seconds(299)));
        assert!(!presence.is_online(user, noon + TimeDelta::seconds(300)));
        assert!(presence.see(user, noon + TimeDelta::minutes(1)));
    }

    #[test]
    fn the_people_remembered_are_bounded() {
        let (presence, noon) = (Presence::default(), DateTime::UNIX_EPOCH);
        for n in 0..PEOPLE_MAX + 2 {
            presence.see(UserId(Uuid::from_u128(n as u128)), noon);
        }
        assert_eq!(presence.seen().len(), PEOPLE_MAX);
        let later = noon + TimeDelta::hours(1);
        assert!(presence.see(UserId(Uuid::max()), later), "those who left make room");
        assert_eq!(presence.seen().len(), 1);
    }
}
