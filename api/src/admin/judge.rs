//! Staff stop an account and let it in again (c15, IAM-08).

use axum::extract::State;
use domain::input::FieldError;
use domain::mail::{Notice, Told};
use domain::users::{JudgeReason, Reinstate, Status, Suspend};
use domain::{Sealed, UserId};
use eventstore::seal::SealError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, OptionallyKeyed, Path};
use crate::problem::Problem;

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// Why, for whoever looks at the account later; the letter to the person says it, too.
    #[schema(min_length = 1, max_length = 500, example = "Chargebacks, three in a week")]
    reason: String,
}

impl Judgement {
    /// The reason, sealed for the person it is about.
    async fn sealed(&self, app: &App, user: Uuid, event: &str) -> Result<Sealed, Problem> {
        let reason = JudgeReason::parse(&self.reason);
        let reason = reason.map_err(|e| FieldError::new("/reason", e))?;
        match app.keyring.seal(user, event, "reason", reason.as_str()).await {
            Ok(sealed) => Ok(sealed),
            Err(SealError::Erased(_)) => Err(Problem::not_found("user")),
            Err(error) => Err(Problem::fault(error)),
        }
    }
}

/// Where an account stands now.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingBody {
    /// Whose.
    pub(crate) id: Uuid,
    /// `active`, `suspended`, `deactivated`, `pending_deletion` or `erased`.
    pub(crate) status: &'static str,
}

impl StandingBody {
    /// Of this account.
    pub(crate) fn of(user: UserId, status: Status) -> Self {
        Self { id: user.0, status: status.word() }
    }
}

/// Stop an account: nobody gets in by password, token or key, and a letter tells the person why. Nobody
/// stops themselves, and only an admin stops an admin.
#[utoipa::path(post, path = "/v1/admin/users/{id}/suspend", tag = "admin", operation_id = "suspend_account",
    params(("id" = Uuid, Path, description = "The user"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = Judgement,
    responses((status = 200, description = "Suspended; whoever was before is now for this reason", body = Positioned<StandingBody>),
        (status = 403, description = "forbidden: oneself, or an admin by support; deletion-pending"),
        (status = 404, description = "not-found")))]
pub async fn suspend_account(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body }: OptionallyKeyed<Judgement>,
) -> Result<Answered<StandingBody>, Problem> {
    let (user, reason) = (UserId(id), body.sealed(&app, id, "user.suspended").await?);
    let notice = app.notice(user, Notice::Suspended { reason: body.reason }).await?;
    let decision = Suspend { by: caller.user, user, reason };
    let done = app.execute(key, caller.metadata(&app), Told { decision, notice }).await?;
    Ok(done.ok(|()| StandingBody::of(UserId(id), Status::Suspended)))
}

/// Let somebody in again who was suspended.
#[utoipa::path(post, path = "/v1/admin/users/{id}/reinstate", tag = "admin", operation_id = "reinstate_account",
    params(("id" = Uuid, Path, description = "The user"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = Judgement,
    responses((status = 200, description = "Where the account stands now", body = Positioned<StandingBody>),
        (status = 403, description = "forbidden: an admin by support"),
        (status = 404, description = "not-found")))]
pub async fn reinstate_account(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body }: OptionallyKeyed<Judgement>,
) -> Result<Answered<StandingBody>, Problem> {
    let reason = body.sealed(&app, id, "user.reinstated").await?;
    let decision = Reinstate { by: caller.user, user: UserId(id), reason };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|status| StandingBody::of(UserId(id), status)))
}
