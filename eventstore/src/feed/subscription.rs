//! The process's one subscription to the stream: from new, in order, made again whenever it breaks
//! or falls silent while the log moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::jetstream::consumer::push::{Ordered, OrderedConfig};
use async_nats::jetstream::consumer::{DeliverPolicy, ReplayPolicy};
use bytes::Bytes;
use futures::StreamExt;
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;

use crate::broker::Broker;

/// Messages that wait for the feed; beyond them the broker waits.
const QUEUE_MESSAGES_MAX: usize = 1_024;
/// How long after a failed attempt the next one is made.
const RETRY_EVERY: Duration = Duration::from_millis(500);

type Fault = Box<dyn std::error::Error + Send + Sync>;

pub(super) struct Subscription {
    messages: mpsc::Receiver<Bytes>,
    shared: Arc<Shared>,
    task: Option<AbortHandle>,
}

#[derive(Default)]
struct Shared {
    live: AtomicBool,
    late: Notify,
}

impl Subscription {
    /// Subscribes in the background; without a broker it is never live and never yields.
    pub(super) fn start(broker: Option<Broker>) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE_MESSAGES_MAX);
        let shared = Arc::new(Shared::default());
        let task = broker.map(|broker| {
            tokio::spawn(keep_subscribed(broker, queue, Arc::clone(&shared))).abort_handle()
        });
        Self { messages, shared, task }
    }

    /// The next message's body.
    pub(super) async fn next(&mut self) -> Bytes {
        match self.messages.recv().await {
            Some(body) => body,
            None => std::future::pending().await, // There is no broker.
        }
    }

    /// The next message's body, if it is there already.
    pub(super) fn waiting(&mut self) -> Option<Bytes> {
        self.messages.try_recv().ok()
    }

    /// Whether it is worth waiting for.
    pub(super) fn is_live(&self) -> bool {
        self.shared.live.load(Ordering::Relaxed)
    }

    /// The log had what it should have brought: it is made again.
    pub(super) fn was_late(&self) {
        if self.shared.live.swap(false, Ordering::Relaxed) {
            self.shared.late.notify_one();
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn keep_subscribed(broker: Broker, queue: mpsc::Sender<Bytes>, shared: Arc<Shared>) {
    loop {
        if broker.is_connected() {
            match subscribe(&broker).await {
                Ok(messages) => {
                    shared.live.store(true, Ordering::Relaxed);
                    tokio::select! {
                        () = forward(messages, &queue) => {}
                        () = shared.late.notified() => tracing::debug!("feed: NATS was late"),
                    }
                    shared.live.store(false, Ordering::Relaxed);
                    metrics::counter!("folio_feed_resubscribed_total").increment(1);
                }
                Err(error) => tracing::debug!(error = &*error, "feed: no subscription yet"),
            }
        }
        tokio::time::sleep(RETRY_EVERY).await;
    }
}

async fn subscribe(broker: &Broker) -> Result<Ordered, Fault> {
    let stream = broker.jetstream().get_stream_no_info(broker.stream()).await?;
    let config = OrderedConfig {
        deliver_subject: broker.client().new_inbox(),
        deliver_policy: DeliverPolicy::New,
        replay_policy: ReplayPolicy::Instant,
        ..OrderedConfig::default()
    };
    Ok(stream.create_consumer(config).await?.messages().await?)
}

/// Returns when the subscription breaks, or the feed is gone.
async fn forward(mut messages: Ordered, queue: &mpsc::Sender<Bytes>) {
    loop {
        match messages.next().await {
            Some(Ok(message)) => {
                if queue.send(message.payload.clone()).await.is_err() {
                    return;
                }
            }
            Some(Err(error)) => {
                tracing::debug!(%error, "feed: the subscription broke");
                return;
            }
            None => return,
        }
    }
}
