//! A timer rings at least once after any outage and has exactly one effect.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::likes::{Like, LikeEvent};
use domain::{Decision, GenerationId, Halt, LikeId, Stream, UserId, Work};
use eventstore::board::Board;
use eventstore::carry::{ActError, Carrier, Submission, Submitter};
use eventstore::command::{Clock, SystemClock};
use eventstore::timers::{self, Timer, Timers};
use eventstore::writer::Writer;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::consumer_ground::{Ground, SOON, ground};
use crate::support::{ManualClock, Role};
use crate::writer_ground::{number, writer};

/// Leaves a trace, and would leave another one each time it is decided.
struct Ring {
    key: u128,
    again: Option<DateTime<Utc>>,
}

impl Ring {
    fn of(&self) -> (LikeId, UserId, GenerationId) {
        let (user, generation) = (UserId(Uuid::from_u128(self.key)), GenerationId::default());
        (LikeId::of(user, generation), user, generation)
    }
}

impl Decision for Ring {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Like>(self.of().0)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let (like, user, generation) = self.of();
        if let Some(due) = self.again {
            work.schedule("snooze", self.key.to_string(), due, vec![]);
        }
        work.record::<Like>(like, LikeEvent::Added { user, generation })
    }
}

/// Knows `bell`, `silence`, which nobody outside answers, and `snooze`, which is set anew for an hour later whenever it rings.
#[derive(Default)]
struct Bells {
    calls: AtomicUsize,
}

impl Carrier<Timer> for Bells {
    fn target(&self, timer: &Timer) -> String {
        timer.key.clone()
    }

    fn waits_outside(&self, timer: &Timer) -> bool {
        timer.kind == "silence"
    }

    async fn carry_out(&self, timer: &Timer, _: Uuid) -> Result<Option<Submission>, ActError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if timer.kind == "silence" {
            std::future::pending::<()>().await;
        }
        let again = match timer.kind.as_str() {
            "bell" => None,
            "snooze" => Some(timer.due + TimeDelta::hours(1)),
            kind => return Err(ActError::Fault(format!("nobody knows {kind}").into())),
        };
        Ok(Some(Submission::of(Ring { key: timer.key.parse().unwrap(), again })))
    }
}

/// The timers of one process.
fn start(
    ground: &Ground,
    writer: &Writer,
    bells: &Arc<Bells>,
    clock: Option<Arc<dyn Clock>>,
) -> JoinHandle<()> {
    let timers = Timers {
        pool: ground.database.pool(Role::Writer),
        carrier: Arc::clone(bells),
        submitter: Submitter { writer: writer.clone(), clock: Arc::new(SystemClock) },
        clock,
        place: Board::default().join(timers::NAME),
    };
    tokio::spawn(timers.run())
}

async fn set(ground: &Ground, kind: &str, count: i32, due: &str) {
    let statement = format!(
        "insert into vault.records (kind, key, bytes, due)
         select '{kind}', n::text, '', {due} from generate_series(1, {count}) as n"
    );
    ground.superuser(&statement).await;
}

const LEFT: &str = "select count(*) from vault.records where due is not null";
const RUNG: &str = "select count(*) from es.events";

async fn until_number(ground: &Ground, statement: &str, expected: i64) {
    let client = ground.database.client(Role::Superuser).await;
    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        let seen = number(&client, statement).await;
        if seen == expected {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{statement}: {seen}, not {expected}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn assert_rung_once_each(ground: &Ground, bells: i64) {
    let client = ground.database.client(Role::Superuser).await;
    assert_eq!(number(&client, RUNG).await, bells);
    let twice = "select count(*) from es.events where sequence > 1";
    assert_eq!(number(&client, twice).await, 0);
}

#[tokio::test]
async fn what_came_due_during_an_outage_rings_after_it_once() {
    let ground = ground().await;
    let (writer, bells) = (writer(&ground.database).await, Arc::new(Bells::default()));
    set(&ground, "bell", 500, "now() - n * interval '1 minute'").await;
    set(&ground, "snooze", 3, "now() + interval '1 day'").await;
    let task = start(&ground, &writer, &bells, None);
    until_number(&ground, LEFT, 3).await;
    task.abort();
    assert_rung_once_each(&ground, 500).await;
}

/// A machine whose clock is behind the database's.
struct Behind(TimeDelta);

impl Clock for Behind {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() - self.0
    }
}

/// When it rings, by the clock of its process.
struct Listener(Behind, Mutex<Vec<TimeDelta>>);

impl Carrier<Timer> for Listener {
    fn target(&self, timer: &Timer) -> String {
        timer.key.clone()
    }

    async fn carry_out(&self, timer: &Timer, _: Uuid) -> Result<Option<Submission>, ActError> {
        self.1.lock().unwrap().push(timer.due - self.0.now());
        Ok(None)
    }
}

#[tokio::test]
async fn nothing_rings_before_its_time_by_the_clock_that_judges_it() {
    let ground = ground().await;
    let writer = writer(&ground.database).await;
    set(&ground, "bell", 20, "now() + n * interval '10 milliseconds'").await;
    let lag = || Behind(TimeDelta::milliseconds(400));
    let listener = Arc::new(Listener(lag(), Mutex::default()));
    let timers = Timers {
        pool: ground.database.pool(Role::Writer),
        carrier: Arc::clone(&listener),
        submitter: Submitter { writer, clock: Arc::new(lag()) },
        clock: None,
        place: Board::default().join(timers::NAME),
    };
    let task = tokio::spawn(timers.run());
    until_number(&ground, LEFT, 0).await;
    task.abort();
    let early = listener.1.lock().unwrap();
    assert_eq!(early.len(), 20);
    assert!(early.iter().all(|early| *early <= TimeDelta::zero()), "{early:?}");
}

#[tokio::test]
async fn whatever_is_silent_outside_leaves_room_for_what_is_not() {
    let ground = ground().await;
    let (writer, bells) = (writer(&ground.database).await, Arc::new(Bells::default()));
    set(&ground, "silence", 500, "now() - interval '1 hour'").await;
    set(&ground, "bell", 30, "now()").await;
    let task = start(&ground, &writer, &bells, None);
    until_number(&ground, LEFT, 500).await;
    task.abort();
    assert_rung_once_each(&ground, 30).await;
}

#[tokio::test]
async fn timers_killed_while_they_ring_have_one_effect() {
    let ground = ground().await;
    let (writer, bells) = (writer(&ground.database).await, Arc::new(Bells::default()));
    set(&ground, "bell", 300, "now()").await;
    for _ in 0..5 {
        let tasks = [(); 2].map(|()| start(&ground, &writer, &bells, None));
        let before = bells.calls.load(Ordering::SeqCst);
        let deadline = tokio::time::Instant::now() + SOON;
        while bells.calls.load(Ordering::SeqCst) < before + 20
            && number(&ground.database.client(Role::Superuser).await, LEFT).await > 0
        {
            assert!(tokio::time::Instant::now() < deadline, "nothing rings");
        }
        tasks.iter().for_each(JoinHandle::abort);
    }
    let task = start(&ground, &writer, &bells, None);
    until_number(&ground, LEFT, 0).await;
    task.abort();
    assert_rung_once_each(&ground, 300).await;
}

#[tokio::test]
async fn a_crash_between_effect_and_removal_is_answered_by_the_key() {
    let ground = ground().await;
    let (writer, bells) = (writer(&ground.database).await, Arc::new(Bells::default()));
    for _ in 0..3 {
        set(&ground, "bell", 1, "timestamptz '2026-01-01 00:00:00Z'").await;
        let task = start(&ground, &writer, &bells, None);
        until_number(&ground, LEFT, 0).await;
        task.abort();
    }
    assert_eq!(bells.calls.load(Ordering::SeqCst), 3, "it did ring again");
    assert_rung_once_each(&ground, 1).await;
}

#[tokio::test]
async fn a_timer_set_anew_by_what_it_causes_rings_again_at_its_new_time() {
    let ground = ground().await;
    let (writer, bells) = (writer(&ground.database).await, Arc::new(Bells::default()));
    let clock = ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap());
    set(&ground, "snooze", 1, "timestamptz '2026-01-01 00:00:01Z'").await;
    let task = start(&ground, &writer, &bells, Some(Arc::new(clock.clone())));
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(bells.calls.load(Ordering::SeqCst), 0, "not before its time by the test's clock");
    clock.advance(Duration::from_secs(1));
    until_number(&ground, RUNG, 1).await;
    clock.advance(Duration::from_secs(3_600));
    until_number(&ground, RUNG, 2).await;
    let moved = "select count(*) from vault.records where due = '2026-01-01 02:00:01Z'";
    until_number(&ground, moved, 1).await;
    task.abort();
}

#[tokio::test]
async fn a_kind_nobody_knows_stays_and_holds_up_no_other() {
    let ground = ground().await;
    let (writer, bells) = (writer(&ground.database).await, Arc::new(Bells::default()));
    set(&ground, "riddle", 2_500, "now() - interval '1 day'").await;
    set(&ground, "bell", 10, "now()").await;
    let task = start(&ground, &writer, &bells, None);
    until_number(&ground, RUNG, 10).await;
    until_number(&ground, LEFT, 2_500).await;
    task.abort();
    assert_rung_once_each(&ground, 10).await;
}
