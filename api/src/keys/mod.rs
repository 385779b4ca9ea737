//! API keys (c13): programs that act for a person. Only the person makes, rotates and revokes them,
//! never a key. No answer that holds a secret is stored, so making and rotating take no
//! `Idempotency-Key`.

pub mod write;

use axum::extract::State;
use chrono::{DateTime, Utc};
use projections::keys as table;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams};
use crate::openapi::words;
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["api_keys"];

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyBody {
    /// Which.
    id: Uuid,
    /// What it is for.
    name: String,
    /// The first characters of its secret.
    prefix: String,
    /// `live`, or `test`: only reads.
    #[schema(value_type = words::KeyMode)]
    mode: String,
    /// What it may do.
    #[schema(value_type = Vec<words::Scope>)]
    scopes: Vec<String>,
    /// From when on it does not work.
    expires_at: Option<DateTime<Utc>>,
    /// Until when the secret before the last rotation works.
    previous_until: Option<DateTime<Utc>>,
    /// Since when it works no more.
    revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, as far as the process that answers knows.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl KeyBody {
    fn of(app: &App, row: table::ApiKey) -> Self {
        Self {
            last_used_at: app.secret_keys.last_used(row.id),
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            mode: row.mode,
            scopes: row.scopes,
            expires_at: row.expires_at,
            previous_until: row.previous_until,
            revoked_at: row.revoked_at,
            created_at: row.created_at,
        }
    }
}

/// The caller's keys, revoked ones too, newest first.
#[utoipa::path(get, path = "/v1/api-keys", tag = "api-keys", operation_id = "list_api_keys",
    params(PageParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "A page of keys", body = List<KeyBody>)))]
pub async fn list_api_keys(
    State(app): State<App>,
    caller: Caller,
    page: Page,
    at_least: AtLeast,
) -> Result<List<KeyBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let list = format!("api-keys:{}", caller.user);
    let rows = page.rows(&app, &list)?;
    let rows = table::keys_of(caller.reads(&app), caller.user.0, rows).await;
    let rows = rows.or_fault("read API keys")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), |row| KeyBody::of(&app, row))
}
