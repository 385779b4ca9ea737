//! The relay: one leader per store publishes the log, in order, to JetStream. It never holds up a
//! commit, and whatever the broker forgets, consumers find in Postgres.

mod stream;
mod window;

use deadpool_postgres::Pool;
use futures::StreamExt;
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::board::{Place, State};
use crate::broker::Broker;
use crate::head::Head;
use crate::lease::Lease;
use crate::{DatabaseError, Log};

use stream::Tip;
pub use stream::{AGE_MAX, BYTES_MAX};
use window::Window;

/// The name under which the relay stands on the board and holds its lease.
pub const NAME: &str = "relay";
/// Events read from the log at once, and the rest of the append that the last one is of.
const PAGE_EVENTS_MAX: i64 = 500;
/// Losing one's place this often in a row without getting on means that the stream is not worth
/// keeping.
const SETBACKS_MAX: u32 = 3;
/// The least time between two looks at the log while nothing piles up: under load, what was
/// appended meanwhile is read at once.
const READ_EVERY: std::time::Duration = std::time::Duration::from_millis(2);
/// How often a relay without a broker looks whether there is one.
const BROKER_POLL: std::time::Duration = std::time::Duration::from_millis(100);

/// Why publishing stopped; the cure is always to look again where the stream ends.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error("the log cannot be read")]
    Log(#[from] DatabaseError),
    #[error("the broker refused while {doing}")]
    Broker { doing: &'static str, source: async_nats::Error },
    #[error("event {position} was not acknowledged as it should be: {reason}")]
    LostPlace { position: i64, reason: String },
    #[error("event {position} cannot be put into a message")]
    Envelope { position: i64, source: serde_json::Error },
}

/// What the relay needs. Dropping the future of [`Relay::run`] stops it; a standby takes over.
#[derive(Debug, Clone)]
pub struct Relay {
    /// For the lease; takes one connection out of the pool for good.
    pub pool: Pool,
    /// What is published.
    pub log: Log,
    /// Wakes it.
    pub head: Head,
    /// Where to.
    pub broker: Broker,
    /// Where it says how far it is.
    pub place: Place,
}

impl Relay {
    /// Waits for the lease, leads until it is lost, and waits again.
    pub async fn run(self) {
        loop {
            self.place.is(State::Standby);
            let lease = Lease::acquire(&self.pool, NAME).await;
            tracing::info!("leading the relay");
            tokio::select! {
                () = lease.lost() => tracing::warn!("the relay's lease was lost"),
                () = self.lead() => {}
            }
        }
    }

    /// Publishes; after any surprise looks where the stream ends and goes on from there.
    async fn lead(&self) {
        let mut backoff = Backoff::new();
        let mut setbacks = Setbacks::default();
        loop {
            while !self.broker.is_connected() {
                self.place.is(State::Retrying("the broker does not answer".to_owned()));
                tokio::time::sleep(BROKER_POLL).await;
            }
            let error = match self.resume(&mut setbacks).await {
                Ok(tip) => {
                    self.place.reached(tip.position);
                    let Err(error) = self.publish(tip).await;
                    error
                }
                Err(error) => error,
            };
            metrics::counter!("folio_relay_setbacks_total").increment(1);
            tracing::warn!(error = &error as &dyn std::error::Error, "the relay looks again");
            self.place.is(State::Retrying(error.to_string()));
            setbacks.after(&error);
            if setbacks.in_a_row == 0 {
                backoff.reset();
            }
            backoff.wait().await;
        }
    }

    /// Where to go on. A stream that keeps answering wrongly at the same place (nats-server#6782:
    /// `duplicate` for what it does not have) is made anew, so that the relay always gets on.
    async fn resume(&self, setbacks: &mut Setbacks) -> Result<Tip, RelayError> {
        let tip = stream::resume(&self.broker, &self.log).await?;
        if setbacks.count(tip) < SETBACKS_MAX {
            return Ok(tip);
        }
        tracing::warn!(position = tip.position, "the stream makes no progress: making it anew");
        *setbacks = Setbacks::default();
        stream::recreate(&self.broker, &self.log).await
    }

    async fn publish(&self, tip: Tip) -> Result<std::convert::Infallible, RelayError> {
        let (mut sent, mut head) = (tip, self.head.clone());
        let mut window = Window::new(self.broker.stream());
        let mut next_at = Instant::now();
        loop {
            let behind = window.has_room() && sent.position < head.position();
            if behind && next_at <= Instant::now() {
                let page = self.log.appends(sent.position, PAGE_EVENTS_MAX).await?;
                if i64::try_from(page.len()).is_ok_and(|read| read < PAGE_EVENTS_MAX) {
                    next_at = Instant::now() + READ_EVERY;
                }
                sent = window.send(&self.broker, &page, sent).await?;
            }
            tokio::select! {
                Some(acknowledged) = window.next() => self.place.reached(acknowledged?),
                () = tokio::time::sleep_until(next_at), if behind => {}
                () = head.changed(), if window.has_room() && !behind => {}
            }
        }
    }
}

/// How often in a row the relay lost its place, only to find the same end of the stream again.
#[derive(Debug, Default)]
struct Setbacks {
    tip: Option<Tip>,
    in_a_row: u32,
}

impl Setbacks {
    /// The relay goes on from here.
    fn count(&mut self, tip: Tip) -> u32 {
        self.in_a_row = if self.tip == Some(tip) { self.in_a_row + 1 } else { 0 };
        self.tip = Some(tip);
        self.in_a_row
    }

    /// And had to stop. That nobody answers says nothing about the stream.
    fn after(&mut self, error: &RelayError) {
        if !matches!(error, RelayError::LostPlace { .. }) {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Tip = Tip { position: 7, sequence: 9 };

    fn lost() -> RelayError {
        RelayError::LostPlace { position: 8, reason: "a duplicate, at 3".to_owned() }
    }

    #[test]
    fn losing_the_same_place_again_and_again_is_a_fault_of_the_stream() {
        let mut setbacks = Setbacks::default();
        for times in 0..=SETBACKS_MAX {
            assert_eq!(setbacks.count(END), times);
            setbacks.after(&lost());
        }
        assert_eq!(setbacks.count(Tip { position: 8, sequence: 10 }), 0, "it got on");
    }

    #[test]
    fn a_broker_that_does_not_answer_is_no_fault_of_the_stream() {
        let mut setbacks = Setbacks::default();
        for _ in 0..=SETBACKS_MAX {
            assert_eq!(setbacks.count(END), 0);
            setbacks.after(&RelayError::Broker { doing: "publishing", source: "away".into() });
        }
    }
}
