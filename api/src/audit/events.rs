//! The raw events, as the log has them, sealed fields masked.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Metadata;
use eventstore::Recorded;
use eventstore::seal::masked;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::stretch::{Stretch, limit, place_or_beginning};
use super::{AUDITORS, parse_stream, stream_of};
use crate::app::App;
use crate::extract::{Caller, Path, Query};
use crate::problem::{OrFault as _, Problem};

/// Events looked at for one answer; who filters more finely goes on from `next_position`.
const LOOKED_AT_MAX: i64 = 20_000;
/// Events read at once.
const PAGE_EVENTS: i64 = 2_000;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Only of this stream: its type, a hyphen, its id.
    stream: Option<String>,
    /// Only of this type.
    #[param(example = "wallet.granted")]
    r#type: Option<String>,
    /// Only caused by this actor: `user:<id>`, `worker:<id>`, `process:<name>`, `webhook:<name>` or
    /// `operator`.
    actor: Option<String>,
    /// Only recorded at this time or later.
    from: Option<DateTime<Utc>>,
    /// Only recorded at this time or earlier.
    to: Option<DateTime<Utc>>,
    /// Only after this position: the number of an event, or the `position` of any answer.
    position: Option<String>,
    /// Events at most.
    #[param(minimum = 1, maximum = 100, default = 100)]
    limit: Option<u16>,
}

/// An event as it is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct RawEvent {
    /// Where in the log.
    position: i64,
    /// When, by the log's clock.
    recorded_at: DateTime<Utc>,
    /// Which.
    event_id: Uuid,
    /// The stream's type, a hyphen, its id.
    stream: String,
    /// Where in the stream.
    sequence: i64,
    /// For example `wallet.granted`.
    r#type: String,
    /// Of the payload's shape.
    version: i32,
    /// Its fields, sealed ones masked.
    payload: Value,
    /// What surrounds it, sealed fields masked.
    metadata: Value,
}

/// Raw events by stream, type, actor and time.
#[utoipa::path(get, path = "/v1/audit/events", tag = "audit", operation_id = "list_raw_events",
    params(EventFilter), security(("bearer" = ["auditor"])),
    responses((status = 200, description = "Events; perhaps none and a place to go on", body = Stretch<RawEvent>),
        (status = 403, description = "forbidden: the caller is no auditor")))]
pub async fn list_raw_events(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<EventFilter>,
) -> Result<Json<Stretch<RawEvent>>, Problem> {
    caller.require(AUDITORS)?;
    let limit = limit(filter.limit)?;
    let stream = filter.stream.as_deref().map(|text| stream_of("?stream", text)).transpose()?;
    let mut after = start(&app, &filter).await?;
    let until = end(&app, &filter).await?;
    let (began, mut data) = (after, Vec::new());
    while after < until && after - began < LOOKED_AT_MAX && data.len() < limit {
        let page = app.log.range(after, PAGE_EVENTS.min(until - after)).await;
        for event in page.or_fault("read the log")? {
            after = event.position;
            let is_of =
                stream.is_none_or(|(kind, id)| event.stream_type == kind && event.stream_id == id);
            if is_of && filter.fits(&event)? {
                data.push(raw(event)?);
            }
            if data.len() == limit {
                break;
            }
        }
    }
    Ok(Json(Stretch::new(data, (after < until).then_some(after))))
}

/// The position after which events are wanted.
async fn start(app: &App, filter: &EventFilter) -> Result<i64, Problem> {
    let by_time = match filter.from {
        Some(from) => {
            let before = from - TimeDelta::microseconds(1); // The log's times have no finer part.
            app.log.position_at(before).await.or_fault("find a time in the log")?
        }
        None => 0,
    };
    Ok(by_time.max(place_or_beginning(app, filter.position.as_deref()).await?))
}

/// The last position that is wanted.
async fn end(app: &App, filter: &EventFilter) -> Result<i64, Problem> {
    match filter.to {
        Some(to) => app.log.position_at(to).await.or_fault("find a time in the log"),
        None => app.log.head().await.or_fault("read the head"),
    }
}

impl EventFilter {
    fn fits(&self, event: &Recorded) -> Result<bool, Problem> {
        if self.r#type.as_ref().is_some_and(|wanted| *wanted != event.event_type) {
            return Ok(false);
        }
        let Some(wanted) = &self.actor else { return Ok(true) };
        let metadata: Metadata =
            serde_json::from_str(&event.metadata).or_fault("read an event's metadata")?;
        Ok(metadata.actor.to_string() == *wanted)
    }
}

fn raw(event: Recorded) -> Result<RawEvent, Problem> {
    let shown = |text: &str| -> Result<Value, Problem> {
        serde_json::from_str(text).map(masked).or_fault("read an event")
    };
    Ok(RawEvent {
        position: event.position,
        recorded_at: event.recorded_at,
        event_id: event.event_id,
        stream: format!("{}-{}", event.stream_type, event.stream_id),
        sequence: event.sequence,
        r#type: event.event_type,
        version: event.event_version,
        payload: shown(&event.payload)?,
        metadata: shown(&event.metadata)?,
    })
}

/// Where in a stream.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamPage {
    /// Only after this sequence.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Events at most.
    #[param(minimum = 1, maximum = 100, default = 100)]
    limit: Option<u16>,
}

/// A stream's raw events.
#[derive(Debug, Serialize, ToSchema)]
pub struct StreamEvents {
    /// Always `list`.
    #[schema(value_type = String, example = "list")]
    object: &'static str,
    /// In the stream's order.
    data: Vec<RawEvent>,
    /// Whether there may be more.
    has_more: bool,
    /// For `after`, if there may be more.
    next_after: Option<i64>,
}

/// The raw events of one stream.
#[utoipa::path(get, path = "/v1/audit/streams/{stream}", tag = "audit", operation_id = "read_raw_stream",
    params(("stream" = String, Path, description = "Its type, a hyphen, its id"), StreamPage),
    security(("bearer" = ["auditor"])),
    responses((status = 200, description = "Its events", body = StreamEvents),
        (status = 403, description = "forbidden: the caller is no auditor"),
        (status = 404, description = "not-found: nothing ever happened there")))]
pub async fn read_raw_stream(
    State(app): State<App>,
    caller: Caller,
    Path(stream): Path<String>,
    Query(StreamPage { after, limit: wanted }): Query<StreamPage>,
) -> Result<Json<StreamEvents>, Problem> {
    caller.require(AUDITORS)?;
    let (kind, id) = parse_stream(&stream).ok_or_else(|| Problem::not_found("stream"))?;
    let (after, limit) = (after.unwrap_or_default(), limit(wanted)?);
    let events = app.log.stream(kind, id, after, limit as i64).await;
    let events = events.or_fault("read a stream")?;
    if events.is_empty() && after == 0 {
        return Err(Problem::not_found("stream"));
    }
    let is_full = events.len() == limit;
    let next_after = events.last().filter(|_| is_full).map(|event| event.sequence);
    let data = events.into_iter().map(raw).collect::<Result<_, _>>()?;
    let (object, has_more) = ("list", next_after.is_some());
    Ok(Json(StreamEvents { object, data, has_more, next_after }))
}
