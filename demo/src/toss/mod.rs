//! A stand-in for Toss Payments: speaks the protocol of product.md d1 on 127.0.0.1, plays the
//! customer's browser, and misbehaves on demand. For the demo and for tests, in or out of process.

mod cancel;
mod command;
mod payment;
mod routes;
mod script;
mod shop;
mod steer;
#[cfg(test)]
mod tests;
mod webhooks;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use chrono::Utc;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use cancel::Event;
pub use payment::{Canceled, Payment, Status};
pub use script::{Answer, CancelOutcome, CancelScript, Outcome, Script};
pub use webhooks::Attempt;

use shop::Shop;
use webhooks::Messenger;

/// Toss's unit of time between repetitions of a webhook.
pub const MINUTE: Duration = Duration::from_secs(60);

/// How to start a stand-in.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 for any.
    pub addr: SocketAddr,
    /// What the shop must authenticate with.
    pub secret_key: String,
    /// Where webhooks go; nowhere by default.
    pub webhook_url: Option<String>,
    /// What stands for a minute between repetitions of a webhook.
    pub minute: Duration,
    /// The file that outlives the process; in memory only by default.
    pub store: Option<PathBuf>,
}

impl Options {
    /// On any free port of 127.0.0.1, in memory, without webhooks.
    #[must_use]
    pub fn new(secret_key: impl Into<String>) -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            secret_key: secret_key.into(),
            webhook_url: None,
            minute: MINUTE,
            store: None,
        }
    }
}

/// A running stand-in; stops when it is dropped.
#[derive(Debug)]
pub struct Toss {
    addr: SocketAddr,
    till: Arc<Till>,
    server: JoinHandle<()>,
}

impl Toss {
    /// Starts to listen.
    ///
    /// # Errors
    /// The address is taken, or the store does not read.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.addr)
            .await
            .with_context(|| format!("the stand-in Toss cannot listen on {}", options.addr))?;
        let addr = listener.local_addr()?;
        let till = Arc::new(Till::open(options)?);
        let app = routes::router(Arc::clone(&till));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::error!(%error, "the stand-in Toss stopped");
            }
        });
        Ok(Self { addr, till, server })
    }

    /// Where the shop reaches it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Tells how confirmations go: of one order, or of all that have no script of their own.
    pub fn script(&self, order_id: Option<&str>, script: Script) {
        self.till.change(|shop| shop.script(order_id, script));
    }

    /// The customer agrees in the payment window; what the browser would bring back to the shop.
    pub fn agree(&self, order_id: &str, order_name: &str, amount: i64) -> Payment {
        self.till.change(|shop| shop.agree(order_id, order_name, amount, Utc::now()))
    }

    /// How an order's payment stands.
    #[must_use]
    pub fn payment(&self, order_id: &str) -> Option<Payment> {
        self.till.read(|shop| shop.payments.get(order_id).cloned())
    }

    /// Something happens to a payment that the shop did not ask for, and is announced; false if it
    /// cannot happen.
    pub fn happens(&self, order_id: &str, event: &Event) -> bool {
        self.till.happens(order_id, event)
    }

    /// The same, and nobody is told.
    pub fn happens_silently(&self, order_id: &str, event: &Event) -> bool {
        self.till.change(|shop| shop.happens(order_id, event, Utc::now()))
    }

    /// Delivers any body as if it were Toss's.
    pub fn deliver(&self, body: Value) {
        self.till.messenger.deliver(body);
    }

    /// Delivers any body, signed with the shop's security key.
    pub fn deliver_signed(&self, body: Value, security_key: &str) {
        self.till.messenger.deliver_signed(body, security_key);
    }

    /// Announces once more how a payment stands; false if there is none.
    pub fn announce(&self, order_id: &str) -> bool {
        self.till.announce(order_id)
    }

    /// Announces what is not true, `lies` replacing fields of the payment; false if there is none.
    pub fn forge(&self, order_id: &str, lies: Map<String, Value>) -> bool {
        self.till.forge(order_id, lies)
    }

    /// Every attempt to deliver a webhook so far.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        self.till.messenger.attempts()
    }

    /// Serves until the task is aborted.
    pub async fn serve(mut self) {
        let _ = (&mut self.server).await;
    }
}

impl Drop for Toss {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The shop behind its lock, kept in a file after every change.
#[derive(Debug)]
struct Till {
    secret_key: String,
    shop: Mutex<Shop>,
    messenger: Messenger,
    store: Option<PathBuf>,
}

impl Till {
    fn open(options: Options) -> anyhow::Result<Self> {
        let kept = options.store.as_ref().filter(|path| path.exists());
        let mut shop: Shop = match kept {
            Some(path) => serde_json::from_slice(&std::fs::read(path)?)
                .with_context(|| format!("{} does not read", path.display()))?,
            None => Shop::default(),
        };
        shop.forget_running();
        Ok(Self {
            secret_key: options.secret_key,
            shop: Mutex::new(shop),
            messenger: Messenger::new(options.webhook_url, options.minute),
            store: options.store,
        })
    }

    fn read<T>(&self, look: impl FnOnce(&Shop) -> T) -> T {
        look(&self.shop.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, act: impl FnOnce(&mut Shop) -> T) -> T {
        let mut shop = self.shop.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut shop);
        if let Err(error) = self.keep(&shop) {
            tracing::error!(%error, "the stand-in Toss cannot keep its store");
        }
        result
    }

    /// Writes beside and renames, so that a kill leaves the old or the new store, whole.
    fn keep(&self, shop: &Shop) -> anyhow::Result<()> {
        let Some(path) = &self.store else { return Ok(()) };
        let beside = path.with_extension("new");
        std::fs::write(&beside, serde_json::to_vec(shop)?)?;
        Ok(std::fs::rename(beside, path)?)
    }

    fn happens(&self, order_id: &str, event: &Event) -> bool {
        self.change(|shop| shop.happens(order_id, event, Utc::now())) && self.announce(order_id)
    }

    fn announce(&self, order_id: &str) -> bool {
        let payment = self.read(|shop| shop.payments.get(order_id).cloned());
        payment.map(|payment| self.messenger.announce(&payment)).is_some()
    }

    fn forge(&self, order_id: &str, lies: Map<String, Value>) -> bool {
        let payment = self.read(|shop| shop.payments.get(order_id).map(Payment::to_json));
        let Some(Value::Object(mut payment)) = payment else { return false };
        payment.extend(lies);
        let created_at = Utc::now().format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
        self.messenger.deliver(json!({
            "eventType": "PAYMENT_STATUS_CHANGED", "createdAt": created_at, "data": payment,
        }));
        true
    }
}
