//! Artists (c3): users who publish styles.

pub mod email;

use axum::Json as JsonBody;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::artists::{Artist, ArtistCommand, ArtistName, RegisterArtist, SetSignature};
use domain::input::FieldError;
use domain::{ImageId, One};
use projections::artists as read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{
    AtLeast, Caller, List, MinPosition, OptionallyKeyed, Page, PageParams, Path, Query,
};
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["artists"];

/// A public name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameArtist {
    /// The public name.
    #[schema(min_length = 1, max_length = 100, example = "Ada Paints")]
    artist_name: String,
}

impl NameArtist {
    fn parse(&self) -> Result<ArtistName, FieldError> {
        ArtistName::chosen(&self.artist_name).map_err(|e| FieldError::new("/artist_name", e))
    }
}

/// An artist after a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedArtist {
    /// Who: the user's id.
    id: Uuid,
    /// The public name.
    artist_name: String,
}

/// An artist, as everybody may see them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArtistBody {
    /// Who: the user's id.
    id: Uuid,
    /// The public name.
    artist_name: String,
    /// The picture that marks the artist's pictures.
    signature_image_id: Option<Uuid>,
    /// Where to write to them, if they said so and it was verified.
    verified_email: Option<String>,
    /// Styles made, those that are gone included.
    style_count: i64,
    /// How many follow them.
    follower_count: i64,
    /// When they became an artist.
    created_at: DateTime<Utc>,
}

impl From<read::Artist> for ArtistBody {
    fn from(row: read::Artist) -> Self {
        Self {
            id: row.id,
            artist_name: row.artist_name,
            signature_image_id: row.signature_image_id,
            verified_email: row.verified_email,
            style_count: row.style_count,
            follower_count: row.follower_count,
            created_at: row.created_at,
        }
    }
}

/// Become an artist. The role is in the next access token.
#[utoipa::path(post, path = "/v1/artists", tag = "artists", operation_id = "register_artist",
    security(("bearer" = [])), request_body = NameArtist,
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 201, description = "An artist", body = Positioned<NamedArtist>),
        (status = 409, description = "already-exists")))]
pub async fn register_artist(
    State(app): State<App>,
    caller: Caller,
    OptionallyKeyed { key, body }: OptionallyKeyed<NameArtist>,
) -> Result<Answered<NamedArtist>, Problem> {
    let artist_name = body.parse()?;
    let named = NamedArtist { id: caller.user.0, artist_name: artist_name.as_str().to_owned() };
    let decision = RegisterArtist { user: caller.user, artist_name };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.created(|()| named))
}

/// Take another public name.
#[utoipa::path(patch, path = "/v1/artists/me", tag = "artists", operation_id = "rename_artist",
    security(("bearer" = [])), request_body = NameArtist,
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Renamed", body = Positioned<NamedArtist>)))]
pub async fn rename_artist(
    State(app): State<App>,
    caller: Caller,
    OptionallyKeyed { key, body }: OptionallyKeyed<NameArtist>,
) -> Result<Answered<NamedArtist>, Problem> {
    let artist_name = body.parse()?;
    let named = NamedArtist { id: caller.user.0, artist_name: artist_name.as_str().to_owned() };
    let command = ArtistCommand::Rename { artist: caller.user, artist_name };
    let decision = One::<Artist>::of(caller.user, command);
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| named))
}

/// The picture that marks one's pictures.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// One of the artist's own; null takes it away.
    #[serde(deserialize_with = "Option::deserialize")]
    image_id: Option<Uuid>,
}

/// Choose the picture that marks one's pictures.
#[utoipa::path(put, path = "/v1/artists/me/signature", tag = "artists", operation_id = "set_signature",
    security(("bearer" = [])), request_body = Signature,
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Chosen", body = Positioned<Signature>),
        (status = 403, description = "forbidden: no artist"),
        (status = 422, description = "validation-failed: somebody else's picture")))]
pub async fn set_signature(
    State(app): State<App>,
    caller: Caller,
    OptionallyKeyed { key, body }: OptionallyKeyed<Signature>,
) -> Result<Answered<Signature>, Problem> {
    let decision = SetSignature { artist: caller.user, image: body.image_id.map(ImageId) };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| body))
}

/// In which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ArtistFilter {
    /// `-created` (the default) or `followers`.
    #[param(inline)]
    sort: Option<ArtistSort>,
}

/// Orders of artists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub enum ArtistSort {
    /// Newest first.
    #[serde(rename = "-created")]
    Newest,
    /// Most followed first.
    #[serde(rename = "followers")]
    Followers,
}

/// All artists.
#[utoipa::path(get, path = "/v1/artists", tag = "artists", operation_id = "list_artists",
    params(ArtistFilter, PageParams, MinPosition),
    responses((status = 200, description = "A page of artists", body = List<ArtistBody>)))]
pub async fn list_artists(
    State(app): State<App>,
    Query(filter): Query<ArtistFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<ArtistBody>, Problem> {
    at_least.reached(&app, READS).await?;
    match filter.sort.unwrap_or(ArtistSort::Newest) {
        ArtistSort::Newest => {
            let rows = page.rows(&app, "artists")?;
            let rows = read::page(app.reads.public(), rows).await.or_fault("read artists")?;
            page.list(&app, "artists", rows, |row| (row.created_at, row.id), ArtistBody::from)
        }
        ArtistSort::Followers => {
            let (list, key) =
                ("artists:followers", |row: &read::Artist| (row.follower_count, row.id));
            let rows = read::most_followed(app.reads.public(), page.rows(&app, list)?).await;
            page.list(&app, list, rows.or_fault("read artists")?, key, ArtistBody::from)
        }
    }
}

/// One artist.
#[utoipa::path(get, path = "/v1/artists/{id}", tag = "artists", operation_id = "read_artist",
    params(("id" = Uuid, Path, description = "The artist"), MinPosition),
    responses((status = 200, description = "The artist", body = ArtistBody)))]
pub async fn read_artist(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<JsonBody<ArtistBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let found = read::by_id(app.reads.public(), id).await.or_fault("read an artist")?;
    Ok(JsonBody(found.ok_or_else(|| Problem::not_found("artist"))?.into()))
}
