//! `GET /v1/users` (c3): what everybody may see of people.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::UserId;
use projections::users::Profile;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, List, MinPosition, Path, Query};
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["users"];
/// People asked for at once.
const IDS_MAX: usize = 100;

/// A person, as everybody may see them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicUser {
    /// Who.
    id: Uuid,
    /// The handle.
    username: String,
    /// The free name.
    display_name: String,
    /// A few words about oneself.
    bio: Option<String>,
    /// The picture that stands for the person.
    avatar_image_id: Option<Uuid>,
    /// Where it is shown, to whoever may see it.
    avatar_url: Option<String>,
    /// Whether they asked for anything in the last five minutes.
    online: bool,
    /// When they signed up.
    created_at: DateTime<Utc>,
}

impl PublicUser {
    fn of(app: &App, row: Profile) -> Self {
        let Profile { id, username, display_name, bio, avatar_image_id, created_at, .. } = row;
        let avatar_url = avatar_image_id.map(|image| app.image_url(image));
        let online = app.presence.is_online(UserId(id), app.clock.now());
        Self { id, username, display_name, bio, avatar_image_id, avatar_url, online, created_at }
    }
}

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ids {
    /// At most 100 ids, with commas between them.
    ids: String,
}

/// Several people, by id, in the order of their ids; who does not exist is left out.
#[utoipa::path(get, path = "/v1/users", tag = "users", operation_id = "list_users",
    params(Ids, MinPosition),
    responses((status = 200, description = "Those who exist", body = List<PublicUser>)))]
pub async fn list_users(
    State(app): State<App>,
    Query(Ids { ids }): Query<Ids>,
    at_least: AtLeast,
) -> Result<List<PublicUser>, Problem> {
    let wrong = || Problem::invalid("?ids", format!("1 to {IDS_MAX} ids, with commas between."));
    let ids = ids.split(',').take(IDS_MAX + 1).map(Uuid::try_parse);
    let ids: Vec<Uuid> = ids.collect::<Result<_, _>>().map_err(|_| wrong())?;
    if ids.len() > IDS_MAX {
        return Err(wrong());
    }
    at_least.reached(&app, READS).await?;
    let found =
        projections::users::profiles(app.reads.public(), &ids).await.or_fault("read people")?;
    Ok(List::whole(found.into_iter().map(|row| PublicUser::of(&app, row)).collect()))
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
    at_least.reached(&app, READS).await?;
    // A username cannot look like an id, so the two never meet.
    let found = match Uuid::try_parse(&user) {
        Ok(id) => projections::users::profile(app.reads.public(), id).await,
        Err(_) => projections::users::profile_of(app.reads.public(), &user).await,
    };
    let found = found.or_fault("read a user")?.ok_or_else(|| Problem::not_found("user"))?;
    Ok(Json(PublicUser::of(&app, found)))
}
