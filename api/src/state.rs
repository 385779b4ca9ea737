//! An aggregate as the log has it now: for questions whose answer must not be late, such as
//! whether a worker still holds a job. Read tables answer all others.

use domain::Stream;
use domain::aggregate::{Decide, State as _, decode};
use eventstore::snapshots::Snapshot;
use eventstore::upcast::upcast;
use uuid::Uuid;

use crate::app::App;
use crate::problem::{OrFault as _, Problem};

/// Events read at once; most aggregates asked for here have fewer. One that has more is read from
/// its snapshot, and leaves one behind when as many came after that: people make their own streams
/// as long as they like, and anybody may ask for them.
const PAGE_EVENTS: i64 = 50;

/// An aggregate as far as it was folded.
struct Folded<A> {
    state: A,
    sequence: i64,
    /// The last event, and how many were folded here.
    last_event: Uuid,
    count: i64,
}

impl App {
    /// Folds an aggregate's stream; one without events is as fresh as it was made.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn state_of<A: Decide>(&self, id: impl Into<Uuid>) -> Result<A, Problem> {
        let stream = Stream::of::<A>(id);
        let fresh = Folded { state: A::default(), sequence: 0, last_event: Uuid::nil(), count: 0 };
        let mut folded = fresh;
        if !self.fold_page(stream, &mut folded).await? {
            return Ok(folded.state);
        }
        let snapshot = self.log.snapshot(stream).await.or_fault("read a snapshot")?;
        if let Some(later) = snapshot.filter(|snapshot| snapshot.sequence >= folded.sequence)
            && let Ok(state) = serde_json::from_str(&later.state)
        {
            let (sequence, last_event) = (later.sequence, later.event_id);
            folded = Folded { state, sequence, last_event, count: 0 };
        }
        while self.fold_page(stream, &mut folded).await? {}
        self.keep(stream, &folded).await;
        Ok(folded.state)
    }

    /// Answers whether there may be more.
    async fn fold_page<A: Decide>(
        &self,
        stream: Stream,
        folded: &mut Folded<A>,
    ) -> Result<bool, Problem> {
        let page = self.log.stream(A::TYPE, stream.id.id, folded.sequence, PAGE_EVENTS).await;
        let page = page.or_fault("read a stream")?;
        for event in &page {
            let payload = upcast(&event.event_type, event.event_version, &event.payload);
            let payload = payload.or_fault("lift an event")?;
            let decoded = decode::<A::Event>(&event.event_type, &payload);
            folded.state.apply(decoded.or_fault("read an event")?);
            (folded.sequence, folded.last_event) = (event.sequence, event.event_id);
        }
        let count = page.len() as i64;
        folded.count += count;
        Ok(count == PAGE_EVENTS)
    }

    async fn keep<A: Decide>(&self, stream: Stream, folded: &Folded<A>) {
        if folded.count < PAGE_EVENTS {
            return;
        }
        let (sequence, event_id) = (folded.sequence, folded.last_event);
        let snapshot = Snapshot { stream, sequence, event_id, state: folded.state.snapshot() };
        if let Err(error) = self.log.keep_snapshot(&snapshot).await {
            let error = anyhow::Error::from(error);
            tracing::warn!(error = format!("{error:#}"), "a snapshot was not kept");
        }
    }
}
