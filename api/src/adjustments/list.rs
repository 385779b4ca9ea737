//! What support gave and took, for those who decide and those who look at the books.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::adjustments::Status;
use domain::users::Role;
use projections::adjustments as read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Path, Query};
use crate::problem::{OrFault as _, Problem};

/// The projection this reads.
const READS: &[&str] = &["adjustments"];
/// Who decides about money.
const DECIDES: &[Role] = &[Role::Admin, Role::Support];

/// What support gave or took.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdjustmentBody {
    /// Which.
    id: Uuid,
    /// Whose wallet.
    user_id: Uuid,
    /// Of what.
    asset: String,
    /// `grant`, `add` or `take`.
    kind: String,
    /// How much was asked for.
    amount: i64,
    /// When what was given ends, if it does.
    expires_at: Option<DateTime<Utc>>,
    /// Why.
    reason: String,
    /// `requested`, `executed` or `rejected`.
    status: String,
    /// Who asked.
    requested_by: Uuid,
    /// The second person, if one was needed.
    decided_by: Option<Uuid>,
    /// Why it was rejected.
    rejection: Option<String>,
    /// How much was given or taken.
    moved: i64,
    /// How much could not be taken.
    owed: i64,
    /// When it was asked for.
    created_at: DateTime<Utc>,
}

impl From<read::Adjustment> for AdjustmentBody {
    fn from(row: read::Adjustment) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            asset: row.asset,
            kind: row.kind,
            amount: row.amount,
            expires_at: row.expires_at,
            reason: row.reason,
            status: row.status,
            requested_by: row.requested_by,
            decided_by: row.decided_by,
            rejection: row.rejection,
            moved: row.moved,
            owed: row.owed,
            created_at: row.created_at,
        }
    }
}

/// Which adjustments.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AdjustmentFilter {
    /// `requested`, `executed` or `rejected`.
    #[param(inline)]
    status: Option<AdjustmentStatus>,
    /// Of whose wallets.
    user: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AdjustmentStatus {
    Requested,
    Executed,
    Rejected,
}

impl AdjustmentStatus {
    const fn word(self) -> &'static str {
        match self {
            Self::Requested => Status::Requested.word(),
            Self::Executed => Status::Executed.word(),
            Self::Rejected => Status::Rejected.word(),
        }
    }
}

/// What support gave and took, newest first.
#[utoipa::path(get, path = "/v1/admin/adjustments", tag = "admin", operation_id = "list_adjustments",
    params(AdjustmentFilter, PageParams, MinPosition), security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "A page of adjustments", body = List<AdjustmentBody>)))]
pub async fn list_adjustments(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<AdjustmentFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<AdjustmentBody>, Problem> {
    let reads = caller.reads_as(&app, DECIDES)?;
    at_least.reached(&app, READS).await?;
    let (status, user) = (filter.status.map(AdjustmentStatus::word), filter.user);
    let list = format!("adjustments:{status:?}:{user:?}");
    let rows = read::page(reads, (status, user), page.rows(&app, &list)?).await;
    let rows = rows.or_fault("read adjustments")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), AdjustmentBody::from)
}

/// What support gave or took once.
#[utoipa::path(get, path = "/v1/admin/adjustments/{id}", tag = "admin", operation_id = "read_adjustment",
    params(("id" = Uuid, Path, description = "The adjustment"), MinPosition),
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "The adjustment", body = AdjustmentBody),
        (status = 403, description = "forbidden: the caller does not run the place")))]
pub async fn read_adjustment(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<Json<AdjustmentBody>, Problem> {
    let reads = caller.reads_as(&app, DECIDES)?;
    at_least.reached(&app, READS).await?;
    let found = read::one(reads, id).await.or_fault("read an adjustment")?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("adjustment"))?.into()))
}
