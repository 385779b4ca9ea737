//! An aggregate as the log has it now: for questions whose answer must not be late, such as
//! whether a worker still holds a job. Read tables answer all others.

use domain::aggregate::{Decide, decode};
use eventstore::upcast::upcast;
use uuid::Uuid;

use crate::app::App;
use crate::problem::{OrFault as _, Problem};

/// Events read at once; the aggregates asked for here have a few dozen.
const PAGE_EVENTS: i64 = 1_000;

impl App {
    /// Folds an aggregate's stream; one without events is as fresh as it was made.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn state_of<A: Decide>(&self, id: impl Into<Uuid>) -> Result<A, Problem> {
        let (mut state, id, mut done) = (A::default(), id.into(), 0);
        loop {
            let page = self.log.stream(A::TYPE, id, done, PAGE_EVENTS).await;
            let page = page.or_fault("read a stream")?;
            for event in &page {
                let payload = upcast(&event.event_type, event.event_version, &event.payload);
                let payload = payload.or_fault("lift an event")?;
                let event = decode::<A::Event>(&event.event_type, &payload);
                state.apply(event.or_fault("read an event")?);
            }
            match page.last() {
                Some(last) if page.len() as i64 == PAGE_EVENTS => done = last.sequence,
                _ => return Ok(state),
            }
        }
    }
}
