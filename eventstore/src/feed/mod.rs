//! One feed per process: the log's new events, dense and in order, decoded once and handed to every
//! consumer in the process. NATS brings them first; whatever it does not bring is read from
//! Postgres, so that without NATS the feed is only a little slower.

mod subscription;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::time::{Instant, sleep_until};

use crate::backoff::Backoff;
use crate::broker::Broker;
use crate::envelope;
use crate::follow::{Plan, plan};
use crate::head::Head;
use crate::{DatabaseError, Entry, Log, Recorded};
use subscription::Subscription;

/// Events a slow consumer may lag behind before it must read Postgres itself.
const QUEUE_EVENTS_MAX: usize = 4_096;
/// Events read from the log at once.
const PAGE_EVENTS_MAX: i64 = 500;
/// How long NATS may take to bring an event that the log already has.
const PATIENCE: Duration = Duration::from_millis(100);

/// The new events of the log, for the consumers of one process.
#[derive(Debug, Clone)]
pub struct Feed {
    queue: broadcast::Sender<Arc<Entry>>,
}

impl Feed {
    /// The feed from the log's present head on, and the future that fills it.
    pub fn new(
        log: Log,
        head: Head,
        broker: Option<Broker>,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (queue, _) = broadcast::channel(QUEUE_EVENTS_MAX);
        let feed = Self { queue };
        let reader = Reader { log, last: head.position(), head, feed: feed.clone() };
        (feed, reader.run(broker))
    }

    /// Every event from now on, in order. A gap is possible only where an event does not decode;
    /// a consumer that cares meets it, with its reason, in Postgres.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Entry>> {
        self.queue.subscribe()
    }
}

struct Reader {
    log: Log,
    head: Head,
    feed: Feed,
    /// The last position handed on.
    last: i64,
}

impl Reader {
    async fn run(mut self, broker: Option<Broker>) {
        let mut subscription = Subscription::start(broker);
        let mut backoff = Backoff::new();
        let mut due = Instant::now();
        loop {
            let behind = self.last < self.head.position();
            tokio::select! {
                body = subscription.next() => match self.take(&body) {
                    Plan::Skip => {}
                    Plan::Apply => due = Instant::now() + PATIENCE,
                    Plan::Backfill => due = Instant::now(),
                },
                () = sleep_until(due), if behind => match self.read_log().await {
                    Ok(()) => {
                        backoff.reset();
                        subscription.was_late();
                    }
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "feed: no log");
                        backoff.wait().await;
                    }
                },
                () = self.head.changed() => {
                    if !behind {
                        let patience =
                            if subscription.is_live() { PATIENCE } else { Duration::ZERO };
                        due = Instant::now() + patience;
                    }
                }
            }
        }
    }

    /// A message of the broker: handed on if it is the next event.
    fn take(&mut self, body: &[u8]) -> Plan {
        let event = match envelope::decode(body) {
            Ok(event) => event,
            Err(error) => {
                tracing::warn!(%error, "feed: a message that is none of ours");
                return Plan::Skip;
            }
        };
        let plan = plan(self.last, event.position);
        if plan == Plan::Apply {
            self.hand_on(event);
        }
        plan
    }

    async fn read_log(&mut self) -> Result<(), DatabaseError> {
        while self.last < self.head.position() {
            let page = self.log.range(self.last, PAGE_EVENTS_MAX).await?;
            if page.is_empty() {
                self.last = self.head.position(); // The history was replaced by a shorter one.
            }
            for event in page {
                self.hand_on(event);
            }
        }
        Ok(())
    }

    fn hand_on(&mut self, event: Recorded) {
        self.last = event.position;
        match Entry::decode(event) {
            // Nobody listening is no reason to stop.
            Ok(entry) => drop(self.feed.queue.send(entry)),
            Err(error) => tracing::error!(position = self.last, %error, "feed: poison"),
        }
    }
}
