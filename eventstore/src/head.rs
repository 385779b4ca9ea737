//! How far the log is, learnt once per process for everybody in it: at once from the own writer,
//! soon from a hint of another process, and in any case from a slow poll of Postgres.

use std::time::Duration;

use async_nats::Subscriber;
use futures::StreamExt;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::broker::Broker;
use crate::{DatabaseError, Log};

/// How often Postgres is asked when nothing wakes us.
const POLL_EVERY: Duration = Duration::from_millis(500);
/// A hint is not worth waiting for longer.
const HINT_WAIT_MAX: Duration = Duration::from_millis(100);

/// The last position of the log, as far as this process knows.
#[derive(Debug, Clone)]
pub struct Head {
    position: watch::Receiver<i64>,
    log: Log,
}

impl Head {
    /// The head as it is now, and the future that keeps watching it. `committed` is the own
    /// writer's last committed position, if this process has a writer.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn new(
        log: Log,
        committed: Option<watch::Receiver<i64>>,
        broker: Option<Broker>,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), DatabaseError> {
        let (known, position) = watch::channel(log.head().await?);
        let scout = Scout { log: log.clone(), known, broker };
        Ok((Self { position, log }, scout.run(committed)))
    }

    /// The last known position; 0 before the first event.
    #[must_use]
    pub fn position(&self) -> i64 {
        *self.position.borrow()
    }

    /// Waits until the known position changes.
    pub async fn changed(&mut self) {
        if self.position.changed().await.is_err() {
            std::future::pending::<()>().await; // Nobody watches any more: we are being shut down.
        }
    }

    /// The last position according to Postgres, for whoever must not rely on what is known.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn read(&self) -> Result<i64, DatabaseError> {
        self.log.head().await
    }
}

struct Scout {
    log: Log,
    known: watch::Sender<i64>,
    broker: Option<Broker>,
}

impl Scout {
    async fn run(self, mut committed: Option<watch::Receiver<i64>>) {
        let mut hints = self.hints().await;
        let mut poll = tokio::time::interval(POLL_EVERY);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                position = next_commit(&mut committed) => self.advance(position).await,
                hint = next_hint(&mut hints) => {
                    if hint > *self.known.borrow() {
                        self.look().await;
                    }
                }
                _ = poll.tick() => self.look().await,
            }
        }
    }

    async fn hints(&self) -> Option<Subscriber> {
        let broker = self.broker.as_ref()?;
        match broker.client().subscribe(broker.head_subject()).await {
            Ok(hints) => Some(hints),
            Err(error) => {
                tracing::warn!(%error, "no hints about other processes' events: polling");
                None
            }
        }
    }

    /// Our own writer committed: the truth at once, and a hint to the other processes.
    async fn advance(&self, position: i64) {
        self.set(position);
        if let Some(broker) = self.broker.as_ref().filter(|broker| broker.is_connected()) {
            let hint = broker.client().publish(broker.head_subject(), position.to_string().into());
            // A lost hint costs the others one poll.
            let _ = tokio::time::timeout(HINT_WAIT_MAX, hint).await;
        }
    }

    /// Asks Postgres. A head below one that was committed before we asked means that the history
    /// was replaced; whoever was beyond it will find out by its event id.
    async fn look(&self) {
        let before = *self.known.borrow();
        match self.log.head().await {
            Ok(position) => {
                if position < before {
                    tracing::error!(before, position, "the log is shorter than it was");
                }
                self.set(position);
            }
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "no head"),
        }
    }

    fn set(&self, position: i64) {
        metrics::gauge!("folio_log_head").set(position as f64);
        self.known.send_if_modified(|known| std::mem::replace(known, position) != position);
    }
}

async fn next_commit(committed: &mut Option<watch::Receiver<i64>>) -> i64 {
    if let Some(receiver) = committed {
        if receiver.changed().await.is_ok() {
            return *receiver.borrow_and_update();
        }
        *committed = None; // The writer left; other processes may still write.
    }
    std::future::pending().await
}

/// The position another process claims to have reached.
async fn next_hint(hints: &mut Option<Subscriber>) -> i64 {
    while let Some(subscriber) = hints {
        match subscriber.next().await {
            Some(message) => {
                let text = std::str::from_utf8(&message.payload).unwrap_or_default();
                if let Ok(position) = text.parse() {
                    return position;
                }
            }
            None => *hints = None,
        }
    }
    std::future::pending().await
}
