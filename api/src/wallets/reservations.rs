//! What is set aside in a wallet.

use axum::extract::State;
use chrono::{DateTime, Utc};
use projections::wallets as read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{READS, parse_asset};
use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Path, Query};
use crate::present::{Present, Presentation, reservation_status};
use crate::problem::{OrFault as _, Problem};

/// Something set aside.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReservationBody {
    /// Which.
    id: Uuid,
    /// What for: `generation`, `payout` or `refund`.
    purpose: String,
    /// Which generation, payout or refund.
    job_id: Uuid,
    /// `reserved`, `settled`, `released` or `expired`.
    status: String,
    /// What was set aside.
    reserved_amount: i64,
    /// What was spent of it.
    settled_amount: Option<i64>,
    /// What went back.
    released_amount: Option<i64>,
    /// What the work took beyond it: not charged.
    absorbed_amount: i64,
    /// When it ends by itself, if it does.
    expires_at: Option<DateTime<Utc>>,
    /// When it ended.
    settled_at: Option<DateTime<Utc>>,
    /// When it began.
    created_at: DateTime<Utc>,
}

/// Which reservations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReservationFilter {
    /// `reserved`, `settled`, `released` or `expired`.
    #[param(inline)]
    status: Option<ReservationStatus>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReservationStatus {
    Reserved,
    Settled,
    Released,
    Expired,
}

impl ReservationStatus {
    const fn word(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Settled => "settled",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

/// What was set aside in a wallet, newest first.
#[utoipa::path(get, path = "/v1/wallets/{asset}/reservations", tag = "wallets", operation_id = "list_reservations",
    params(("asset" = String, Path, description = "token, credit or earning"), ReservationFilter, Present,
        PageParams, MinPosition),
    security(("bearer" = []), ("api_key" = ["wallets:read"])),
    responses((status = 200, description = "A page of reservations", body = List<ReservationBody>)))]
pub async fn list_reservations(
    State(app): State<App>,
    caller: Caller,
    Path(asset): Path<String>,
    Query(filter): Query<ReservationFilter>,
    present: Present,
    page: Page,
    at_least: AtLeast,
) -> Result<List<ReservationBody>, Problem> {
    let asset = parse_asset(&asset)?;
    let theirs = match present.of_asset(asset)? {
        None => false,
        Some(Presentation::PingvasS3) => true,
        Some(other) => return Err(other.has_no("reservations", &[Presentation::PingvasS3])),
    };
    at_least.reached(&app, READS).await?;
    let status = filter.status.map(ReservationStatus::word);
    let list = format!("reservations:{}:{asset}:{status:?}", caller.user);
    let rows = page.rows(&app, &list)?;
    let rows = read::reservations_of(caller.reads(&app), (caller.user.0, asset), status, rows);
    let rows = rows.await.or_fault("read reservations")?;
    page.list(
        &app,
        &list,
        rows,
        |row| (row.created_at, row.id),
        |row| if theirs { ReservationBody::from(row).theirs() } else { row.into() },
    )
}

impl ReservationBody {
    /// In the words of Pingvas Studio's third document, which has the same columns.
    fn theirs(self) -> Self {
        Self { status: reservation_status(&self.status).to_owned(), ..self }
    }
}

impl From<read::Reservation> for ReservationBody {
    fn from(row: read::Reservation) -> Self {
        Self {
            id: row.id,
            purpose: row.purpose,
            job_id: row.job_id,
            status: row.status,
            reserved_amount: row.reserved_amount,
            settled_amount: row.settled_amount,
            released_amount: row.released_amount,
            absorbed_amount: row.absorbed_amount,
            expires_at: row.expires_at,
            settled_at: row.settled_at,
            created_at: row.created_at,
        }
    }
}
