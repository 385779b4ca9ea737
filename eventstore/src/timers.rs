//! Durable timers: records of the vault that are due. Each rings at least once after its time,
//! whatever outage lies between, and has one effect, for the key of its command is derived from it.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use futures::FutureExt;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::DatabaseError;
use crate::board::{Place, State, reason};
use crate::carry::{Carrier, Cause, Submitter};
use crate::command::Clock;
use crate::lease::Lease;

/// The name of the duty, on the board and as lease, and the scope of the commands' keys.
pub const NAME: &str = "timer";
/// How often due timers are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Timers read at once.
const PAGE_TIMERS_MAX: usize = 128;
/// Pages of one look; the next look goes on from there.
const PAGES_MAX: usize = 16;
/// Timers that ring at the same time.
const RINGING_MAX: usize = 64;
/// Of these, timers that wait for the outside, so that leases and holds end in time when it is silent.
const OUTSIDE_MAX: usize = 40;
/// When a timer that could not be dealt with is tried again.
const REST: Duration = Duration::from_secs(5);
/// How far the clock of this process may be behind the database's.
const CLOCK_LAG_MAX: Duration = Duration::from_secs(5);

/// Locked ones are passed over: somebody is changing them. Nothing stays locked while a timer
/// rings, for what rings may well change its own record.
const DUE: &str = "select kind, key, bytes, due from vault.records
where due <= coalesce($1, clock_timestamp())
    and (due, kind, key) > (coalesce($2, '-infinity'::timestamptz), $3, $4)
order by due, kind, key limit $5
for update skip locked";

/// Only if it was not set anew meanwhile.
const DONE: &str = "delete from vault.records where kind = $1 and key = $2 and due = $3";

/// A timer that is due.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Timer {
    /// What sort.
    pub kind: String,
    /// Whose, within the kind.
    pub key: String,
    /// When it was to ring.
    pub due: DateTime<Utc>,
    /// What was left for this moment.
    pub bytes: Vec<u8>,
}

impl Timer {
    /// The key of what comes of it; set anew for another time, it is another fact.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let due = self.due.timestamp_micros().to_string();
        domain::derive(&["timer", &self.kind, &self.key, &due])
    }

    fn place(&self) -> Seen {
        Seen { due: Some(self.due), kind: self.kind.clone(), key: self.key.clone() }
    }
}

/// Rings timers. Dropping the future of [`Timers::run`] stops it.
pub struct Timers<C> {
    /// Connects as `es_writer`, which serves the vault.
    pub pool: Pool,
    /// What a timer comes to. A kind nobody knows is a fault: loud, and the record stays.
    pub carrier: Arc<C>,
    /// Where commands go.
    pub submitter: Submitter,
    /// For tests; timers are due by the database's clock otherwise.
    pub clock: Option<Arc<dyn Clock>>,
    /// Where it says that it is at work.
    pub place: Place,
}

/// A place among the timers that are due, oldest first; by default before all of them.
#[derive(Default)]
struct Seen {
    due: Option<DateTime<Utc>>,
    kind: String,
    key: String,
}

/// The timers of this process that are ringing or rest after a fault.
#[derive(Default)]
struct Round {
    /// Up to where the due ones were looked through; from the beginning again after the last one,
    /// so that those that cannot be dealt with never keep the others from their turn.
    seen: Seen,
    ringing: JoinSet<Rung>,
    /// How many of those wait for the outside.
    outside: usize,
    /// Until when each timer is left alone; none while it rings.
    busy: HashMap<Uuid, Option<Instant>>,
}

/// A timer that has rung.
struct Rung {
    id: Uuid,
    is_done: bool,
    outside: bool,
}

impl<C: Carrier<Timer>> Timers<C> {
    /// Waits for the lease and rings whatever is due until it is lost, again and again.
    pub async fn run(self) {
        let timers = Arc::new(self);
        loop {
            timers.place.is(State::Standby);
            let lease = Lease::acquire(&timers.pool, NAME).await;
            tokio::select! {
                () = lease.lost() => tracing::warn!("the timers' lease was lost"),
                () = timers.lead() => {}
            }
        }
    }

    async fn lead(self: &Arc<Self>) {
        let mut round = Round::default();
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut more = false;
        loop {
            tokio::select! {
                () = round.finished() => {
                    if !more || round.ringing.len() > RINGING_MAX / 2 {
                        continue;
                    }
                }
                _ = look.tick() => {}
            }
            match self.look(&mut round).await {
                Ok(cut_short) => {
                    more = cut_short;
                    self.place.is(State::Running);
                }
                Err(error) => {
                    let reason = reason(&error);
                    tracing::warn!(reason, "timers cannot be read");
                    self.place.is(State::Retrying(reason));
                }
            }
        }
    }

    /// Rings what is due; answers whether there may be more than could be looked at or rung.
    async fn look(self: &Arc<Self>, round: &mut Round) -> Result<bool, DatabaseError> {
        round.forget_rested();
        let mut passed_over = false;
        for _ in 0..PAGES_MAX {
            let page = self.due(&round.seen).await?;
            let last_page = page.len() < PAGE_TIMERS_MAX;
            for timer in page {
                if round.ringing.len() >= RINGING_MAX {
                    return Ok(true);
                }
                round.seen = timer.place();
                let outside = self.carrier.waits_outside(&timer);
                if outside && round.outside >= OUTSIDE_MAX {
                    passed_over = true;
                    continue;
                }
                round.ring(Arc::clone(self), timer, outside);
            }
            if last_page {
                round.seen = Seen::default();
                return Ok(passed_over);
            }
        }
        Ok(true)
    }

    async fn due(&self, seen: &Seen) -> Result<Vec<Timer>, DatabaseError> {
        let now = self.clock.as_ref().map(|clock| clock.now());
        let (limit, Seen { due, kind, key }) = (PAGE_TIMERS_MAX as i64, seen);
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(DUE).await?;
        let rows = client.query(&statement, &[&now, due, kind, key, &limit]).await?;
        let timer = |row: &Row| Timer {
            kind: row.get(0),
            key: row.get(1),
            bytes: row.get(2),
            due: row.get(3),
        };
        Ok(rows.iter().map(timer).collect())
    }

    /// Timers are due by the database's clock, what comes of them is judged by ours. Rung a moment
    /// early by it, an act would find that its time has not come, and the timer be gone.
    async fn until_due(&self, timer: &Timer) -> Result<(), ClockLags> {
        let clock = &self.submitter.clock;
        if let Ok(early) = (timer.due - clock.now()).to_std() {
            tokio::time::sleep(early.min(CLOCK_LAG_MAX)).await;
        }
        if clock.now() < timer.due { Err(ClockLags(timer.due)) } else { Ok(()) }
    }

    /// Carries out one timer and removes it after any final outcome, a refusal included. A crash
    /// in between is answered by the key.
    async fn ring(&self, timer: &Timer) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let cause = Cause {
            scope: NAME.to_owned(),
            id: timer.id(),
            actor: format!("{NAME}:{}", timer.kind),
            entry: None,
        };
        self.until_due(timer).await?;
        self.submitter.carry_out(&*self.carrier, timer, &cause).await?;
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(DONE).await?;
        client.execute(&statement, &[&timer.kind, &timer.key, &timer.due]).await?;
        metrics::counter!("folio_timers_rung_total", "kind" => timer.kind.clone()).increment(1);
        Ok(())
    }
}

/// The clock of this process is behind the database's, by more than is waited for.
#[derive(Debug, thiserror::Error)]
#[error("by this machine's clock it is not due before {0}: set the clock")]
struct ClockLags(DateTime<Utc>);

impl Round {
    fn ring<C: Carrier<Timer>>(&mut self, timers: Arc<Timers<C>>, timer: Timer, outside: bool) {
        let id = timer.id();
        if self.busy.contains_key(&id) {
            return;
        }
        self.busy.insert(id, None);
        self.outside += usize::from(outside);
        self.ringing.spawn(async move {
            let ringing = AssertUnwindSafe(timers.ring(&timer)).catch_unwind();
            let outcome = ringing.await.unwrap_or_else(|_| Err("it panicked".into()));
            if let Err(error) = &outcome {
                let Timer { kind, key, due, .. } = &timer;
                let reason = reason(&**error);
                tracing::error!(kind, key, %due, reason, "a timer cannot be dealt with");
                metrics::counter!("folio_timers_failed_total", "kind" => kind.clone()).increment(1);
            }
            Rung { id, is_done: outcome.is_ok(), outside }
        });
    }

    /// Waits until a timer has rung; for ever if none rings.
    async fn finished(&mut self) {
        // Those that ring catch their panics, so none is lost here.
        let Some(Ok(rung)) = self.ringing.join_next().await else {
            return std::future::pending().await;
        };
        self.outside -= usize::from(rung.outside);
        if rung.is_done {
            self.busy.remove(&rung.id);
        } else {
            self.busy.insert(rung.id, Some(Instant::now() + REST));
        }
    }

    fn forget_rested(&mut self) {
        let now = Instant::now();
        self.busy.retain(|_, until| until.is_none_or(|until| until > now));
    }
}
