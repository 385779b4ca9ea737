//! Resting and coming back (IAM-08): the person's own doing, as suspension is staff's.

use axum::extract::State;
use domain::One;
use domain::users::{StandingCommand, Status, User, UserCommand};

use crate::act::{Answered, Positioned};
use crate::admin::judge::StandingBody;
use crate::app::App;
use crate::extract::{AtRest, NoBody, OptionallyKeyed};
use crate::problem::Problem;

/// Rest: until the caller comes back nothing can be done in their name, by token or key.
#[utoipa::path(post, path = "/v1/me/deactivate", tag = "users", operation_id = "deactivate_me",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Deactivated, perhaps already", body = Positioned<StandingBody>),
        (status = 403, description = "deletion-pending"),
        (status = 409, description = "conflict: an admin leaves when another has taken the role away")))]
pub async fn deactivate_me(
    State(app): State<App>,
    AtRest(caller): AtRest,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<StandingBody>, Problem> {
    let user = caller.user;
    let command = UserCommand::Standing(StandingCommand::Deactivate { user });
    let done = app.execute(key, caller.metadata(&app), One::<User>::of(user, command)).await?;
    Ok(done.ok(|()| StandingBody::of(user, Status::Deactivated)))
}

/// Come back.
#[utoipa::path(post, path = "/v1/me/reactivate", tag = "users", operation_id = "reactivate_me",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Active, perhaps all the time", body = Positioned<StandingBody>),
        (status = 403, description = "deletion-pending: take that back instead")))]
pub async fn reactivate_me(
    State(app): State<App>,
    AtRest(caller): AtRest,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<StandingBody>, Problem> {
    let user = caller.user;
    let command = UserCommand::Standing(StandingCommand::Reactivate { user });
    let done = app.execute(key, caller.metadata(&app), One::<User>::of(user, command)).await?;
    Ok(done.ok(|()| StandingBody::of(user, Status::Active)))
}
