//! What the caller earned as an artist (c3, ART-03): each picture and tip, before and after the
//! platform's share. Who paid is not told here.

pub mod summary;

use axum::extract::State;
use chrono::{DateTime, Utc};
use projections::wallets as read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Query};
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["wallets"];

/// Something the caller earned, in the smallest unit of EARNING.
#[derive(Debug, Serialize, ToSchema)]
pub struct EarningBody {
    /// Which; the movement of the earning wallet has the same.
    id: Uuid,
    /// `generation` or `tip`.
    kind: String,
    /// For which picture; a tip may be for none.
    generation_id: Option<Uuid>,
    /// With which style; none for a tip.
    style_id: Option<Uuid>,
    /// What was paid.
    gross: i64,
    /// The platform's share of it.
    fee: i64,
    /// The artist's: gross less fee.
    net: i64,
    /// When.
    created_at: DateTime<Utc>,
}

impl From<read::ArtistEarning> for EarningBody {
    fn from(row: read::ArtistEarning) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            generation_id: row.generation_id,
            style_id: row.style_id,
            gross: row.gross,
            fee: row.fee,
            net: row.net,
            created_at: row.created_at,
        }
    }
}

/// Which earnings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EarningFilter {
    /// Only with this style.
    style: Option<Uuid>,
}

/// What the caller earned, newest first.
#[utoipa::path(get, path = "/v1/artists/me/earnings", tag = "artists", operation_id = "list_earnings",
    params(EarningFilter, PageParams, MinPosition), security(("bearer" = ["artist"])),
    responses((status = 200, description = "A page of earnings", body = List<EarningBody>),
        (status = 403, description = "forbidden: the caller is no artist")))]
pub async fn list_earnings(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<EarningFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<EarningBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let list = format!("earnings:{}:{:?}", caller.user, filter.style);
    let rows = page.rows(&app, &list)?;
    let rows = read::earnings_of(caller.reads(&app), caller.user.0, filter.style, rows).await;
    let rows = rows.or_fault("read earnings")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), EarningBody::from)
}
