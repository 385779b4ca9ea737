//! Leaving for good (c3, P7): asked for by whoever shows again who they are, taken back within a
//! fortnight.

mod erasure;
mod proof;
mod subscriptions;
mod works;

pub use erasure::Erasure;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::mail::{Notice, Told};
use domain::users::{CancelDeletion, RequestDeletion, TIME_TO_RECONSIDER, User};
use eventstore::command::Origin;
use proof::Shown;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::auth::oauth::exchange::stale;
use crate::extract::{Anyone, NoBody, OptionallyKeyed};
use crate::http::ClientAddress;
use crate::problem::Problem;
use crate::purchases::{Refundable, refundable};

/// The scope in which the id of a code is used once.
const CODE: &str = "deletion-code";

/// Leave. One of the two: whoever found an open browser cannot delete an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// The password.
    #[schema(example = "correct horse battery")]
    password: Option<String>,
    /// The `link_code` of a round trip to a provider whose account signs the caller in. It works once.
    code: Option<String>,
    /// With `code`: the secret whose hash the round trip began with.
    #[schema(min_length = 43, max_length = 128)]
    code_verifier: Option<String>,
}

/// A deletion under way.
#[derive(Debug, Serialize, ToSchema)]
pub struct Leaving {
    /// When the erasure begins; until then it can be taken back.
    due_at: DateTime<Utc>,
    /// Tokens that were bought and not spent: until then `POST /v1/purchases/{id}/refunds` makes money
    /// of them again. What is left by then stays in the books.
    refundable: Vec<Refundable>,
}

/// A deletion taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct Staying {
    /// Always `canceled`.
    status: &'static str,
}

/// Delete my account. It happens in fourteen days, unless I take it back before.
#[utoipa::path(post, path = "/v1/me/deletion", tag = "users", operation_id = "request_deletion",
    security(("bearer" = [])), request_body = Leave,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a retry harmless")),
    responses((status = 202, description = "It will happen", body = Positioned<Leaving>),
        (status = 401, description = "invalid-credentials: the password, or the account of the provider"),
        (status = 403, description = "forbidden: the code is for somebody else"),
        (status = 409, description = "open-payout; conflict: an admin must first lose the role"),
        (status = 410, description = "link-expired: the code"),
        (status = 422, description = "validation-failed: password or code, and one of them"),
        (status = 429, description = "quota-exceeded: ten failures in ten minutes")))]
pub async fn request_deletion(
    State(app): State<App>,
    Anyone(caller): Anyone,
    ClientAddress(from): ClientAddress,
    OptionallyKeyed { key, body }: OptionallyKeyed<Leave>,
) -> Result<Answered<Leaving>, Problem> {
    let is_retry_known = key.origin == Origin::Client;
    let (key, works_once) = match proof::demand(&app, &caller, from, body).await? {
        Shown::Password => (key, false),
        Shown::Code(code) => (app.fact(CODE, code), !is_retry_known),
    };
    let refundable = refundable(&app, &caller).await?;
    let (decision, metadata) = (RequestDeletion { user: caller.user }, caller.metadata(&app));
    let due = metadata.occurred_at + TIME_TO_RECONSIDER;
    let notice = app.notice(caller.user, Notice::DeletionRequested { due }).await?;
    let done = app.execute(key, metadata, Told { decision, notice }).await?;
    if works_once && done.replayed {
        return Err(stale());
    }
    Ok(done.answer(StatusCode::ACCEPTED, |due_at| Leaving { due_at, refundable }))
}

/// When my account is deleted, and what I would still get money back for.
#[utoipa::path(get, path = "/v1/me/deletion", tag = "users", operation_id = "read_deletion",
    security(("bearer" = [])),
    responses((status = 200, description = "It will happen", body = Leaving),
        (status = 404, description = "not-found: nobody asked for it")))]
pub async fn read_deletion(
    State(app): State<App>,
    Anyone(caller): Anyone,
) -> Result<Json<Leaving>, Problem> {
    let leaving = app.state_of::<User>(caller.user).await?.leaving();
    let due_at = leaving.ok_or_else(|| Problem::not_found("deletion"))?.due;
    Ok(Json(Leaving { due_at, refundable: refundable(&app, &caller).await? }))
}

/// Keep my account after all.
#[utoipa::path(delete, path = "/v1/me/deletion", tag = "users", operation_id = "cancel_deletion",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a retry harmless")),
    responses((status = 200, description = "It will not happen", body = Positioned<Staying>),
        (status = 404, description = "not-found: nobody asked for it"),
        (status = 409, description = "conflict: the erasure has begun")))]
pub async fn cancel_deletion(
    State(app): State<App>,
    Anyone(caller): Anyone,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<Staying>, Problem> {
    let decision = CancelDeletion { user: caller.user };
    let notice = app.notice(caller.user, Notice::DeletionCanceled).await?;
    let decision = Told { decision, notice };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| Staying { status: "canceled" }))
}
