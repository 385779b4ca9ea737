//! Who is online (IAM-19): whoever asked for something in the last five minutes. Never an event;
//! each process knows its own callers, and the others' through a bucket of NATS, if there is NATS.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::kv::Operation;
use bytes::Bytes;
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
/// How long news is gathered before it is told: one message for all, not one for each.
const TELL_EVERY: Duration = Duration::from_millis(250);
/// People in one message.
const TOLD_MAX: usize = 4_096;
/// Bytes of a person in it.
const ID_BYTES: usize = 16;
/// When to listen again after a fault.
const REST: Duration = Duration::from_secs(1);

/// When each person was last seen, to the minute.
#[derive(Default)]
pub struct Presence(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    last: HashMap<UserId, DateTime<Utc>>,
    /// Who is to be told to other processes.
    untold: Vec<UserId>,
}

impl Presence {
    /// Notes that somebody asked this process for something.
    pub fn see(&self, user: UserId, now: DateTime<Utc>) {
        let mut seen = self.seen();
        if seen.note(user, now) && seen.untold.len() < PEOPLE_MAX {
            seen.untold.push(user);
        }
    }

    /// Notes that another process saw somebody.
    pub fn hear_of(&self, user: UserId, now: DateTime<Utc>) {
        self.seen().note(user, now);
    }

    /// Somebody is not around any more, whatever they ask for.
    pub fn forget(&self, user: UserId) {
        let mut seen = self.seen();
        seen.last.remove(&user);
        seen.untold.retain(|untold| *untold != user);
    }

    /// Whether somebody is online.
    #[must_use]
    pub fn is_online(&self, user: UserId, now: DateTime<Utc>) -> bool {
        self.seen().last.get(&user).is_some_and(|last| is_online(*last, now))
    }

    /// Who was seen since this was last asked, as it is told.
    fn news(&self) -> Vec<Bytes> {
        let untold = std::mem::take(&mut self.seen().untold);
        let message =
            |people: &[UserId]| people.iter().flat_map(|user| *user.0.as_bytes()).collect();
        untold.chunks(TOLD_MAX).map(message).collect()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

impl Seen {
    /// Answers whether that is worth telling others.
    fn note(&mut self, user: UserId, now: DateTime<Utc>) -> bool {
        let seen = &mut self.last;
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
}

fn is_online(last: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (now - last).to_std().is_ok_and(|ago| ago < ONLINE) || last > now
}

/// Tells the other processes who asked here, until the task is dropped.
pub async fn tell(app: App) {
    let mut tick = tokio::time::interval(TELL_EVERY);
    loop {
        tick.tick().await;
        let news = app.presence.news();
        let broker = app.source.broker.as_ref().filter(|broker| broker.is_connected());
        // Else the client would keep it until NATS is back, when it is over.
        let Some(broker) = broker else { continue };
        for people in news {
            let subject = bucket::subject(broker, BUCKET, Uuid::now_v7());
            if let Err(error) = broker.client().publish(subject, people).await {
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
        if entry.operation == Operation::Put {
            let people = entry.value.as_chunks::<ID_BYTES>().0.iter().copied();
            let now = app.clock.now();
            people.for_each(|id| app.presence.hear_of(UserId(Uuid::from_bytes(id)), now));
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
        let written = |seconds| {
            presence.see(user, noon + TimeDelta::seconds(seconds));
            presence.news()
        };
        assert_eq!(written(0), [Bytes::copy_from_slice(user.0.as_bytes())]);
        assert!(written(59).is_empty());
        assert!(presence.is_online(user, noon + TimeDelta::seconds(299)));
        assert!(!presence.is_online(user, noon + TimeDelta::seconds(300)));
        assert_eq!(written(60).len(), 1);
    }

    #[test]
    fn whoever_is_stopped_rests_or_leaves_is_not_online() {
        let (presence, user) = (Presence::default(), UserId(Uuid::from_u128(1)));
        presence.see(user, DateTime::UNIX_EPOCH);
        presence.forget(user);
        assert!(!presence.is_online(user, DateTime::UNIX_EPOCH));
        assert!(presence.news().is_empty());
    }

    #[test]
    fn what_another_process_said_is_not_told_again() {
        let (presence, user) = (Presence::default(), UserId(Uuid::from_u128(1)));
        presence.hear_of(user, DateTime::UNIX_EPOCH);
        assert!(presence.is_online(user, DateTime::UNIX_EPOCH));
        assert!(presence.news().is_empty());
    }

    #[test]
    fn the_people_remembered_are_bounded() {
        let (presence, noon) = (Presence::default(), DateTime::UNIX_EPOCH);
        for n in 0..PEOPLE_MAX + 2 {
            presence.see(UserId(Uuid::from_u128(n as u128)), noon);
        }
        assert_eq!(presence.seen().last.len(), PEOPLE_MAX);
        assert_eq!(presence.news().len(), PEOPLE_MAX.div_ceil(TOLD_MAX));
        presence.see(UserId(Uuid::max()), noon + TimeDelta::hours(1));
        assert_eq!(presence.seen().last.len(), 1, "those who left make room");
    }
}
