//! Looking at styles.

use axum::Json;
use axum::extract::State;
use domain::UserId;
use projections::styles as table;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{READS, StyleBody, StyleStats, is_of, seen_by};
use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Path, Query};
use crate::problem::{OrFault as _, Problem};

/// Which styles, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StyleFilter {
    /// Only this artist's; newest first.
    artist: Option<Uuid>,
    /// `-created` (the default) or `popular`.
    #[param(inline)]
    sort: Option<StyleSort>,
}

/// Orders of styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub enum StyleSort {
    /// Newest first.
    #[serde(rename = "-created")]
    Newest,
    /// Most used first (STY-08).
    #[serde(rename = "popular")]
    Popular,
}

/// Published styles; an artist also sees their own that are not.
#[utoipa::path(get, path = "/v1/styles", tag = "styles", operation_id = "list_styles",
    params(StyleFilter, PageParams, MinPosition),
    security((), ("bearer" = [])),
    responses((status = 200, description = "A page of styles", body = List<StyleBody>)))]
pub async fn list_styles(
    State(app): State<App>,
    caller: Option<Caller>,
    Query(filter): Query<StyleFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<StyleBody>, Problem> {
    at_least.reached(&app, READS).await?;
    match (filter.artist, filter.sort.unwrap_or(StyleSort::Newest)) {
        (Some(_), StyleSort::Popular) => {
            Err(Problem::invalid("?sort", "One artist's styles come newest first."))
        }
        (Some(artist), StyleSort::Newest) => {
            let reads = app.reads_by(caller.as_ref());
            let is_own = caller.as_ref().is_some_and(|caller| caller.user == UserId(artist));
            let list = format!("styles:{artist}:{is_own}");
            let rows = page.rows(&app, &list)?;
            let rows = table::of_artist(reads, artist, !is_own, rows).await;
            newest(&app, &page, &list, rows.or_fault("read styles")?)
        }
        (None, StyleSort::Newest) => {
            let rows = table::newest(app.reads.public(), page.rows(&app, "styles")?).await;
            newest(&app, &page, "styles", rows.or_fault("read styles")?)
        }
        (None, StyleSort::Popular) => {
            let list = "styles:popular";
            let rows = table::popular(app.reads.public(), page.rows(&app, list)?).await;
            let rows = rows.or_fault("read styles")?;
            page.list(&app, list, rows, |row| (row.usage_count, row.id), StyleBody::from)
        }
    }
}

fn newest(
    app: &App,
    page: &Page,
    list: &str,
    rows: Vec<table::StyleView>,
) -> Result<List<StyleBody>, Problem> {
    page.list(app, list, rows, |row| (row.created_at, row.id), StyleBody::from)
}

/// One style.
#[utoipa::path(get, path = "/v1/styles/{id}", tag = "styles", operation_id = "read_style",
    params(("id" = Uuid, Path, description = "The style"), MinPosition),
    security((), ("bearer" = [])),
    responses((status = 200, description = "The style", body = StyleBody),
        (status = 404, description = "not-found: also if it is another's and not published")))]
pub async fn read_style(
    State(app): State<App>,
    caller: Option<Caller>,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<Json<StyleBody>, Problem> {
    at_least.reached(&app, READS).await?;
    Ok(Json(seen_by(&app, caller.as_ref(), id).await?.into()))
}

/// How often a style was used, and for its artist what it earned.
#[utoipa::path(get, path = "/v1/styles/{id}/stats", tag = "styles", operation_id = "read_style_stats",
    params(("id" = Uuid, Path, description = "The style"), MinPosition),
    security((), ("bearer" = [])),
    responses((status = 200, description = "Its figures", body = StyleStats)))]
pub async fn read_style_stats(
    State(app): State<App>,
    caller: Option<Caller>,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<Json<StyleStats>, Problem> {
    at_least.reached(&app, READS).await?;
    let style = seen_by(&app, caller.as_ref(), id).await?;
    Ok(Json(StyleStats::of(&style, is_of(&style, caller.as_ref()))))
}
