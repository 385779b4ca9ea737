//! `GET /v1/artists/me/earnings` (c3, ART-03): what the caller earned, line by line and added up.

use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Asset;
use projections::wallets as read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Query};
use crate::problem::{OrFault as _, Problem};
use crate::wallets::transactions::TransactionBody;

/// The projection these read.
const READS: &[&str] = &["wallets"];
/// What a summary is of, if nothing is said: the last so many days.
const DAYS_DEFAULT: i64 = 30;
/// The longest time of a summary.
const DAYS_MAX: i64 = 366;

/// The caller's earnings and payouts, newest first: the movements of their EARNING wallet.
#[utoipa::path(get, path = "/v1/artists/me/earnings", tag = "artists", operation_id = "list_earnings",
    params(PageParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "A page of movements", body = List<TransactionBody>)))]
pub async fn list_earnings(
    State(app): State<App>,
    caller: Caller,
    page: Page,
    at_least: AtLeast,
) -> Result<List<TransactionBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let list = format!("earnings:{}", caller.user);
    let wallet = (caller.user.0, Asset::Earning);
    let rows = read::transactions_of(caller.reads(&app), wallet, None, page.rows(&app, &list)?);
    let rows = rows.await.or_fault("read earnings")?;
    let key = |row: &read::Transaction| (row.created_at, row.id);
    page.list(&app, &list, rows, key, |row| TransactionBody::of(&app, row, None))
}

/// Of which time, added up how.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SummaryParams {
    /// `style` or `day`; the days are those of `day_zone` in /v1/config.
    #[param(inline)]
    by: By,
    /// The beginning (RFC 3339); 30 days before the end if it is not given.
    from: Option<DateTime<Utc>>,
    /// The end, not included; now if it is not given. At most 366 days later.
    to: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    Style,
    Day,
}

/// What was earned with one style or on one day.
#[derive(Debug, Serialize, ToSchema)]
pub struct EarningsBody {
    /// The style; none for tips, or by day.
    #[serde(skip_serializing_if = "Option::is_none")]
    style_id: Option<Uuid>,
    /// The day, `yyyy-mm-dd`; none by style.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// How often something was earned.
    count: i64,
    /// Together, after the platform's share.
    amount: i64,
}

/// What the caller earned by work and tips, added up by style or by day.
#[utoipa::path(get, path = "/v1/artists/me/earnings/summary", tag = "artists", operation_id = "summarize_earnings",
    params(SummaryParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "One entry per style or day", body = List<EarningsBody>)))]
pub async fn summarize_earnings(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<SummaryParams>,
    at_least: AtLeast,
) -> Result<List<EarningsBody>, Problem> {
    let to = params.to.unwrap_or_else(|| app.clock.now());
    let from = params.from.unwrap_or(to - TimeDelta::days(DAYS_DEFAULT));
    if from >= to || to - from > TimeDelta::days(DAYS_MAX) {
        let detail = format!("It lies before the end, by at most {DAYS_MAX} days.");
        return Err(Problem::invalid("?from", detail));
    }
    at_least.reached(&app, READS).await?;
    let (reads, artist) = (caller.reads(&app), caller.user.0);
    let lines = match params.by {
        By::Style => {
            let rows = read::earnings_by_style(reads, artist, (from, to)).await;
            let rows = rows.or_fault("add up earnings")?.into_iter();
            rows.map(EarningsBody::from).collect()
        }
        By::Day => {
            let zone = app.config.figures.wallets.daily.zone;
            let rows = read::earnings_by_day(reads, artist, (from, to), zone).await;
            let rows = rows.or_fault("add up earnings")?.into_iter();
            rows.map(EarningsBody::from).collect()
        }
    };
    Ok(List::whole(lines))
}

impl From<read::StyleEarnings> for EarningsBody {
    fn from(row: read::StyleEarnings) -> Self {
        Self { style_id: row.style_id, day: None, count: row.count, amount: row.amount }
    }
}

impl From<read::DayEarnings> for EarningsBody {
    fn from(row: read::DayEarnings) -> Self {
        Self { style_id: None, day: Some(row.day), count: row.count, amount: row.amount }
    }
}
