//! A process acts on each event once, through kills, standbys and lost checkpoints, and one slow or
//! dead neighbour holds up only what waits for it.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::likes::{Like, LikeEvent};
use domain::process::{Process, Start};
use domain::{Decision, Event, GenerationId, Halt, LikeId, Stream, UserId, Work};
use eventstore::board::State;
use eventstore::carry::{ActError, Carrier, Submission, Submitter};
use eventstore::command::SystemClock;
use eventstore::process::Runner;
use eventstore::source::Source;
use eventstore::writer::Writer;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::consumer_ground::{Ground, SOON, ground, until, until_done};
use crate::support::Role;
use crate::writer_ground::{number, writer};

/// Answers every like with its removal, and would do so again if it were asked again.
#[derive(Debug, Clone, Copy)]
struct Unlike {
    user: UserId,
    generation: GenerationId,
}

impl Decision for Unlike {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Like>(LikeId::of(self.user, self.generation))]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { user, generation } = *self;
        let removed = LikeEvent::Removed { user, generation };
        work.record::<Like>(LikeId::of(user, generation), removed)
    }
}

struct Sulk;

/// The same, for a process that does not care about the past.
struct LateSulk;

fn unlike(event: &Event) -> Vec<Unlike> {
    if let Event::Like(LikeEvent::Added { user, generation }) = event {
        return vec![Unlike { user: *user, generation: *generation }];
    }
    vec![]
}

impl Process for Sulk {
    type Act = Unlike;

    const NAME: &'static str = "sulk";
    const START: Start = Start::Genesis;

    fn react(&self, event: &Event, _: Uuid, _: DateTime<Utc>) -> Vec<Unlike> {
        unlike(event)
    }
}

impl Process for LateSulk {
    type Act = Unlike;

    const NAME: &'static str = "late-sulk";
    const START: Start = Start::Head;

    fn react(&self, event: &Event, _: Uuid, _: DateTime<Utc>) -> Vec<Unlike> {
        unlike(event)
    }
}

/// An outside that is slow, away, or broken at a chosen call.
struct Outside {
    calls: AtomicUsize,
    /// Answers each call but the first only with a permit.
    first_waits: Option<Semaphore>,
    away: AtomicUsize,
    broken: bool,
}

impl Outside {
    fn new() -> Self {
        Self {
            calls: AtomicUsize::new(0),
            first_waits: None,
            away: AtomicUsize::new(0),
            broken: false,
        }
    }
}

impl Carrier<Unlike> for Outside {
    fn target(&self, act: &Unlike) -> String {
        act.user.to_string()
    }

    async fn carry_out(&self, act: &Unlike, _: Uuid) -> Result<Option<Submission>, ActError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        if self.broken {
            return Err(ActError::Fault("as the test wished".into()));
        }
        let away = self.away.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if away.is_ok() {
            return Err(ActError::Unavailable("not yet".into()));
        }
        if let (0, Some(gate)) = (call, &self.first_waits) {
            gate.acquire().await.unwrap().forget();
        }
        Ok(Some(Submission::of(*act)))
    }
}

fn start<P: Process<Act = Unlike>>(
    process: P,
    source: &Source,
    writer: &Writer,
    outside: &Arc<Outside>,
) -> JoinHandle<()> {
    let submitter = Submitter { writer: writer.clone(), clock: Arc::new(SystemClock) };
    let (carrier, source) = (Arc::clone(outside), source.clone());
    tokio::spawn(Runner { process, carrier, submitter, source }.run())
}

async fn assert_once_each(ground: &Ground, likes: i64) {
    let client = ground.database.client(Role::Superuser).await;
    let removed = "select count(*) from es.events where event_type = 'like.removed'";
    assert_eq!(number(&client, removed).await, likes);
    let twice = "select count(*) from es.events where event_type = 'like.removed' and sequence > 1";
    assert_eq!(number(&client, twice).await, 0);
    let caused = "select count(distinct a.event_id) from es.events a join es.events r
        on r.metadata ->> 'causation_id' = a.event_id::text where a.event_type = 'like.added'";
    assert_eq!(number(&client, caused).await, likes, "each act names the event that caused it");
}

const NAME: &str = "process:sulk";

#[tokio::test]
async fn a_process_killed_again_and_again_acts_once_on_each_event() {
    let ground = ground().await;
    let (writer, outside) = (writer(&ground.database).await, Arc::new(Outside::new()));
    for round in 1..=8 {
        ground.append(40).await;
        let source = ground.process(None).await;
        let task = start(Sulk, &source, &writer, &outside);
        until(&source, NAME, |it| it.state == State::Running).await;
        tokio::time::sleep(Duration::from_millis(round * 3)).await;
        task.abort();
    }
    let source = ground.process(None).await;
    let task = start(Sulk, &source, &writer, &outside);
    until_done(&source, NAME, 640).await;
    task.abort();
    assert_once_each(&ground, 320).await;
}

#[tokio::test]
async fn a_process_that_lost_its_checkpoint_meets_what_it_did_before() {
    let ground = ground().await;
    let (writer, outside) = (writer(&ground.database).await, Arc::new(Outside::new()));
    ground.append(30).await;
    for _ in 0..3 {
        let source = ground.process(None).await;
        let task = start(Sulk, &source, &writer, &outside);
        until_done(&source, NAME, 60).await;
        task.abort();
        ground.projector("delete from control.checkpoints").await;
    }
    assert_eq!(outside.calls.load(Ordering::SeqCst), 90, "it did look at each like again");
    assert_once_each(&ground, 30).await;
}

#[tokio::test]
async fn of_two_processes_one_acts_and_the_other_takes_over() {
    let ground = ground().await;
    let (writer, outside) = (writer(&ground.database).await, Arc::new(Outside::new()));
    let (one, other) = (ground.process(None).await, ground.process(None).await);
    let task = start(Sulk, &one, &writer, &outside);
    until(&one, NAME, |it| it.state == State::Running).await;
    let standby = start(Sulk, &other, &writer, &outside);
    ground.append(20).await;
    until_done(&one, NAME, 40).await;
    assert_eq!(other.board.watch(NAME).unwrap().borrow().state, State::Standby);
    task.abort();
    ground.append(20).await;
    until_done(&other, NAME, 80).await;
    standby.abort();
    assert_eq!(outside.calls.load(Ordering::SeqCst), 40, "nobody was asked twice");
    assert_once_each(&ground, 40).await;
}

#[tokio::test]
async fn one_slow_call_holds_up_its_own_target_and_the_checkpoint_only() {
    let ground = ground().await;
    let writer = writer(&ground.database).await;
    let outside = Arc::new(Outside { first_waits: Some(Semaphore::new(0)), ..Outside::new() });
    let source = ground.process(None).await;
    let task = start(Sulk, &source, &writer, &outside);
    ground.append(25).await;
    let client = ground.database.client(Role::Superuser).await;
    let removed = "select count(*) from es.events where event_type = 'like.removed'";
    let deadline = tokio::time::Instant::now() + SOON;
    while number(&client, removed).await < 24 {
        assert!(tokio::time::Instant::now() < deadline, "the slow call held up the others");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let standing = source.board.watch(NAME).unwrap().borrow().clone();
    assert_eq!(standing.position, 0, "nothing after the unfinished act counts as done");
    outside.first_waits.as_ref().unwrap().add_permits(1);
    until_done(&source, NAME, 50).await;
    task.abort();
    assert_once_each(&ground, 25).await;
}

#[tokio::test]
async fn an_outside_that_is_away_is_asked_until_it_answers() {
    let ground = ground().await;
    let writer = writer(&ground.database).await;
    let outside = Arc::new(Outside { away: AtomicUsize::new(3), ..Outside::new() });
    let source = ground.process(None).await;
    let task = start(Sulk, &source, &writer, &outside);
    ground.append(1).await;
    until_done(&source, NAME, 2).await;
    task.abort();
    assert_eq!(outside.calls.load(Ordering::SeqCst), 4);
    assert_once_each(&ground, 1).await;
}

#[tokio::test]
async fn an_act_that_can_never_be_done_stops_the_process_at_its_event() {
    let ground = ground().await;
    let writer = writer(&ground.database).await;
    let outside = Arc::new(Outside { broken: true, ..Outside::new() });
    let source = ground.process(None).await;
    let task = start(Sulk, &source, &writer, &outside);
    ground.append(1).await;
    let standing = until(&source, NAME, |it| matches!(it.state, State::Stopped(_))).await;
    let State::Stopped(reason) = standing.state else { unreachable!() };
    assert!(reason.contains("event 1 cannot be done"), "{reason}");
    assert_eq!(standing.position, 0);
    task.await.unwrap();
    assert_once_each(&ground, 0).await;
}

#[tokio::test]
async fn a_process_that_starts_at_the_head_leaves_the_past_alone() {
    let ground = ground().await;
    let (writer, outside) = (writer(&ground.database).await, Arc::new(Outside::new()));
    ground.append(12).await;
    let source = ground.process(None).await;
    let task = start(LateSulk, &source, &writer, &outside);
    until_done(&source, "process:late-sulk", 12).await;
    task.abort();
    ground.append(1).await;
    let source = ground.process(None).await;
    let task = start(LateSulk, &source, &writer, &outside);
    until_done(&source, "process:late-sulk", 14).await;
    task.abort();
    assert_once_each(&ground, 1).await;
}
