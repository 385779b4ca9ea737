//! `POST /v1/generations` (P5.2): hold the price and queue the job, in one append.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::generations::{
    Accepted, AcceptedPrice, GenerationEvent, Lane, Parameters, QUEUE_WAIT_MAX, RequestGeneration,
    Status,
};
use domain::{Event, GenerationId, StyleId};
use eventstore::Entry;
use eventstore::command::Key;
use projections::generations as table;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{CostLine, total};
use super::moment::story;
use super::order::{self, Checked, Order};
use super::{GenerationBody, READS};
use crate::act::{Done, Positioned};
use crate::app::App;
use crate::extract::{AtLeast, Caller, Keyed, min_position};
use crate::problem::{OrFault as _, Problem};

/// The longest that `Prefer: wait=` can ask for.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// A job that was accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedBody {
    /// Which.
    id: Uuid,
    /// `queued`.
    #[schema(value_type = String, example = "queued")]
    status: &'static str,
    /// What is held for it.
    lines: Vec<CostLine>,
    /// By asset.
    total: BTreeMap<&'static str, i64>,
    /// About how many are served before it, itself included.
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_position: Option<i64>,
}

/// Ask for a picture. Its price is held now and spent when the picture is there.
#[utoipa::path(post, path = "/v1/generations", tag = "generations", operation_id = "request_generation",
    security(("bearer" = []), ("api_key" = ["generations:write"])), request_body = Order,
    params(("Idempotency-Key" = String, Header, description = "Required"),
        ("Prefer" = Option<String>, Header, description = "`wait=30`: up to so many seconds until it has ended")),
    responses((status = 200, description = "It has ended within Prefer: wait", body = Positioned<GenerationBody>),
        (status = 202, description = "It is queued", body = Positioned<AcceptedBody>),
        (status = 402, description = "insufficient-funds, with needed and available of each asset"),
        (status = 404, description = "not-found: there is no such style"),
        (status = 409, description = "style-not-usable, price-changed"),
        (status = 410, description = "quote-expired: its five minutes are over")))]
pub async fn request_generation(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Keyed { key, body }: Keyed<Order>,
) -> Result<Response, Problem> {
    let Checked { style, wanted, is_public, accepted } = body.check(&app, &caller)?;
    let parameters = order::sealed(&app, caller.user, wanted).await?;
    let wish = Wish { style, parameters, is_public, accepted, retried_from: None };
    accept(&app, &caller, &headers, key, wish).await
}

/// What is wanted, sealed and within bounds.
pub(super) struct Wish {
    /// In which style.
    pub(super) style: StyleId,
    /// What to paint, and how.
    pub(super) parameters: Parameters,
    /// Publish it when it is done.
    pub(super) is_public: bool,
    /// What the caller agrees to pay.
    pub(super) accepted: AcceptedPrice,
    /// Which ended one it asks for once more.
    pub(super) retried_from: Option<GenerationId>,
}

/// Holds the price and queues the job; waits for its end if the client wants that.
pub(super) async fn accept(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    key: Key,
    wish: Wish,
) -> Result<Response, Problem> {
    let Wish { style, parameters, is_public, accepted, retried_from } = wish;
    let decision = RequestGeneration {
        generation: GenerationId(Uuid::now_v7()),
        user: caller.user,
        style,
        parameters,
        accepted,
        credits: app.config.figures.wallets.gpu_credits,
        fee_basis_points: app.config.figures.fee_basis_points,
        is_public,
        lane: Lane::FREE,
        queue_wait: QUEUE_WAIT_MAX,
        retried_from,
    };
    let queue_position = waiting(app).await? + 1; // Before, so that it is not counted twice.
    let done = app.execute(key, caller.metadata(app), decision).await?;
    if let Some(wait) = min_position::wait(headers) {
        tokio::select! {
            ended = ended(app, done.reply.generation) => {
                return whole(app, caller, done, ended?).await;
            }
            () = tokio::time::sleep(wait.min(WAIT_MAX)) => {}
            () = app.closed() => {}
        }
    }
    let is_replayed = done.replayed;
    let body = |Accepted { generation, lines }: Accepted| AcceptedBody {
        id: generation.0,
        status: Status::Queued.code(),
        lines: lines.iter().map(CostLine::from).collect(),
        total: total(&lines),
        // Where it stood when it was asked for first is not where it stands now.
        queue_position: (!is_replayed).then_some(queue_position),
    };
    Ok(done.answer(StatusCode::ACCEPTED, body).into_response())
}

/// How many wait where everybody without a plan waits.
async fn waiting(app: &App) -> Result<i64, Problem> {
    let lanes = table::depth(app.reads.public()).await.or_fault("read the queue")?;
    Ok(lanes.iter().find(|lane| lane.lane == Lane::FREE.name).map_or(0, |lane| lane.waiting))
}

/// Waits until a generation has ended and its money is where it belongs; answers where the log
/// says so.
async fn ended(app: &App, generation: GenerationId) -> Result<i64, Problem> {
    let mut feed = app.source.feed.subscribe();
    loop {
        // Looked up and not only listened for: it may have ended before, or been missed.
        if let Some(position) = settled_at(app, generation).await? {
            return Ok(position);
        }
        loop {
            match feed.recv().await {
                Ok(chunk) if !chunk.iter().any(|entry| settles(entry, generation)) => {}
                Ok(_) | Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => std::future::pending().await, // We are being shut down.
            }
        }
    }
}

fn settles(entry: &Entry, id: GenerationId) -> bool {
    matches!(&entry.event,
        Event::Generation(GenerationEvent::Settled { generation, .. }) if *generation == id)
}

/// The last position of a story that is settled: with what the same append says after that.
async fn settled_at(app: &App, generation: GenerationId) -> Result<Option<i64>, Problem> {
    let story = story(app, generation).await?;
    let is_settled = story.iter().any(|entry| settles(entry, generation));
    Ok(story.last().filter(|_| is_settled).map(|entry| entry.recorded.position))
}

/// The answer of a generation that has ended: all of it, as it ended.
async fn whole(
    app: &App,
    caller: &Caller,
    done: Done<Accepted>,
    ended: i64,
) -> Result<Response, Problem> {
    AtLeast::at(ended).reached(app, READS).await?;
    let row = table::by_id(caller.reads(app), done.reply.generation.0).await;
    let row = row.or_fault("read a generation")?;
    let row = row.ok_or_else(|| Problem::not_found("generation"))?;
    let body = GenerationBody::of(app, Some(caller), row)?;
    let done = Done { position: app.position_token(ended), ..done };
    Ok(done.ok(|_| body).into_response())
}
