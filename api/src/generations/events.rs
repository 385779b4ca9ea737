//! `GET /v1/generations/{id}/events` (c0.9): the story of a generation as it happens. What is in
//! the log carries its position as id, so that a client resumes where it was cut off; telemetry
//! carries none.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::GenerationId;
use domain::generations::GenerationEvent;
use eventstore::Entry;
use eventstore::feed::Chunk;
use futures::stream::unfold;
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

use super::moment::{Teller, of_generation, story};
use super::seen_by;
use crate::app::App;
use crate::extract::{Caller, Path};
use crate::problem::{Problem, Slug};
use crate::telemetry::{News, Step};

/// How long a client waits before it connects again.
const RETRY: Duration = Duration::from_secs(3);
/// How often a silent stream shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Follow a generation until its end. Events are `queued`, `started`, `attempt_failed`,
/// `retry_scheduled`, `completed`, `failed`, `canceled` and at last `settled`, and between them
/// `progress`, which has no id.
#[utoipa::path(get, path = "/v1/generations/{id}/events", tag = "generations", operation_id = "follow_generation",
    params(("id" = Uuid, Path, description = "The generation"),
        ("Last-Event-ID" = Option<String>, Header, description = "Goes on after this event; also good as Min-Position")),
    security((), ("bearer" = []), ("api_key" = ["generations:read"])),
    responses((status = 200, description = "Its story so far, and on", content_type = "text/event-stream", body = String),
        (status = 204, description = "It has been told to its end: do not come back"),
        (status = 400, description = "position-unknown: no event of ours has this id")))]
pub async fn follow_generation(
    State(app): State<App>,
    caller: Option<Caller>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    seen_by(&app, caller.as_ref(), id).await?;
    let after = match headers.get("last-event-id").map(|id| id.to_str().unwrap_or_default()) {
        Some(token) => app.watcher.check(token).await?,
        None => 0,
    };
    let news = app.telemetry.listen(id).ok_or_else(no_place)?;
    let mut listener = Listener::new(&app, caller, GenerationId(id), after, news);
    listener.look_up().await?;
    if listener.is_at_end && listener.ready.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    listener.ready.push_front(Frame::default().retry(RETRY));
    let frames = unfold(listener, |mut listener| async {
        let frame = listener.next().await?;
        Some((Ok::<_, Infallible>(frame), listener))
    });
    let heartbeat = KeepAlive::new().interval(HEARTBEAT).text("heartbeat");
    Ok(Sse::new(frames).keep_alive(heartbeat).into_response())
}

fn no_place() -> Problem {
    Problem::new(Slug::ReducedCapacity, "All places to listen are taken.").retry_after(RETRY)
}

/// Hears of one generation and turns it into frames.
struct Listener {
    app: App,
    caller: Option<Caller>,
    generation: GenerationId,
    /// Nothing up to here is told again.
    after: i64,
    /// The last event the teller has heard.
    heard: i64,
    teller: Teller,
    feed: broadcast::Receiver<Chunk>,
    news: News,
    ready: VecDeque<Frame>,
    is_at_end: bool,
}

impl Listener {
    /// Listens from now on; what was before is still to be looked up.
    fn new(
        app: &App,
        caller: Option<Caller>,
        generation: GenerationId,
        after: i64,
        news: News,
    ) -> Self {
        Self {
            app: app.clone(),
            caller,
            generation,
            after,
            heard: 0,
            teller: Teller::default(),
            feed: app.source.feed.subscribe(),
            news,
            ready: VecDeque::new(),
            is_at_end: false,
        }
    }

    /// The next frame; `None` at the end of the story, of the service, or when the listener's access
    /// may have ended: who still has it resumes where it was.
    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if self.is_at_end {
                return None;
            }
            tokio::select! {
                chunk = self.feed.recv() => match chunk {
                    Ok(chunk) if self.is_touched_by(&chunk) => return None,
                    Ok(chunk) => chunk.iter().for_each(|entry| self.hear(entry)),
                    // What was missed may have been the end of the access.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
                },
                step = self.news.next() => self.tell(&step?),
                () = self.app.closed() => return None,
            }
        }
    }

    fn is_touched_by(&self, chunk: &Chunk) -> bool {
        let touches = |caller: &Caller| chunk.iter().any(|e| caller.is_touched_by(&e.event));
        self.caller.as_ref().is_some_and(touches)
    }

    /// Reads what the log has that was not heard yet.
    async fn look_up(&mut self) -> Result<(), Problem> {
        for entry in story(&self.app, self.generation).await? {
            self.hear(&entry);
        }
        Ok(())
    }

    fn hear(&mut self, entry: &Entry) {
        let Some(event) = of_generation(entry, self.generation) else { return };
        let position = entry.recorded.position;
        if position <= self.heard {
            return;
        }
        self.heard = position;
        let Some(moment) = self.teller.tell(event, entry.recorded.recorded_at) else { return };
        self.is_at_end |= matches!(event, GenerationEvent::Settled { .. });
        if position > self.after {
            let id = self.app.position_token(position);
            self.ready.extend(frame(moment.name, &moment).map(|frame| frame.id(id)));
        }
    }

    /// News of an attempt that is over, or not known of yet, is no news.
    fn tell(&mut self, step: &Step) {
        if self.teller.paints(step.attempt) {
            self.ready.extend(frame("progress", step));
        }
    }
}

/// A frame; what does not serialize, which nothing here does, is left out and logged.
fn frame(name: &str, data: &impl serde::Serialize) -> Option<Frame> {
    let frame = Frame::default().event(name).json_data(data);
    frame.inspect_err(|error| tracing::error!(%error, name, "an event cannot be told")).ok()
}
