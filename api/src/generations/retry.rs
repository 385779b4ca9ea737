//! `POST /v1/generations/{id}/retry` (c9): the same once more, at the price of now.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::generations::{AcceptedPrice, Generation, GenerationEvent, Parameters};
use domain::input::FieldError;
use domain::{Amount, GenerationId, Refusal, StyleId, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::GenerationBody;
use super::moment::story;
use super::request::{AcceptedBody, Wish, accept};
use crate::act::Positioned;
use crate::app::App;
use crate::extract::{Caller, Keyed, Path};
use crate::problem::Problem;

/// The same once more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Tokens to pay at most; without it, whatever it costs now.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    max_cost: Option<i64>,
}

/// Ask for the same picture again, with the same seed, after it was finished, failed or canceled.
#[utoipa::path(post, path = "/v1/generations/{id}/retry", tag = "generations", operation_id = "retry_generation",
    security(("bearer" = [])), request_body = Retry,
    params(("id" = Uuid, Path, description = "The generation"),
        ("Idempotency-Key" = String, Header, description = "Required"),
        ("Prefer" = Option<String>, Header, description = "`wait=30`: up to so many seconds until it has ended")),
    responses((status = 200, description = "It has ended within Prefer: wait", body = Positioned<GenerationBody>),
        (status = 202, description = "It is queued", body = Positioned<AcceptedBody>),
        (status = 402, description = "insufficient-funds, with needed, available and asset"),
        (status = 409, description = "conflict: it has not ended; style-not-usable, price-changed")))]
pub async fn retry_generation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Keyed { key, body }: Keyed<Retry>,
) -> Result<Response, Problem> {
    let accepted = match body.max_cost {
        None => AcceptedPrice::AtMost(Amount::MAX),
        Some(max) => {
            AcceptedPrice::AtMost(Amount::new(max).map_err(|e| FieldError::new("/max_cost", e))?)
        }
    };
    let id = GenerationId(id);
    let (style, parameters, is_public) = asked_before(&app, caller.user, id).await?;
    let wish = Wish { style, parameters, is_public, accepted, retried_from: Some(id) };
    accept(&app, &caller, &headers, key, wish).await
}

/// What was asked for, if it was theirs and has ended. The prompts stay as they were sealed.
async fn asked_before(
    app: &App,
    user: UserId,
    id: GenerationId,
) -> Result<(StyleId, Parameters, bool), Problem> {
    let generation: Generation = app.state_of(id).await?;
    generation.ended_for(user).map_err(Refusal::from)?;
    let asked = story(app, id).await?.into_iter().find_map(|entry| match entry.event.of()? {
        GenerationEvent::Requested { style: Some(style), parameters, is_public, .. } => {
            Some((*style, (**parameters).clone(), *is_public))
        }
        GenerationEvent::Requested { style: None, .. }
        | GenerationEvent::Described { .. }
        | GenerationEvent::Queued { .. }
        | GenerationEvent::Started { .. }
        | GenerationEvent::AttemptFailed { .. }
        | GenerationEvent::RetryScheduled { .. }
        | GenerationEvent::Completed { .. }
        | GenerationEvent::Failed { .. }
        | GenerationEvent::Canceled { .. }
        | GenerationEvent::Settled { .. }
        | GenerationEvent::Published { .. }
        | GenerationEvent::Unpublished { .. } => None,
    });
    asked.ok_or_else(|| Problem::not_found("generation"))
}
