//! The acts of a process that are under way: many at once, but those about the same thing in
//! order, so that one slow provider call holds up only what waits for that call.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::carry::ActError;
use crate::follow::Mark;

/// Acts carried out at the same time.
const RUNNING_MAX: usize = 32;
/// Acts on the desk, running or waiting; beyond them no event is read.
const ACTS_MAX: usize = 512;

/// One act on its way.
pub(super) struct Job {
    /// What it is about.
    pub(super) target: String,
    /// Ends when it is done.
    pub(super) work: BoxFuture<'static, Result<(), ActError>>,
}

/// An event whose acts are not all done.
struct Open {
    acts: usize,
    /// The event before it: as far as the process is done while this one is open.
    before: Mark,
}

struct Finished {
    position: i64,
    target: String,
    outcome: Result<(), ActError>,
}

pub(super) struct Desk {
    read: Mark,
    open: BTreeMap<i64, Open>,
    acts: usize,
    /// What waits behind each running target.
    waiting: HashMap<String, VecDeque<(i64, Job)>>,
    running: JoinSet<Finished>,
    permits: Arc<Semaphore>,
}

impl Desk {
    pub(super) fn new(done: Mark) -> Self {
        Self {
            read: done,
            open: BTreeMap::new(),
            acts: 0,
            waiting: HashMap::new(),
            running: JoinSet::new(),
            permits: Arc::new(Semaphore::new(RUNNING_MAX)),
        }
    }

    /// Whether another batch may be read.
    pub(super) fn has_room(&self) -> bool {
        self.acts < ACTS_MAX
    }

    /// The last event before the lowest one with an unfinished act.
    pub(super) fn done(&self) -> Mark {
        self.open.first_key_value().map_or(self.read, |(_, open)| open.before)
    }

    /// Takes the next event and what follows from it, maybe nothing.
    pub(super) fn take(&mut self, event: Mark, jobs: Vec<Job>) {
        if !jobs.is_empty() {
            self.acts += jobs.len();
            self.open.insert(event.position, Open { acts: jobs.len(), before: self.read });
        }
        self.read = event;
        for job in jobs {
            match self.waiting.get_mut(&job.target) {
                Some(queue) => queue.push_back((event.position, job)),
                None => {
                    self.waiting.insert(job.target.clone(), VecDeque::new());
                    self.start(event.position, job);
                }
            }
        }
    }

    /// Waits until an act is done; for ever if there is none. Safe to drop.
    ///
    /// # Errors
    /// An act that cannot be done, with its event's position.
    pub(super) async fn finished(&mut self) -> Result<(), (i64, ActError)> {
        let Some(Ok(Finished { position, target, outcome })) = self.running.join_next().await
        else {
            return std::future::pending().await; // Jobs catch their panics, so none is lost here.
        };
        outcome.map_err(|error| (position, error))?;
        self.acts -= 1;
        if let Some(open) = self.open.get_mut(&position) {
            open.acts -= 1;
            if open.acts == 0 {
                self.open.remove(&position);
            }
        }
        match self.waiting.get_mut(&target).and_then(VecDeque::pop_front) {
            Some((position, job)) => self.start(position, job),
            None => drop(self.waiting.remove(&target)),
        }
        Ok(())
    }

    fn start(&mut self, position: i64, Job { target, work }: Job) {
        let permits = Arc::clone(&self.permits);
        self.running.spawn(async move {
            let _permit = permits.acquire_owned().await;
            let panicked = |_| Err(ActError::Fault("it panicked".into()));
            let outcome = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(panicked);
            Finished { position, target, outcome }
        });
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use tokio::sync::oneshot;
    use uuid::Uuid;

    use super::*;

    fn mark(position: i64) -> Mark {
        Mark { position, event_id: Some(Uuid::from_u128(position.unsigned_abs().into())) }
    }

    /// A job that ends when the test says so.
    fn job(target: &str) -> (oneshot::Sender<()>, Job) {
        let (end, ended) = oneshot::channel();
        let work = async move {
            ended.await.unwrap();
            Ok(())
        };
        (end, Job { target: target.to_owned(), work: work.boxed() })
    }

    #[tokio::test]
    async fn done_is_what_lies_before_the_lowest_unfinished_act() {
        let mut desk = Desk::new(mark(4));
        let (end_slow, slow) = job("slow");
        let (end_quick, quick) = job("quick");
        desk.take(mark(5), vec![]);
        desk.take(mark(6), vec![slow]);
        desk.take(mark(7), vec![quick]);
        assert_eq!(desk.done(), mark(5));
        end_quick.send(()).unwrap();
        desk.finished().await.unwrap();
        assert_eq!(desk.done(), mark(5), "the slow one is still open");
        end_slow.send(()).unwrap();
        desk.finished().await.unwrap();
        assert_eq!(desk.done(), mark(7));
    }

    #[tokio::test]
    async fn acts_about_the_same_thing_are_done_one_after_another() {
        let mut desk = Desk::new(mark(0));
        let (end_first, first) = job("wallet");
        let (end_second, second) = job("wallet");
        desk.take(mark(1), vec![first, second]);
        end_second.send(()).unwrap();
        let early = tokio::time::timeout(std::time::Duration::from_millis(50), desk.finished());
        assert!(early.await.is_err(), "the second may not overtake the first");
        end_first.send(()).unwrap();
        desk.finished().await.unwrap();
        desk.finished().await.unwrap();
        assert_eq!(desk.done(), mark(1));
    }

    #[tokio::test]
    async fn a_panicking_act_names_its_event() {
        let mut desk = Desk::new(mark(0));
        let work = async { panic!("on purpose") };
        desk.take(mark(1), vec![Job { target: "any".to_owned(), work: work.boxed() }]);
        assert!(matches!(desk.finished().await, Err((1, ActError::Fault(_)))));
    }
}
