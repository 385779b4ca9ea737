//! The broker may lose anything and be away at any time: nothing is lost, and the lag goes back to
//! zero by itself. Each of these on the oldest and the newest nats-server.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Duration;

use async_nats::jetstream::{self, Context};
use eventstore::board::State;
use eventstore::relay;
use eventstore::source::Source;
use futures::TryStreamExt;
use tokio::task::JoinHandle;

use crate::consumer_ground::{Ground, SOON, Tally, ground, until, until_done};
use crate::support::{Nats, Version, nats};

/// A process with relay and consumer on a broker of its own.
struct Service {
    ground: Ground,
    nats: Nats,
    process: Source,
    tasks: Vec<JoinHandle<()>>,
}

async fn service(version: Version) -> Service {
    let (ground, nats) = (ground().await, nats(version));
    ground.table("read", "tally").await;
    let process = ground.process(Some(&nats.url())).await;
    let tasks =
        vec![tokio::spawn(process.relay().unwrap().run()), Tally::of("tally").start(&process)];
    until(&process, relay::NAME, |it| it.state == State::Running).await;
    Service { ground, nats, process, tasks }
}

impl Service {
    /// Everything is in the read table, and the relay has brought everything to the broker.
    async fn settled(&self, position: i64) {
        until_done(&self.process, "tally", position).await;
        until_done(&self.process, relay::NAME, position).await;
        self.ground.assert_holds_the_log("read.tally").await;
    }

    /// The last event went through the broker, and did not have to be looked for in Postgres.
    async fn assert_live(&self, position: i64) {
        let stream = self.stream().await;
        let last = stream.cached_info().state.last_sequence;
        let message = stream.get_raw_message(last).await.unwrap();
        let header = message.headers.get("Folio-Position").unwrap().as_str();
        assert_eq!(header, position.to_string());
    }

    async fn stream(&self) -> jetstream::stream::Stream {
        let broker = self.process.broker.as_ref().unwrap();
        self.jetstream().get_stream(broker.stream()).await.unwrap()
    }

    fn jetstream(&self) -> Context {
        self.process.broker.as_ref().unwrap().jetstream().clone()
    }

    fn stop(&self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}

macro_rules! on_both_versions {
    ($($name:ident),+ $(,)?) => {
        mod on_the_oldest {
            $(#[tokio::test]
            async fn $name() { super::$name(crate::support::Version::Old).await })+
        }
        mod on_the_newest {
            $(#[tokio::test]
            async fn $name() { super::$name(crate::support::Version::New).await })+
        }
    };
}

on_both_versions!(
    a_stream_that_is_deleted_or_purged_is_filled_again,
    a_consumer_that_is_deleted_is_made_again,
    a_broker_that_stops_for_a_while_holds_up_nothing,
    a_broker_that_is_killed_and_wiped_holds_up_nothing,
    a_broker_that_freezes_holds_up_nothing,
    a_broker_that_comes_late_is_used_when_it_comes,
    a_stream_of_another_history_is_made_anew,
);

async fn a_stream_that_is_deleted_or_purged_is_filled_again(version: Version) {
    let service = service(version).await;
    service.ground.append(50).await;
    service.settled(50).await;
    let broker = service.process.broker.clone().unwrap();
    service.jetstream().delete_stream(broker.stream()).await.unwrap();
    service.ground.append(50).await;
    service.settled(100).await;
    service.stream().await.purge().await.unwrap();
    service.ground.append(50).await;
    service.settled(150).await;
    service.assert_live(150).await;
}

async fn a_consumer_that_is_deleted_is_made_again(version: Version) {
    let service = service(version).await;
    service.ground.append(5).await;
    service.settled(5).await;
    let deadline = tokio::time::Instant::now() + SOON;
    let (mut first, mut position) = (Vec::new(), 5);
    while first.is_empty() {
        assert!(tokio::time::Instant::now() < deadline, "nobody subscribed");
        first = service.stream().await.consumer_names().try_collect().await.unwrap();
    }
    let stream = service.stream().await;
    for name in &first {
        stream.delete_consumer(name).await.unwrap();
    }
    loop {
        assert!(tokio::time::Instant::now() < deadline, "nobody subscribed again");
        service.ground.append(1).await;
        position += 1;
        service.settled(position).await;
        let now: Vec<String> = stream.consumer_names().try_collect().await.unwrap();
        if now.iter().any(|name| !first.contains(name)) {
            break;
        }
    }
}

async fn a_broker_that_stops_for_a_while_holds_up_nothing(version: Version) {
    let mut service = service(version).await;
    service.ground.append(20).await;
    service.settled(20).await;
    service.nats.stop();
    for _ in 0..10 {
        service.ground.append(20).await;
    }
    until_done(&service.process, "tally", 220).await;
    until(&service.process, relay::NAME, |it| matches!(it.state, State::Retrying(_))).await;
    service.nats.start();
    service.ground.append(20).await;
    service.settled(240).await;
    service.assert_live(240).await;
    let stream = service.stream().await;
    assert_eq!(stream.cached_info().state.messages, 240, "the stream went on where it was");
}

async fn a_broker_that_is_killed_and_wiped_holds_up_nothing(version: Version) {
    let mut service = service(version).await;
    for round in 1..=3 {
        service.ground.append(300).await;
        service.nats.kill();
        service.ground.append(30).await;
        until_done(&service.process, "tally", round * 330 - 30).await;
        if round == 2 {
            service.nats.wipe();
        }
        service.nats.start();
    }
    service.ground.append(10).await;
    service.settled(1_000).await;
    service.ground.append(1).await;
    service.settled(1_001).await;
    service.assert_live(1_001).await;
}

async fn a_broker_that_freezes_holds_up_nothing(version: Version) {
    let service = service(version).await;
    service.ground.append(20).await;
    service.settled(20).await;
    service.nats.freeze();
    service.ground.append(20).await;
    until_done(&service.process, "tally", 40).await;
    tokio::time::sleep(Duration::from_secs(3)).await; // Longer than an acknowledgment may take.
    service.nats.thaw();
    service.ground.append(20).await;
    service.settled(60).await;
    service.assert_live(60).await;
}

async fn a_broker_that_comes_late_is_used_when_it_comes(version: Version) {
    let ground = ground().await;
    ground.table("read", "tally").await;
    let mut nats = nats(version);
    nats.stop();
    let process = ground.process(Some(&nats.url())).await;
    let tasks =
        vec![tokio::spawn(process.relay().unwrap().run()), Tally::of("tally").start(&process)];
    let mut service = Service { ground, nats, process, tasks };
    service.ground.append(700).await;
    until_done(&service.process, "tally", 700).await;
    service.nats.start();
    // The stream begins at the head: events are for those who listen, the past is in Postgres.
    until_done(&service.process, relay::NAME, 700).await;
    service.ground.append(7).await;
    service.settled(707).await;
    service.assert_live(707).await;
}

async fn a_stream_of_another_history_is_made_anew(version: Version) {
    let service = service(version).await;
    service.ground.append(10).await;
    service.settled(10).await;
    service.stop();
    // Somebody else's message, as after a restore of the broker or of the log.
    let broker = service.process.broker.clone().unwrap();
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("Folio-Position", "10");
    headers.insert("Folio-Store", broker.store().to_string());
    headers.insert("Nats-Msg-Id", "00000000-0000-7000-8000-000000000000");
    let subject = broker.subject("like.added");
    let sent = service.jetstream().publish_with_headers(subject, headers, "forged".into()).await;
    sent.unwrap().await.unwrap();
    let process = service.ground.process(Some(&service.nats.url())).await;
    let task = tokio::spawn(process.relay().unwrap().run());
    until_done(&process, relay::NAME, 10).await;
    service.ground.append(3).await;
    until_done(&process, relay::NAME, 13).await;
    task.abort();
    service.assert_live(13).await;
    let stream = service.stream().await;
    assert_eq!(stream.cached_info().state.messages, 3, "nothing of the other history is left");
}
