//! `POST /v1/admin/subscriptions/poll`: look now at what webhooks may have missed.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::process::plan_subscription::{AskForPoll, POLL, Poll, REGULAR};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, OptionallyKeyed};
use crate::problem::{OrFault as _, Problem};

/// What to look at.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PollNow {
    /// Everything, and not only what changed since the last look.
    everything: bool,
}

/// A look that was ordered.
#[derive(Debug, Serialize, ToSchema)]
pub struct PollBody {
    /// What changed since then is looked at; everything, if not said.
    since: Option<DateTime<Utc>>,
}

/// Look now at what changed at Lemon Squeezy, without waiting for the hour.
#[utoipa::path(post, path = "/v1/admin/subscriptions/poll", tag = "admin", operation_id = "poll_subscriptions",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = PollNow,
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 202, description = "It is looked at in a moment", body = Positioned<PollBody>),
        (status = 403, description = "forbidden")))]
pub async fn poll_subscriptions(
    State(app): State<App>,
    caller: Caller,
    OptionallyKeyed { key, body: PollNow { everything } }: OptionallyKeyed<PollNow>,
) -> Result<Answered<PollBody>, Problem> {
    let kept = app.vault.get(POLL, REGULAR).await.or_fault("read the poll's timer")?;
    let kept: Option<Poll> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let since = kept.and_then(|poll| poll.since).filter(|_| !everything);
    let decision = AskForPoll { due: app.clock.now(), poll: Poll { since } };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.answer(StatusCode::ACCEPTED, |()| PollBody { since }))
}
