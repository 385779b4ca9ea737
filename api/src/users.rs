//! `GET /v1/users/{id}` (c3): what everybody may see of a person.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, MinPosition, Path};
use crate::problem::{OrFault as _, Problem};

/// A person, as everybody may see them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicUser {
    /// Who.
    id: Uuid,
    /// The handle.
    username: String,
    /// The free name.
    display_name: String,
    /// When they signed up.
    created_at: DateTime<Utc>,
}

/// A person, by id or handle.
#[utoipa::path(get, path = "/v1/users/{user}", tag = "users", operation_id = "read_user",
    params(("user" = String, Path, description = "An id, or a username in any case"), MinPosition),
    responses((status = 200, description = "The person", body = PublicUser)))]
pub async fn read_user(
    State(app): State<App>,
    Path(user): Path<String>,
    at_least: AtLeast,
) -> Result<Json<PublicUser>, Problem> {
    at_least.reached(&app, &["users"]).await?;
    // A username cannot look like an id, so the two never meet.
    let found = match Uuid::try_parse(&user) {
        Ok(id) => projections::users::profile(app.reads.public(), id).await,
        Err(_) => projections::users::profile_of(app.reads.public(), &user).await,
    };
    let user = found.or_fault("read a user")?.ok_or_else(|| Problem::not_found("user"))?;
    Ok(Json(PublicUser {
        id: user.id,
        username: user.username,
        display_name: user.display_name,
        created_at: user.created_at,
    }))
}
