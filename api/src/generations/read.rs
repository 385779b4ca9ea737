//! Looking at generations: one, the caller's own, those of a style.

use axum::Json;
use axum::extract::State;
use domain::generations::Status;
use projections::generations as table;
use serde::Deserialize;
use serde::de::IntoDeserializer as _;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{GenerationBody, READS};
use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Misfit, Page, PageParams, Path, Query};
use crate::problem::{OrFault as _, Problem};

/// Which of the caller's generations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GenerationFilter {
    /// Statuses, separated by commas.
    #[param(example = "queued,processing")]
    status: Option<String>,
    /// Only this style.
    style: Option<Uuid>,
}

/// The caller's generations, newest first.
#[utoipa::path(get, path = "/v1/generations", tag = "generations", operation_id = "list_generations",
    params(GenerationFilter, PageParams, MinPosition), security(("bearer" = []), ("api_key" = ["generations:read"])),
    responses((status = 200, description = "A page of generations", body = List<GenerationBody>)))]
pub async fn list_generations(
    State(app): State<App>,
    caller: Caller,
    Query(GenerationFilter { status, style }): Query<GenerationFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<GenerationBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let list = format!("generations:{}:{status:?}:{style:?}", caller.user);
    let statuses = status.as_deref().map(statuses).transpose()?;
    let filter = table::Filter { statuses: statuses.as_deref(), style };
    let rows =
        table::mine(caller.reads(&app), caller.user.0, filter, page.rows(&app, &list)?).await;
    let rows = rows.or_fault("read generations")?;
    let list = page.list(&app, &list, rows, |row| (row.created_at, row.id), |row| row)?;
    list.try_map(|row| GenerationBody::of(&app, Some(&caller), row))
}

/// The words of a list of statuses; one nobody knows would silently narrow what is asked for.
fn statuses(words: &str) -> Result<Vec<String>, Problem> {
    let known =
        |word: &str| -> Result<Status, Misfit> { Status::deserialize(word.into_deserializer()) };
    let code = |word| known(word).map(|status| status.code().to_owned());
    let codes: Result<_, _> = words.split(',').map(code).collect();
    codes.map_err(|misfit: Misfit| Problem::invalid("?status", misfit.detail))
}

/// One generation: the caller's own, or a published one.
#[utoipa::path(get, path = "/v1/generations/{id}", tag = "generations", operation_id = "read_generation",
    params(("id" = Uuid, Path, description = "The generation"), MinPosition), security((), ("bearer" = []), ("api_key" = ["generations:read"])),
    responses((status = 200, description = "The generation", body = GenerationBody),
        (status = 404, description = "not-found: also if it is another's and not published")))]
pub async fn read_generation(
    State(app): State<App>,
    caller: Option<Caller>,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<Json<GenerationBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let found =
        table::by_id(app.reads_by(caller.as_ref()), id).await.or_fault("read a generation")?;
    let may_see = |row: &table::GenerationView| {
        let is_own = caller.as_ref().is_some_and(|caller| caller.user.0 == row.user_id);
        is_own || row.published_at.is_some()
    };
    let row = found.filter(may_see).ok_or_else(|| Problem::not_found("generation"))?;
    Ok(Json(GenerationBody::of(&app, caller.as_ref(), row)?))
}
