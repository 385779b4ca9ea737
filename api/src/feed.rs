//! The feed (c9): what people published, for everybody.

use axum::extract::State;
use projections::generations as table;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Path, Query};
use crate::generations::{GenerationBody, READS};
use crate::problem::{OrFault as _, Problem};

/// Which pictures, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FeedFilter {
    /// `new` (the default) or `top`.
    #[param(inline)]
    sort: Option<FeedSort>,
    /// Only this style.
    style: Option<Uuid>,
}

/// Orders of the feed.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedSort {
    /// Published last first.
    New,
    /// Most liked first.
    Top,
}

/// Published pictures.
#[utoipa::path(get, path = "/v1/feed", tag = "generations", operation_id = "read_feed",
    params(FeedFilter, PageParams, MinPosition),
    security((), ("bearer" = [])),
    responses((status = 200, description = "A page of published generations", body = List<GenerationBody>)))]
pub async fn read_feed(
    State(app): State<App>,
    caller: Option<Caller>,
    Query(filter): Query<FeedFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<GenerationBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let list = match filter.sort.unwrap_or(FeedSort::New) {
        FeedSort::New => newest(&app, filter.style, &page).await?,
        FeedSort::Top => top(&app, filter.style, &page).await?,
    };
    list.try_map(|row| GenerationBody::of(&app, caller.as_ref(), row))
}

/// Published pictures in a style, newest first.
#[utoipa::path(get, path = "/v1/styles/{id}/generations", tag = "styles", operation_id = "list_style_generations",
    params(("id" = Uuid, Path, description = "The style"), PageParams, MinPosition),
    security((), ("bearer" = [])),
    responses((status = 200, description = "A page of published generations", body = List<GenerationBody>)))]
pub async fn list_style_generations(
    State(app): State<App>,
    caller: Option<Caller>,
    Path(id): Path<Uuid>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<GenerationBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let list = newest(&app, Some(id), &page).await?;
    list.try_map(|row| GenerationBody::of(&app, caller.as_ref(), row))
}

async fn newest(
    app: &App,
    style: Option<Uuid>,
    page: &Page,
) -> Result<List<table::GenerationView>, Problem> {
    let list = format!("feed:new:{style:?}");
    let rows = table::newest(app.reads.public(), style, page.rows(app, &list)?).await;
    let rows = rows.or_fault("read the feed")?;
    page.list(app, &list, rows, |row| (row.published_at, row.id), |row| row)
}

async fn top(
    app: &App,
    style: Option<Uuid>,
    page: &Page,
) -> Result<List<table::GenerationView>, Problem> {
    let list = format!("feed:top:{style:?}");
    let rows = table::top(app.reads.public(), style, page.rows(app, &list)?).await;
    let rows = rows.or_fault("read the feed")?;
    page.list(app, &list, rows, |row| (row.like_count, row.id), |row| row)
}
