//! `GET /v1/auth/sessions` (c2): where the caller is logged in.

use axum::extract::State;
use chrono::{DateTime, Utc};
use projections::sessions as read;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, AtRest, List, MinPosition, Page, PageParams};
use crate::problem::{OrFault as _, Problem};

/// A login on a device.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    /// Which.
    id: Uuid,
    /// Whether it is the one that asks.
    current: bool,
    /// `password`, `google` or `discord`.
    method: String,
    /// Where it was opened.
    ip_address: Option<String>,
    /// With what.
    user_agent: Option<String>,
    /// When it was opened.
    created_at: DateTime<Utc>,
    /// When it was opened or last refreshed.
    last_used_at: DateTime<Utc>,
    /// When it ends unless it is refreshed.
    expires_at: DateTime<Utc>,
}

/// Where I am logged in, newest first.
#[utoipa::path(get, path = "/v1/auth/sessions", tag = "auth", operation_id = "list_sessions",
    params(PageParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "A page of sessions that are not over", body = List<SessionBody>)))]
pub async fn list_sessions(
    State(app): State<App>,
    AtRest(caller): AtRest,
    page: Page,
    at_least: AtLeast,
) -> Result<List<SessionBody>, Problem> {
    at_least.reached(&app, &["sessions"]).await?;
    let list = format!("sessions:{}", caller.user);
    let (now, rows) = (app.clock.now(), page.rows(&app, &list)?);
    let rows = read::live_of(caller.reads(&app), caller.user.0, now, rows);
    let rows = rows.await.or_fault("read sessions")?;
    let body = |row: read::Session| SessionBody {
        id: row.id,
        current: caller.session.is_some_and(|session| session.0 == row.id),
        method: row.method,
        ip_address: row.ip_address,
        user_agent: row.user_agent,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
    };
    page.list(&app, &list, rows, |row| (row.created_at, row.id), body)
}
