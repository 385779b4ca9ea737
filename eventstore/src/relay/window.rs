//! Published events whose acknowledgments are awaited, in order and many at a time.

use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::jetstream::context::PublishError;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use futures::future::BoxFuture;
use futures::stream::{FuturesOrdered, Stream};
use futures::{FutureExt, StreamExt};

use super::stream::Tip;
use super::{PAGE_EVENTS_MAX, RelayError};
use crate::Recorded;
use crate::broker::Broker;
use crate::envelope;

/// Events published but not yet acknowledged.
const UNACKNOWLEDGED_MAX: usize = 1_000;

type Acknowledged = (Tip, Result<PublishAck, PublishError>);

/// Yields the position of each event as the stream acknowledges it where it was expected; anything
/// else is an error.
pub(super) struct Window {
    stream: String,
    waiting: FuturesOrdered<BoxFuture<'static, Acknowledged>>,
}

impl Window {
    pub(super) fn new(stream: String) -> Self {
        Self { stream, waiting: FuturesOrdered::new() }
    }

    /// Whether a page fits.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() + PAGE_EVENTS_MAX as usize <= UNACKNOWLEDGED_MAX
    }

    /// Publishes one event as the successor of `before`, and answers where it will stand. The fence
    /// lets the stream accept it there or nowhere: a second leader, or a message that was sent
    /// twice, cannot disturb the order.
    pub(super) async fn send(
        &mut self,
        broker: &Broker,
        event: &Recorded,
        body: Vec<u8>,
        before: Tip,
    ) -> Result<Tip, RelayError> {
        let tip = Tip { position: event.position, sequence: before.sequence + 1 };
        let message = PublishMessage::build()
            .payload(body.into())
            .headers(envelope::headers(event, broker.store()))
            .expected_last_sequence(before.sequence);
        let sending = broker.jetstream().send_publish(broker.subject(&event.event_type), message);
        let answer = sending
            .await
            .map_err(|source| RelayError::Broker { doing: "publishing", source: source.into() })?;
        self.waiting.push_back(answer.into_future().map(move |answer| (tip, answer)).boxed());
        Ok(tip)
    }

    fn check(&self, (tip, answer): Acknowledged) -> Result<i64, RelayError> {
        let reason = match answer {
            Ok(ack) if ack.duplicate => format!("a duplicate, at {}", ack.sequence),
            Ok(ack) if ack.stream != self.stream => format!("by the stream {}", ack.stream),
            Ok(ack) if ack.sequence != tip.sequence => {
                format!("at {} instead of {}", ack.sequence, tip.sequence)
            }
            Ok(_) => return Ok(tip.position),
            Err(error) => error.to_string(),
        };
        Err(RelayError::LostPlace { position: tip.position, reason })
    }
}

impl Stream for Window {
    type Item = Result<i64, RelayError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.waiting.poll_next_unpin(cx).map(|next| next.map(|answer| self.check(answer)))
    }
}
