//! Likes (c11, SOC-02): liking twice is liking once.

use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::GenerationId;
use domain::generations::Generation;
use domain::likes::{AddLike, RemoveLike};
use projections::likes as table;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{
    AtLeast, Caller, List, MinPosition, NoBody, OptionallyKeyed, Page, PageParams, Path,
};
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["likes"];

/// Whether the caller likes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LikeState {
    /// What.
    generation_id: Uuid,
    /// Whether the caller likes it now.
    is_liked: bool,
}

/// A like.
#[derive(Debug, Serialize, ToSchema)]
pub struct LikeBody {
    /// Who.
    user_id: Uuid,
    /// What.
    generation_id: Uuid,
    /// Since when.
    created_at: DateTime<Utc>,
}

impl From<table::Like> for LikeBody {
    fn from(row: table::Like) -> Self {
        let table::Like { user_id, generation_id, created_at } = row;
        Self { user_id, generation_id, created_at }
    }
}

/// Like a published picture.
#[utoipa::path(put, path = "/v1/generations/{id}/like", tag = "likes", operation_id = "add_like",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The generation"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Liked, perhaps already", body = Positioned<LikeState>)))]
pub async fn add_like(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<LikeState>, Problem> {
    let decision = AddLike { user: caller.user, generation: GenerationId(id) };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| LikeState { generation_id: id, is_liked: true }))
}

/// Take a like back.
#[utoipa::path(delete, path = "/v1/generations/{id}/like", tag = "likes", operation_id = "remove_like",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The generation"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Not liked, perhaps never", body = Positioned<LikeState>)))]
pub async fn remove_like(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<LikeState>, Problem> {
    let decision = RemoveLike { user: caller.user, generation: GenerationId(id) };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| LikeState { generation_id: id, is_liked: false }))
}

/// Who likes a picture, latest first.
#[utoipa::path(get, path = "/v1/generations/{id}/likes", tag = "likes", operation_id = "list_likes",
    params(("id" = Uuid, Path, description = "The generation"), PageParams, MinPosition),
    responses((status = 200, description = "A page of likes", body = List<LikeBody>),
        (status = 404, description = "not-found: also if it is not published")))]
pub async fn list_likes(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<LikeBody>, Problem> {
    if !app.state_of::<Generation>(GenerationId(id)).await?.is_published() {
        return Err(Problem::not_found("generation"));
    }
    at_least.reached(&app, READS).await?;
    let list = format!("likes:{id}");
    let rows = table::of_generation(app.reads.public(), id, page.rows(&app, &list)?).await;
    let rows = rows.or_fault("read likes")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.user_id), LikeBody::from)
}

/// What the caller likes, latest first.
#[utoipa::path(get, path = "/v1/me/likes", tag = "likes", operation_id = "list_my_likes",
    params(PageParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "A page of likes", body = List<LikeBody>)))]
pub async fn list_my_likes(
    State(app): State<App>,
    caller: Caller,
    page: Page,
    at_least: AtLeast,
) -> Result<List<LikeBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let list = format!("me:likes:{}", caller.user);
    let rows = table::of_user(caller.reads(&app), caller.user.0, page.rows(&app, &list)?).await;
    let rows = rows.or_fault("read likes")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.generation_id), LikeBody::from)
}
