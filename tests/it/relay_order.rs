//! What the stream carries: the log, in order, every event once, byte for byte; also while one
//! relay takes over from another.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::push::OrderedConfig;
use async_nats::jetstream::stream::Config;
use eventstore::board::State;
use eventstore::head::Head;
use eventstore::relay::{self, Relay};
use eventstore::source::Source;
use futures::StreamExt;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use crate::consumer_ground::{Ground, SOON, Tally, ground, until, until_done};
use crate::support::{Role, Version, nats};
use crate::writer_ground::{moves, run, writer};

/// Subject, event id and body of everything in the stream.
async fn carried(process: &Source) -> Vec<(String, String, String)> {
    let broker = process.broker.clone().unwrap();
    let stream = broker.jetstream().get_stream(broker.stream()).await.unwrap();
    let config = OrderedConfig {
        deliver_subject: broker.client().new_inbox(),
        deliver_policy: DeliverPolicy::All,
        ..OrderedConfig::default()
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    let mut carried = Vec::new();
    for _ in 0..stream.cached_info().state.messages {
        let message = timeout(SOON, messages.next()).await.unwrap().unwrap().unwrap();
        let id = message.headers.as_ref().unwrap().get("Nats-Msg-Id").unwrap().to_string();
        let body = String::from_utf8(message.payload.to_vec()).unwrap();
        carried.push((message.subject.to_string(), id, body));
    }
    carried
}

async fn assert_carries_the_log(ground: &Ground, process: &Source, first: i64) {
    let store = process.broker.as_ref().unwrap().store();
    let client = ground.database.client(Role::Auditor).await;
    let log = "select event_type, event_id::text, position, payload::text from es.events
        where position >= $1 order by position";
    let log = client.query(log, &[&first]).await.unwrap();
    let carried = carried(process).await;
    assert_eq!(carried.len(), log.len());
    for (message, event) in carried.iter().zip(&log) {
        let (subject, id, body) = message;
        assert_eq!(*subject, format!("{store}.events.{}", event.get::<_, &str>(0)));
        assert_eq!(id, event.get::<_, &str>(1));
        assert!(body.starts_with(&format!("{{\"position\":{},", event.get::<_, i64>(2))), "{body}");
        assert!(body.contains(event.get::<_, &str>(3)), "the payload's bytes are as stored");
    }
}

async fn the_stream_carries_the_log(version: Version) {
    let (ground, nats) = (ground().await, nats(version));
    let process = ground.process(Some(&nats.url())).await;
    let task = tokio::spawn(process.relay().unwrap().run());
    until(&process, relay::NAME, |it| it.state == State::Running).await;
    for _ in 0..40 {
        ground.append(60).await;
        ground.append_of("like.removed", 1).await;
    }
    until_done(&process, relay::NAME, 2_440).await;
    task.abort();
    assert_carries_the_log(&ground, &process, 1).await;
}

#[tokio::test]
async fn the_stream_carries_the_log_in_order_on_the_oldest() {
    the_stream_carries_the_log(Version::Old).await;
}

#[tokio::test]
async fn the_stream_carries_the_log_in_order_on_the_newest() {
    the_stream_carries_the_log(Version::New).await;
}

/// The relay that leads, taken out of them.
async fn leader(relays: &mut Vec<(Source, JoinHandle<()>)>) -> (Source, JoinHandle<()>) {
    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        let leads = |(process, _): &(Source, JoinHandle<()>)| {
            let standing = process.board.watch(relay::NAME).unwrap();
            standing.borrow().state == State::Running
        };
        if let Some(found) = relays.iter().position(leads) {
            return relays.swap_remove(found);
        }
        assert!(tokio::time::Instant::now() < deadline, "nobody leads");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The leader dies again and again in the middle of its work.
async fn a_standby_takes_over(version: Version) {
    let (ground, nats) = (ground().await, nats(version));
    ground.table("read", "tally").await;
    let reader = ground.process(Some(&nats.url())).await;
    let consumer = Tally::of("tally").start(&reader);
    let mut relays = Vec::new();
    for _ in 0..4 {
        let process = ground.process(Some(&nats.url())).await;
        let task = tokio::spawn(process.relay().unwrap().run());
        relays.push((process, task));
    }
    let mut position = 0;
    while relays.len() > 1 {
        let (process, task) = leader(&mut relays).await;
        for _ in 0..10 {
            ground.append(80).await;
        }
        until_done(&process, relay::NAME, position + 1).await; // Begun, most likely not finished.
        task.abort();
        ground.append(200).await;
        position += 1_000;
    }
    let (process, task) = leader(&mut relays).await;
    until_done(&process, relay::NAME, position).await;
    until_done(&reader, "tally", position).await;
    task.abort();
    consumer.abort();
    ground.assert_holds_the_log("read.tally").await;
    let first = position + 1 - i64::try_from(carried(&process).await.len()).unwrap();
    assert_eq!(first, 1, "the first leader was there before the first event");
    assert_carries_the_log(&ground, &process, 1).await;
}

#[tokio::test]
async fn a_standby_takes_over_without_gap_or_repetition_on_the_oldest() {
    a_standby_takes_over(Version::Old).await;
}

#[tokio::test]
async fn a_standby_takes_over_without_gap_or_repetition_on_the_newest() {
    a_standby_takes_over(Version::New).await;
}

/// A leader that was cut off from Postgres may not know yet that another one leads.
#[tokio::test]
async fn two_leaders_at_once_cannot_disturb_the_order() {
    let (ground, nats) = (ground().await, nats(Version::New));
    let (one, other) =
        (ground.process(Some(&nats.url())).await, ground.process(Some(&nats.url())).await);
    let elsewhere = crate::support::database().await; // Its lease is another one.
    let usurper = Relay { pool: elsewhere.pool(Role::Projector), ..other.relay().unwrap() };
    let tasks = [tokio::spawn(one.relay().unwrap().run()), tokio::spawn(usurper.run())];
    for process in [&one, &other] {
        until(process, relay::NAME, |it| it.state == State::Running).await;
    }
    for _ in 0..20 {
        ground.append(150).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    until_done(&one, relay::NAME, 3_000).await;
    until_done(&other, relay::NAME, 3_000).await;
    tasks.iter().for_each(JoinHandle::abort);
    assert_carries_the_log(&ground, &one, 1).await;
}

/// The broker drops a repetition by the event's id only for a while; after that, the place each
/// leader expects is all that keeps the order.
#[tokio::test]
async fn a_leader_that_wakes_late_can_repeat_nothing() {
    let (ground, nats) = (ground().await, nats(Version::New));
    let process = ground.process(Some(&nats.url())).await;
    let elsewhere = crate::support::database().await; // Its lease is another one.
    let (asleep, waking) = Head::new(process.log.clone(), None, None).await.unwrap();
    let late = Relay {
        pool: elsewhere.pool(Role::Projector),
        head: asleep,
        place: process.board.join("late"),
        ..process.relay().unwrap()
    };
    let mut tasks = vec![tokio::spawn(process.relay().unwrap().run()), tokio::spawn(late.run())];
    for name in [relay::NAME, "late"] {
        until(&process, name, |it| it.state == State::Running).await;
    }
    let broker = process.broker.clone().unwrap();
    let stream = broker.jetstream().get_stream(broker.stream()).await.unwrap();
    let window = Duration::from_millis(100); // The shortest there is.
    let forgetful = Config { duplicate_window: window, ..stream.cached_info().config.clone() };
    broker.jetstream().update_stream(forgetful).await.unwrap();
    ground.append(30).await;
    until_done(&process, relay::NAME, 30).await;
    tokio::time::sleep(window * 10).await;
    tasks.push(tokio::spawn(waking)); // It believes that the stream ends before the first event.
    until_done(&process, "late", 30).await;
    tasks.iter().for_each(JoinHandle::abort);
    assert_carries_the_log(&ground, &process, 1).await;
}

#[tokio::test]
async fn two_stores_on_one_broker_never_meet() {
    let nats = nats(Version::New);
    let (one, other) = (ground().await, ground().await);
    one.table("read", "tally").await;
    other.table("read", "tally").await;
    let processes = [one.process(Some(&nats.url())).await, other.process(Some(&nats.url())).await];
    let tasks: Vec<_> = processes
        .iter()
        .flat_map(|it| [tokio::spawn(it.relay().unwrap().run()), Tally::of("tally").start(it)])
        .collect();
    for _ in 0..5 {
        one.append(11).await;
        other.append(7).await;
    }
    until_done(&processes[0], "tally", 55).await;
    until_done(&processes[1], "tally", 35).await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    one.assert_holds_the_log("read.tally").await;
    other.assert_holds_the_log("read.tally").await;
}

#[tokio::test]
async fn an_event_is_handed_on_within_milliseconds() {
    let (ground, nats) = (ground().await, nats(Version::New));
    ground.table("read", "tally").await;
    let process = ground.process(Some(&nats.url())).await;
    let tasks = [tokio::spawn(process.relay().unwrap().run()), Tally::of("tally").start(&process)];
    until(&process, relay::NAME, |it| it.state == State::Running).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut feed = process.feed.subscribe();
    let mut head = process.head.clone();
    ground.append(1).await;
    head.changed().await;
    let chunk = timeout(Duration::from_millis(500), feed.recv()).await.unwrap().unwrap();
    let stored = process.log.at_position(1).await.unwrap().unwrap();
    let brought: Vec<_> = chunk.iter().map(|entry| &entry.recorded).collect();
    assert_eq!(brought, [&stored], "what NATS brought is what Postgres holds");
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn what_nobody_relays_is_handed_on_all_the_same() {
    let (ground, nats) = (ground().await, nats(Version::New));
    let processes = [ground.process(None).await, ground.process(Some(&nats.url())).await];
    let mut feeds = processes.each_ref().map(|process| process.feed.subscribe());
    ground.append(2).await;
    for feed in &mut feeds {
        let chunk = timeout(SOON, feed.recv()).await.unwrap().unwrap();
        let positions: Vec<_> = chunk.iter().map(|entry| entry.recorded.position).collect();
        assert_eq!(positions, [1, 2]);
    }
}

#[tokio::test]
async fn another_process_learns_of_a_commit_long_before_its_next_poll() {
    let (ground, nats) = (ground().await, nats(Version::Old));
    let writer = writer(&ground.database).await;
    let pool = ground.database.pool(Role::Projector);
    let url = nats.url();
    let writing = Source::start(pool, Some(writer.committed()), Some(&url)).await.unwrap();
    let other = ground.process(Some(&url)).await;
    while ![&writing, &other].iter().all(|it| it.broker.as_ref().unwrap().is_connected()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut waits = Vec::new();
    for _ in 0..15 {
        let purse = Uuid::now_v7();
        let position = run(&writer, moves(purse, 1)).await.unwrap().position;
        let committed = Instant::now();
        let mut head = other.head.clone();
        while head.position() < position {
            timeout(SOON, head.changed()).await.unwrap();
        }
        waits.push(committed.elapsed());
    }
    waits.sort();
    assert!(waits[7] < Duration::from_millis(120), "half a poll is 250 ms, waited {waits:?}");
}
