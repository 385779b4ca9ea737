//! The NATS server: how to reach it, and what a store's things are called there. It is fast, never
//! true: its absence is a normal state, and nothing here waits for it.

use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::{self, context::ContextBuilder};
use async_nats::{ConnectOptions, ServerAddr};
use uuid::Uuid;

/// How long a request, or the acknowledgment of a published event, may take.
pub const ANSWER_WAIT_MAX: Duration = Duration::from_secs(2);
/// How long the client waits between attempts to connect, at most.
const RECONNECT_WAIT_MAX: Duration = Duration::from_secs(1);
/// How soon a server that died without a word is noticed: two of these without an answer.
const PING_EVERY: Duration = Duration::from_secs(2);

/// A connection to NATS that heals itself, bound to one store: every name carries the store's id,
/// so that stores share a server and an old broker never feeds a new log (D14).
#[derive(Debug, Clone)]
pub struct Broker {
    client: async_nats::Client,
    jetstream: jetstream::Context,
    store: Uuid,
}

impl Broker {
    /// Starts connecting to `url` and returns at once, whether or not anybody answers there. The URL
    /// may carry a user and password, or a token as its user.
    ///
    /// # Errors
    /// The URL cannot be used.
    pub async fn connect(url: &str, store: Uuid) -> Result<Self, async_nats::ConnectError> {
        let client = credentials(&url.parse()?)
            .name("folio")
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(|attempt| {
                let doublings = u32::try_from(attempt.min(8)).unwrap_or(8);
                RECONNECT_WAIT_MAX.min(Duration::from_millis(10) * 2_u32.pow(doublings))
            })
            .ping_interval(PING_EVERY)
            .request_timeout(Some(ANSWER_WAIT_MAX))
            .connect(url)
            .await?;
        let jetstream = ContextBuilder::new()
            .timeout(ANSWER_WAIT_MAX)
            .ack_timeout(ANSWER_WAIT_MAX)
            .build(client.clone());
        Ok(Self { client, jetstream, store })
    }

    /// Whether a server answers right now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// For what is not the log's: progress, presence, caches (D13).
    #[must_use]
    pub fn client(&self) -> &async_nats::Client {
        &self.client
    }

    /// For streams and buckets.
    #[must_use]
    pub fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    /// Whose names these are.
    #[must_use]
    pub fn store(&self) -> Uuid {
        self.store
    }

    /// The JetStream stream that carries the log.
    #[must_use]
    pub fn stream(&self) -> String {
        format!("folio_{}", self.store)
    }

    /// The subject of an event: `<store>.events.<context>.<event>`; event types are
    /// `<context>.<event>` already.
    #[must_use]
    pub fn subject(&self, event_type: &str) -> String {
        format!("{}.events.{event_type}", self.store)
    }

    /// All events of the store.
    #[must_use]
    pub fn subjects(&self) -> String {
        format!("{}.events.>", self.store)
    }

    /// Where a process that appended says so to the others; a hint to look, never believed.
    #[must_use]
    pub fn head_subject(&self) -> String {
        format!("{}.head", self.store)
    }
}

/// The client library takes no credentials from the URL by itself.
fn credentials(server: &ServerAddr) -> ConnectOptions {
    match (server.username(), server.password()) {
        (Some(user), Some(password)) => {
            ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
        }
        (Some(token), None) => ConnectOptions::with_token(token.to_owned()),
        (None, _) => ConnectOptions::new(),
    }
}
