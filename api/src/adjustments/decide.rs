//! The second pair of eyes.

use axum::extract::State;
use domain::AdjustmentId;
use domain::adjustments::{DecideAdjustment, Verdict};
use eventstore::command::Key;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{AdjustedBody, reason};
use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, NoBody, OptionallyKeyed, Path};
use crate::problem::Problem;

/// Why not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectAdjustment {
    /// For whoever looks at the books.
    #[schema(min_length = 3, max_length = 300, example = "The refund went out already")]
    reason: String,
}

/// Agree to an adjustment that somebody else asked for: it is done at once.
#[utoipa::path(post, path = "/v1/admin/adjustments/{id}/approve", tag = "admin", operation_id = "approve_adjustment",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    params(("id" = Uuid, Path, description = "The adjustment"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Done", body = Positioned<AdjustedBody>),
        (status = 403, description = "forbidden: one's own"), (status = 409, description = "conflict")))]
pub async fn approve_adjustment(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<AdjustedBody>, Problem> {
    decide(&app, &caller, (id, Verdict::Approve), key).await
}

/// Refuse an adjustment that somebody else asked for.
#[utoipa::path(post, path = "/v1/admin/adjustments/{id}/reject", tag = "admin", operation_id = "reject_adjustment",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = RejectAdjustment,
    params(("id" = Uuid, Path, description = "The adjustment"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Rejected", body = Positioned<AdjustedBody>),
        (status = 403, description = "forbidden: one's own"), (status = 409, description = "conflict")))]
pub async fn reject_adjustment(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body }: OptionallyKeyed<RejectAdjustment>,
) -> Result<Answered<AdjustedBody>, Problem> {
    let reason = reason(&body.reason)?;
    decide(&app, &caller, (id, Verdict::Reject { reason }), key).await
}

async fn decide(
    app: &App,
    caller: &Caller,
    (id, verdict): (Uuid, Verdict),
    key: Key,
) -> Result<Answered<AdjustedBody>, Problem> {
    let decision = DecideAdjustment { adjustment: AdjustmentId(id), by: caller.user, verdict };
    let done = app.execute(key, caller.metadata(app), decision).await?;
    Ok(done.ok(AdjustedBody::from))
}
