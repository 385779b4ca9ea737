//! What an owner asks of a subscription (c6): recorded, carried to Lemon Squeezy by a process, and
//! true once that shows it.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::SubscriptionId;
use domain::plans::{Cycle, Tier};
use domain::subscriptions::{Asked, PauseMode, RequestChange, Wish};
use eventstore::command::Key;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, Keyed, NoBody, Path};
use crate::openapi::words;
use crate::problem::{Problem, Slug};

/// What was asked of a subscription.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeBody {
    /// Of which.
    id: Uuid,
    /// `cancel`, `resume`, `pause`, `unpause` or `change_plan`; nothing, if it is so already.
    #[schema(value_type = Option<String>, example = "cancel")]
    requested: Option<&'static str>,
}

/// How a subscription rests.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseSubscription {
    /// `void`: nothing is offered once what was paid is over. `free`: all of it is.
    #[schema(value_type = words::PauseMode)]
    mode: PauseMode,
    /// When collection goes on by itself.
    resumes_at: Option<DateTime<Utc>>,
}

/// Another plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePlan {
    /// One of `/v1/plans`.
    #[schema(value_type = words::Tier)]
    plan: Tier,
    /// `monthly` or `yearly`.
    #[schema(value_type = words::Cycle)]
    cycle: Cycle,
}

/// Let a subscription end with what was paid. This waits for no other wish: it takes the place of what
/// waits.
#[utoipa::path(post, path = "/v1/subscriptions/{id}/cancel", tag = "subscriptions", operation_id = "cancel_subscription",
    security(("bearer" = [])), request_body = NoBody,
    params(("id" = Uuid, Path, description = "The subscription"),
        ("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 202, description = "Asked for; the subscription shows it once it is so", body = Positioned<ChangeBody>),
        (status = 200, description = "It is so already", body = Positioned<ChangeBody>),
        (status = 409, description = "conflict: where it stands, this cannot be asked of it")))]
pub async fn cancel_subscription(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Keyed { key, body: NoBody {} }: Keyed<NoBody>,
) -> Result<Answered<ChangeBody>, Problem> {
    ask(&app, &caller, id, key, Asked::Cancel).await
}

/// Let a cancelled subscription go on after all.
#[utoipa::path(post, path = "/v1/subscriptions/{id}/resume", tag = "subscriptions", operation_id = "resume_subscription",
    security(("bearer" = [])), request_body = NoBody,
    params(("id" = Uuid, Path, description = "The subscription"),
        ("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 202, description = "Asked for; the subscription shows it once it is so", body = Positioned<ChangeBody>),
        (status = 200, description = "It is so already", body = Positioned<ChangeBody>),
        (status = 409, description = "conflict: where it stands, this cannot be asked of it")))]
pub async fn resume_subscription(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Keyed { key, body: NoBody {} }: Keyed<NoBody>,
) -> Result<Answered<ChangeBody>, Problem> {
    ask(&app, &caller, id, key, Asked::Resume).await
}

/// Let nothing be collected for a while.
#[utoipa::path(post, path = "/v1/subscriptions/{id}/pause", tag = "subscriptions", operation_id = "pause_subscription",
    security(("bearer" = [])), request_body = PauseSubscription,
    params(("id" = Uuid, Path, description = "The subscription"),
        ("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 202, description = "Asked for; the subscription shows it once it is so", body = Positioned<ChangeBody>),
        (status = 200, description = "It is so already", body = Positioned<ChangeBody>),
        (status = 409, description = "conflict: where it stands, this cannot be asked of it")))]
pub async fn pause_subscription(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Keyed { key, body }: Keyed<PauseSubscription>,
) -> Result<Answered<ChangeBody>, Problem> {
    let PauseSubscription { mode, resumes_at } = body;
    if resumes_at.is_some_and(|at| at <= app.clock.now()) {
        return Err(Problem::invalid("/resumes_at", "A time that is still to come."));
    }
    ask(&app, &caller, id, key, Asked::Pause { mode, resumes_at }).await
}

/// Let a paused subscription be collected again.
#[utoipa::path(post, path = "/v1/subscriptions/{id}/unpause", tag = "subscriptions", operation_id = "unpause_subscription",
    security(("bearer" = [])), request_body = NoBody,
    params(("id" = Uuid, Path, description = "The subscription"),
        ("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 202, description = "Asked for; the subscription shows it once it is so", body = Positioned<ChangeBody>),
        (status = 200, description = "It is so already", body = Positioned<ChangeBody>),
        (status = 409, description = "conflict: where it stands, this cannot be asked of it")))]
pub async fn unpause_subscription(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Keyed { key, body: NoBody {} }: Keyed<NoBody>,
) -> Result<Answered<ChangeBody>, Problem> {
    ask(&app, &caller, id, key, Asked::Unpause).await
}

/// Change the plan of a subscription. More than the plan that counts, and a year instead of months, is
/// paid and begins at once; less, and months instead of a year, with the next renewal.
#[utoipa::path(post, path = "/v1/subscriptions/{id}/change-plan", tag = "subscriptions", operation_id = "change_plan",
    security(("bearer" = [])), request_body = ChangePlan,
    params(("id" = Uuid, Path, description = "The subscription"),
        ("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 202, description = "Asked for; the subscription shows it once it is so", body = Positioned<ChangeBody>),
        (status = 200, description = "It is so already", body = Positioned<ChangeBody>),
        (status = 409, description = "conflict: where it stands, this cannot be asked of it")))]
pub async fn change_plan(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Keyed { key, body: ChangePlan { plan, cycle } }: Keyed<ChangePlan>,
) -> Result<Answered<ChangeBody>, Problem> {
    ask(&app, &caller, id, key, Asked::ChangePlan { plan, cycle }).await
}

async fn ask(
    app: &App,
    caller: &Caller,
    id: Uuid,
    key: Key,
    asked: Asked,
) -> Result<Answered<ChangeBody>, Problem> {
    if app.config.lemonsqueezy.shop.is_none() {
        return Err(Problem::new(Slug::UpstreamUnavailable, "Plans are not sold here."));
    }
    let subscription = SubscriptionId(id);
    let decision = RequestChange { subscription, user: caller.user, asked };
    let done = app.execute(key, caller.metadata(app), decision).await?;
    let status = if done.reply.is_some() { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok(done.answer(status, |wish| ChangeBody { id, requested: wish.map(Wish::word) }))
}
