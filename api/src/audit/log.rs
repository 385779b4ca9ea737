//! `GET /v1/audit/log`: who did what to what, from where (OPS-02).

use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{METADATA, Sealed};
use projections::audit::{self as table, AuditLog};
use projections::frame::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{AUDITORS, stream_of};
use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Query};
use crate::problem::{OrFault as _, Problem};

/// How long it is shown from where an act came (SEC-06).
const ORIGIN_DAYS_MAX: i64 = 90;

/// Which acts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogFilter {
    /// Only this person's.
    user: Option<Uuid>,
    /// Only of this type.
    #[param(example = "style.priced")]
    action: Option<String>,
    /// Only on this thing: its type, a hyphen, its id.
    #[param(example = "style-018f0000-0000-7000-8000-000000000000")]
    entity: Option<String>,
}

/// An act of a person or an operator.
#[derive(Debug, Serialize, ToSchema)]
pub struct Act {
    /// Which.
    id: Uuid,
    /// Where in the log.
    position: String,
    /// Who; none for an operator at the command line.
    user_id: Option<Uuid>,
    /// `user` or `operator`.
    actor: String,
    /// What.
    action: String,
    /// To what,
    entity_type: String,
    /// and which.
    entity_id: Uuid,
    /// What it replaced.
    #[schema(value_type = Option<Object>)]
    old_value: Option<Map<String, Value>>,
    /// What it said; sealed fields are masked.
    #[schema(value_type = Option<Object>)]
    new_value: Option<Map<String, Value>>,
    /// From which address; for 90 days.
    ip_address: Option<String>,
    /// With which program; for 90 days.
    user_agent: Option<String>,
    /// In which request.
    request_id: Option<String>,
    /// Shared by everything that followed from it.
    correlation_id: Uuid,
    /// When.
    created_at: DateTime<Utc>,
}

/// Who did what to what, newest first.
#[utoipa::path(get, path = "/v1/audit/log", tag = "audit", operation_id = "list_acts",
    params(LogFilter, PageParams, MinPosition), security(("bearer" = ["auditor"])),
    responses((status = 200, description = "A page of acts", body = List<Act>),
        (status = 403, description = "forbidden: the caller is no auditor")))]
pub async fn list_acts(
    State(app): State<App>,
    caller: Caller,
    Query(LogFilter { user, action, entity }): Query<LogFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<Act>, Problem> {
    let reads = caller.reads_as(&app, AUDITORS)?;
    let acts = table::Acts {
        user,
        action: action.as_deref(),
        entity: entity.as_deref().map(|entity| stream_of("?entity", entity)).transpose()?,
    };
    at_least.reached(&app, &["audit"]).await?;
    let list = format!("audit:{user:?}:{action:?}:{entity:?}");
    let rows = table::page(reads, acts, page.rows(&app, &list)?).await;
    let rows = rows.or_fault("read the log of acts")?;
    let persons: Vec<Uuid> = rows.iter().flat_map(sealed_for).collect();
    app.keyring.preload(&persons).await.or_fault("read persons' keys")?;
    let list = page.list(&app, &list, rows, |row| (row.created_at, row.id), |row| row)?;
    list.try_map(|row| act(&app, row))
}

fn sealed_for(row: &AuditLog) -> impl Iterator<Item = Uuid> {
    [&row.ip_address, &row.user_agent].into_iter().flatten().map(|sealed| sealed.0.person)
}

fn act(app: &App, row: AuditLog) -> Result<Act, Problem> {
    let is_recent = app.clock.now() - row.created_at < TimeDelta::days(ORIGIN_DAYS_MAX);
    let open = |sealed: Option<Json<Sealed>>, field| {
        let sealed = sealed.filter(|_| is_recent);
        let opened = sealed.map(|sealed| app.keyring.open(&sealed.0, METADATA, field));
        opened.transpose().or_fault("open where an act came from")
    };
    Ok(Act {
        ip_address: open(row.ip_address, "ip")?,
        user_agent: open(row.user_agent, "user_agent")?,
        id: row.id,
        position: app.position_token(row.position),
        user_id: row.user_id,
        actor: row.actor,
        action: row.action,
        entity_type: row.entity_type,
        entity_id: row.entity_id,
        old_value: row.old_value.map(|values| values.0),
        new_value: row.new_value.map(|values| values.0),
        request_id: row.request_id,
        correlation_id: row.correlation_id,
        created_at: row.created_at,
    })
}
