//! Published pages whose acknowledgments are awaited, in order and several at a time.

use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::HeaderMap;
use async_nats::header::NATS_EXPECTED_LAST_SEQUENCE;
use async_nats::jetstream::context::PublishError;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{FuturesOrdered, Stream};
use futures::{FutureExt, StreamExt};

use super::stream::Tip;
use super::{PAGE_EVENTS_MAX, RelayError};
use crate::Recorded;
use crate::broker::Broker;
use crate::envelope;

/// Events published but not yet acknowledged; what a page holds beyond its limit comes on top.
const UNACKNOWLEDGED_MAX: usize = 1_000;

/// What became of the last event of a page of so many.
struct Acknowledged {
    tip: Tip,
    events: usize,
    answer: Result<PublishAck, PublishError>,
}

/// Yields the position up to which the stream acknowledges events where they were expected;
/// anything else is an error.
pub(super) struct Window {
    stream: String,
    events: usize,
    waiting: FuturesOrdered<BoxFuture<'static, Acknowledged>>,
}

impl Window {
    pub(super) fn new(stream: String) -> Self {
        Self { stream, events: 0, waiting: FuturesOrdered::new() }
    }

    /// Whether a page fits.
    pub(super) fn has_room(&self) -> bool {
        self.events + PAGE_EVENTS_MAX as usize <= UNACKNOWLEDGED_MAX
    }

    /// Publishes whole appends as the successors of `before`, and answers where the last event will
    /// stand. The fence of each event lets the stream accept it there or nowhere: a second leader,
    /// or a message that was sent twice, cannot disturb the order. Only the last event asks for an
    /// answer, for it is accepted only behind all the others.
    pub(super) async fn send(
        &mut self,
        broker: &Broker,
        page: &[Recorded],
        before: Tip,
    ) -> Result<Tip, RelayError> {
        let mut tip = before;
        for (at, event) in page.iter().enumerate() {
            let next = page.get(at + 1);
            let ends_append = next.is_none_or(|next| next.recorded_at != event.recorded_at);
            let body = envelope::encode(event, ends_append);
            let body = body
                .map_err(|source| RelayError::Envelope { position: event.position, source })?
                .into();
            let after = Tip { position: event.position, sequence: tip.sequence + 1 };
            let sending = if next.is_none() {
                self.publish_last(broker, event, body, (tip, after), page.len()).boxed()
            } else {
                publish(broker, event, body, tip).boxed()
            };
            sending.await.map_err(|source| RelayError::Broker { doing: "publishing", source })?;
            tip = after;
        }
        Ok(tip)
    }

    async fn publish_last(
        &mut self,
        broker: &Broker,
        event: &Recorded,
        body: Bytes,
        (before, tip): (Tip, Tip),
        events: usize,
    ) -> Result<(), async_nats::Error> {
        let message = PublishMessage::build().payload(body).headers(headers(broker, event, before));
        let subject = broker.subject(&event.event_type);
        let answer = broker.jetstream().send_publish(subject, message).await?.into_future();
        let acknowledged = answer.map(move |answer| Acknowledged { tip, events, answer });
        self.waiting.push_back(acknowledged.boxed());
        self.events += events;
        Ok(())
    }

    fn check(&mut self, acknowledged: Acknowledged) -> Result<i64, RelayError> {
        let Acknowledged { tip, events, answer } = acknowledged;
        self.events -= events;
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

async fn publish(
    broker: &Broker,
    event: &Recorded,
    body: Bytes,
    before: Tip,
) -> Result<(), async_nats::Error> {
    let subject = broker.subject(&event.event_type);
    let headers = headers(broker, event, before);
    Ok(broker.client().publish_with_headers(subject, headers, body).await?)
}

/// What an event carries, and the fence.
fn headers(broker: &Broker, event: &Recorded, before: Tip) -> HeaderMap {
    let mut headers = envelope::headers(event, broker.store());
    headers.insert(NATS_EXPECTED_LAST_SEQUENCE, before.sequence.to_string());
    headers
}

impl Stream for Window {
    type Item = Result<i64, RelayError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.waiting.poll_next_unpin(cx);
        next.map(|next| next.map(|acknowledged| self.check(acknowledged)))
    }
}
