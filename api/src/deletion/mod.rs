//! Leaving for good (c3, P7): asked for with the password, taken back within a fortnight.

mod erasure;
mod subscriptions;
mod works;

pub use erasure::Erasure;

use std::net::IpAddr;

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::users::{CancelDeletion, PASSWORD, RequestDeletion};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{AtRest, Caller, OptionallyKeyed};
use crate::http::ClientAddress;
use crate::problem::{OrFault as _, Problem, Slug};

/// Leave.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// The password: whoever found an open browser cannot delete an account.
    #[schema(example = "correct horse battery")]
    password: String,
}

/// A deletion under way.
#[derive(Debug, Serialize, ToSchema)]
pub struct Leaving {
    /// When the erasure begins; until then it can be taken back.
    due_at: DateTime<Utc>,
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
        (status = 401, description = "invalid-credentials: the password"),
        (status = 409, description = "open-payout; conflict: an admin must first lose the role"),
        (status = 429, description = "quota-exceeded: ten failures in ten minutes")))]
pub async fn request_deletion(
    State(app): State<App>,
    AtRest(caller): AtRest,
    ClientAddress(from): ClientAddress,
    OptionallyKeyed { key, body }: OptionallyKeyed<Leave>,
) -> Result<Answered<Leaving>, Problem> {
    authenticate_again(&app, &caller, from, body.password).await?;
    let decision = RequestDeletion { user: caller.user };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.answer(StatusCode::ACCEPTED, |due_at| Leaving { due_at }))
}

/// Keep my account after all.
#[utoipa::path(delete, path = "/v1/me/deletion", tag = "users", operation_id = "cancel_deletion",
    security(("bearer" = [])),
    responses((status = 200, description = "It will not happen", body = Positioned<Staying>),
        (status = 409, description = "conflict: the erasure has begun")))]
pub async fn cancel_deletion(
    State(app): State<App>,
    AtRest(caller): AtRest,
) -> Result<Answered<Staying>, Problem> {
    let decision = CancelDeletion { user: caller.user };
    let done = app.execute(app.attempt(), caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| Staying { status: "canceled" }))
}

/// A token may have been found; the password is known to one.
async fn authenticate_again(
    app: &App,
    caller: &Caller,
    from: IpAddr,
    password: String,
) -> Result<(), Problem> {
    let account = caller.user.to_string();
    if let Some(wait) = app.throttle.wait(&account, from, app.clock.now()) {
        let detail = "Too many attempts failed for this account from this address.";
        return Err(Problem::new(Slug::QuotaExceeded, detail).retry_after(wait));
    }
    let stored = app.vault.get(PASSWORD, &account).await.or_fault("read a password hash")?;
    let stored = stored.map(String::from_utf8).transpose().or_fault("read a password hash")?;
    if app.passwords.verify(password, stored).await? {
        return Ok(());
    }
    app.throttle.failed(&account, from, app.clock.now());
    Err(Problem::new(Slug::InvalidCredentials, "The password does not fit."))
}
