//! One feed per process: the log's new events, dense and in order, decoded once and handed to every
//! consumer in the process. NATS brings them first; whatever it does not bring is read from
//! Postgres, so that without NATS the feed is only a little slower.

mod subscription;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep_until};

use crate::backoff::Backoff;
use crate::broker::Broker;
use crate::envelope;
use crate::follow::{Plan, plan};
use crate::head::Head;
use crate::{DatabaseError, Decoder, Entry, Log, Recorded};
use subscription::Subscription;

/// Chunks a slow consumer may lag behind before it must read Postgres itself.
const QUEUE_CHUNKS_MAX: usize = 128;
/// Events handed on at once, and the rest of the append that the last one is of.
const CHUNK_EVENTS_MAX: usize = 128;
/// How long NATS may take to bring an event that the log already has.
const PATIENCE: Duration = Duration::from_millis(100);

/// Events that follow each other: whole appends, for nobody shall see half of one.
pub type Chunk = Arc<[Arc<Entry>]>;

/// The new events of the log, for the consumers of one process.
#[derive(Debug, Clone)]
pub struct Feed {
    queue: broadcast::Sender<Chunk>,
}

impl Feed {
    /// The feed from the log's present head on, and the future that fills it.
    pub fn new(
        log: Log,
        head: Head,
        broker: Option<Broker>,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (queue, _) = broadcast::channel(QUEUE_CHUNKS_MAX);
        let feed = Self { queue };
        let gathered = Gathered::after(head.position());
        let reader = Reader { log, head, feed: feed.clone(), gathered };
        (feed, reader.run(broker))
    }

    /// Every event from now on, in order, a few appends at a time: to wake everybody for each event
    /// would cost more than the events. A gap is possible only where an event does not decode; a
    /// consumer that cares meets it, with its reason, in Postgres.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Chunk> {
        self.queue.subscribe()
    }
}

struct Reader {
    log: Log,
    head: Head,
    feed: Feed,
    gathered: Gathered,
}

impl Reader {
    async fn run(mut self, broker: Option<Broker>) {
        let mut subscription = Subscription::start(broker);
        let mut backoff = Backoff::new();
        let mut due = Instant::now();
        loop {
            let behind = self.gathered.last < self.head.position();
            tokio::select! {
                body = subscription.next() => match self.take(body, &mut subscription) {
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

    /// A message of the broker, and those that are there already behind it, as long as each is the
    /// next event. What they complete is handed on; what became of the last one is answered.
    fn take(&mut self, first: Bytes, subscription: &mut Subscription) -> Plan {
        let mut planned = self.take_one(&first);
        for _ in 1..CHUNK_EVENTS_MAX {
            let next = if planned == Plan::Apply { subscription.waiting() } else { None };
            let Some(body) = next else { break };
            planned = self.take_one(&body);
        }
        self.hand_on();
        planned
    }

    fn take_one(&mut self, body: &[u8]) -> Plan {
        let (event, ends_append) = match envelope::decode(body) {
            Ok(decoded) => decoded,
            Err(error) => {
                tracing::warn!(%error, "feed: a message that is none of ours");
                return Plan::Skip;
            }
        };
        let plan = plan(self.gathered.last, event.position);
        if plan == Plan::Apply {
            self.gathered.add(event);
            if ends_append {
                self.gathered.end_append();
            }
        }
        plan
    }

    /// Reads on from the last append that was whole.
    async fn read_log(&mut self) -> Result<(), DatabaseError> {
        self.gathered = Gathered::after(self.gathered.whole_until);
        while self.gathered.last < self.head.position() {
            let page = self.log.appends(self.gathered.last, CHUNK_EVENTS_MAX as i64).await?;
            if page.is_empty() {
                // The history was replaced by a shorter one.
                self.gathered = Gathered::after(self.head.position());
            }
            for event in page {
                self.gathered.add(event);
            }
            self.gathered.end_append();
            self.hand_on();
        }
        Ok(())
    }

    fn hand_on(&mut self) {
        let chunk = self.gathered.take_whole();
        if !chunk.is_empty() {
            drop(self.feed.queue.send(chunk)); // Nobody listening is no reason to stop.
        }
    }
}

/// Events on their way to the consumers.
struct Gathered {
    decoder: Decoder,
    /// Those that decode.
    entries: Vec<Arc<Entry>>,
    /// The last position that came.
    last: i64,
    /// Up to here no append is cut in two.
    whole_until: i64,
}

impl Gathered {
    /// None yet after this position.
    fn after(position: i64) -> Self {
        let (decoder, entries) = (Decoder::default(), Vec::new());
        Self { decoder, entries, last: position, whole_until: position }
    }

    fn add(&mut self, event: Recorded) {
        self.last = event.position;
        match self.decoder.decode(event) {
            Ok(entry) => self.entries.push(entry),
            Err(error) => tracing::error!(position = self.last, %error, "feed: poison"),
        }
    }

    /// The last event was the last of its append.
    fn end_append(&mut self) {
        self.whole_until = self.last;
    }

    /// Those of whole appends; the others stay.
    fn take_whole(&mut self) -> Chunk {
        let whole = |entry: &Arc<Entry>| entry.recorded.position <= self.whole_until;
        let whole = self.entries.partition_point(whole);
        self.entries.drain(..whole).collect()
    }
}
