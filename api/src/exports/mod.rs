//! A copy of all that is kept of a person, made for them (c3, D12).

mod archive;
mod make;
mod own_events;

pub use make::Exporter;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::exports::{ExportError, RequestExport};
use domain::{ExportId, Refusal, UserId};
use projections::exports as read;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned, Refused};
use crate::app::App;
use crate::extract::{Anyone, AtLeast, Keyed, List, MinPosition, NoBody, Page, PageParams, Path};
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["exports"];

/// Where an export stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportBody {
    /// Which.
    id: Uuid,
    /// `making`, `ready`, or `gone` after seven days.
    #[schema(example = "ready")]
    state: String,
    /// A link to the file, a zip, good for an hour at most; ask again for another.
    link: Option<String>,
    /// The file's size.
    bytes: Option<i64>,
    /// When the file goes.
    expires_at: Option<DateTime<Utc>>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
}

/// An export that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestedExport {
    /// Which.
    id: Uuid,
    /// `making`.
    state: &'static str,
}

/// Have a copy made of all that is kept of me.
#[utoipa::path(post, path = "/v1/me/export", tag = "users", operation_id = "request_export",
    security(("bearer" = [])), request_body = NoBody,
    params(("Idempotency-Key" = String, Header, description = "Makes a retry harmless")),
    responses((status = 202, description = "It is being made", body = Positioned<RequestedExport>),
        (status = 409, description = "already-exists: another one is being made, `id` says which"),
        (status = 429, description = "quota-exceeded: three within a day")))]
pub async fn request_export(
    State(app): State<App>,
    Anyone(caller): Anyone,
    Keyed { key, body: NoBody {} }: Keyed<NoBody>,
) -> Result<Answered<RequestedExport>, Problem> {
    let decision = RequestExport { user: caller.user, export: ExportId(Uuid::now_v7()) };
    let done = app.execute_raw(key, caller.metadata(&app), decision).await?;
    let done = done.map_err(|refused| too_soon(&app, refused))?;
    Ok(done.answer(StatusCode::ACCEPTED, |id| RequestedExport { id: id.0, state: "making" }))
}

/// The refusal, and when to come back if that helps.
fn too_soon(app: &App, refused: Refused) -> Problem {
    let again_at = match &refused.refusal {
        Refusal::Export(ExportError::TooMany { again_at, .. }) => Some(*again_at),
        _ => None,
    };
    let problem = Problem::from(refused);
    match again_at {
        Some(at) => problem.retry_after((at - app.clock.now()).to_std().unwrap_or_default()),
        None => problem,
    }
}

/// The caller's exports, newest first.
#[utoipa::path(get, path = "/v1/me/exports", tag = "users", operation_id = "list_exports",
    params(PageParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "A page of exports", body = List<ExportBody>)))]
pub async fn list_exports(
    State(app): State<App>,
    Anyone(caller): Anyone,
    page: Page,
    at_least: AtLeast,
) -> Result<List<ExportBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let list = format!("exports:{}", caller.user);
    let rows = page.rows(&app, &list)?;
    let rows = read::exports_of(caller.reads(&app), caller.user.0, rows).await;
    let rows = rows.or_fault("read exports")?;
    let list = page.list(&app, &list, rows, |row| (row.created_at, row.id), |row| row)?;
    list.try_map(|row| ExportBody::of(&app, caller.user, row))
}

/// Where an export stands, and a link to its file.
#[utoipa::path(get, path = "/v1/me/exports/{id}", tag = "users", operation_id = "read_export",
    params(("id" = Uuid, Path, description = "The export"), MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "The export", body = ExportBody),
        (status = 404, description = "not-found: also if it is another's")))]
pub async fn read_export(
    State(app): State<App>,
    Anyone(caller): Anyone,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<Json<ExportBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let found = read::one(caller.reads(&app), caller.user.0, id).await;
    let row = found.or_fault("read an export")?.ok_or_else(|| Problem::not_found("export"))?;
    ExportBody::of(&app, caller.user, row).map(Json)
}

impl ExportBody {
    fn of(app: &App, user: UserId, row: read::Export) -> Result<Self, Problem> {
        let read::Export { id, status, bytes, expires_at, created_at, .. } = row;
        let until = expires_at.filter(|until| status == "ready" && app.clock.now() < *until);
        let key = key(user, ExportId(id));
        let link = until.map(|until| app.download_link_until(&key, until)).transpose()?;
        Ok(Self { id, state: status, link, bytes, expires_at, created_at })
    }
}

/// Where an export's file lies.
fn key(user: UserId, export: ExportId) -> String {
    format!("{}/{export}.zip", folder(user))
}

/// Where all of a person's lie.
fn folder(user: UserId) -> String {
    format!("exports/{user}")
}
