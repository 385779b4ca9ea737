//! A stand-in for Lemon Squeezy: speaks the protocol of product.md d2 on 127.0.0.1, plays the
//! customer and the passing months, and misbehaves on demand. For the demo and for tests, in or out
//! of process.

mod act;
mod calendar;
mod letter;
mod messenger;
mod objects;
mod routes;
mod shelf;
mod store;
mod terminal;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use act::{Act, Pause, PauseMode};
pub use letter::Letter;
pub use messenger::{Attempt, Manner};
pub use objects::{Custom, Invoice, Subscription};
pub use shelf::{SHELF, SHELF_NAMES, Variant};

use messenger::Messenger;
use store::Store;

/// What the stand-in's store and its one product line are called in ids.
pub const STORE: u64 = 1;

/// How to start a stand-in.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 for any.
    pub addr: SocketAddr,
    /// What the shop must authenticate with.
    pub api_key: String,
    /// What deliveries are signed with.
    pub webhook_secret: String,
    /// Where webhooks go; nowhere by default.
    pub webhook_url: Option<String>,
    /// What stands for a second between repetitions of a webhook.
    pub second: Duration,
    /// The file that outlives the process; in memory only by default.
    pub file: Option<PathBuf>,
}

impl Options {
    /// On any free port of 127.0.0.1, in memory, without webhooks.
    #[must_use]
    pub fn new(api_key: impl Into<String>, webhook_secret: impl Into<String>) -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            api_key: api_key.into(),
            webhook_secret: webhook_secret.into(),
            webhook_url: None,
            second: Duration::from_secs(1),
            file: None,
        }
    }
}

/// A running stand-in; stops when it is dropped.
#[derive(Debug)]
pub struct LemonSqueezy {
    addr: SocketAddr,
    counter: Arc<Counter>,
    server: JoinHandle<()>,
}

impl LemonSqueezy {
    /// Starts to listen.
    ///
    /// # Errors
    /// The address is taken, or the file does not read.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.addr).await.with_context(|| {
            format!("the stand-in Lemon Squeezy cannot listen on {}", options.addr)
        })?;
        let addr = listener.local_addr()?;
        let counter = Arc::new(Counter::open(options, addr)?);
        let app = routes::router(Arc::clone(&counter));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::error!(%error, "the stand-in Lemon Squeezy stopped");
            }
        });
        Ok(Self { addr, counter, server })
    }

    /// Where the shop reaches it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// By its clock it is this time from now on, until told otherwise.
    pub fn set_time(&self, now: DateTime<Utc>) {
        self.counter.change(|store| store.now = Some(now));
        self.counter.wake();
    }

    /// How webhooks are sent from now on.
    pub fn manner(&self, manner: Manner) {
        self.counter.messenger.set_manner(manner);
    }

    /// The next `times` calls of the API are answered with this status.
    pub fn trouble(&self, status: u16, times: u32) {
        self.counter.change(|store| store.trouble = (times > 0).then_some((status, times)));
    }

    /// Somebody subscribes, as they would on the page of a checkout; gives the subscription's id.
    pub fn subscribe(&self, variant: u64, custom: Custom) -> u64 {
        let (id, news) =
            self.counter.change(|store| store.subscribe(variant, custom, objects::EMAIL));
        self.counter.messenger.announce(news);
        id
    }

    /// Something happens to a subscription; false if it cannot.
    pub fn act(&self, subscription: u64, act: Act) -> bool {
        self.counter.act(subscription, act)
    }

    /// A subscription stands where none stood before, as one of next year might.
    pub fn says(&self, subscription: u64, status: &str) {
        self.counter.change(|store| {
            if let Some(subscription) = store.subscriptions.get_mut(&subscription) {
                status.clone_into(&mut subscription.status);
            }
        });
    }

    /// How a subscription stands.
    #[must_use]
    pub fn subscription(&self, id: u64) -> Option<Subscription> {
        self.counter.read(|store| store.subscriptions.get(&id).cloned())
    }

    /// The invoices of a subscription, oldest first.
    #[must_use]
    pub fn invoices(&self, subscription: u64) -> Vec<Invoice> {
        self.counter.read(|store| store.invoices_of(subscription).cloned().collect())
    }

    /// Every webhook it has written so far, sent or not.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.counter.messenger.letters()
    }

    /// A webhook that says this, signed like all others.
    #[must_use]
    pub fn sign(&self, body: &Value) -> Letter {
        self.counter.messenger.sign(body)
    }

    /// Every attempt to deliver a webhook so far.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        self.counter.messenger.attempts()
    }

    /// How often the API was asked so far, by method and path.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.counter.read(|store| store.asked.clone())
    }

    /// Serves until the task is aborted.
    pub async fn serve(mut self) {
        let _ = (&mut self.server).await;
    }
}

impl Drop for LemonSqueezy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The store behind its lock, kept in a file after every change.
#[derive(Debug)]
struct Counter {
    api_key: String,
    url: String,
    store: Mutex<Store>,
    messenger: Messenger,
    file: Option<PathBuf>,
}

impl Counter {
    fn open(options: Options, addr: SocketAddr) -> anyhow::Result<Self> {
        let kept = options.file.as_ref().filter(|path| path.exists());
        let store = match kept {
            Some(path) => serde_json::from_slice(&std::fs::read(path)?)
                .with_context(|| format!("{} does not read", path.display()))?,
            None => Store::default(),
        };
        Ok(Self {
            api_key: options.api_key,
            url: format!("http://{addr}"),
            store: Mutex::new(store),
            messenger: Messenger::new(options.webhook_url, &options.webhook_secret, options.second),
            file: options.file,
        })
    }

    fn read<T>(&self, look: impl FnOnce(&Store) -> T) -> T {
        look(&self.store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, act: impl FnOnce(&mut Store) -> T) -> T {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut store);
        if let Err(error) = self.keep(&store) {
            tracing::error!(%error, "the stand-in Lemon Squeezy cannot keep its file");
        }
        result
    }

    /// Writes beside and renames, so that a kill leaves the old or the new file, whole.
    fn keep(&self, store: &Store) -> anyhow::Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        let beside = path.with_extension("new");
        std::fs::write(&beside, serde_json::to_vec(store)?)?;
        Ok(std::fs::rename(beside, path)?)
    }

    /// Pauses that are over by now are over.
    fn wake(&self) {
        for subscription in self.read(Store::rested) {
            self.act(subscription, Act::Unpause);
        }
    }

    fn act(&self, subscription: u64, act: Act) -> bool {
        let news = self.change(|store| store.act(subscription, act));
        news.map(|news| self.messenger.announce(news)).is_some()
    }
}
