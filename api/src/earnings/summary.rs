//! What a span of time brought, by style or by day.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, FixedOffset};
use projections::wallets::{self as read, EarningsOf};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::READS;
use crate::app::App;
use crate::extract::{AtLeast, Caller, MinPosition, Query};
use crate::problem::{OrFault as _, Problem};
use crate::span::{Span, SpanParams};

/// Most rows: as many styles as count, or more days than a span has.
const ROWS_MAX: i64 = 500;

/// By what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Grouping {
    /// `style`, the best first, or `day`, the last first.
    #[param(inline)]
    by: By,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    Style,
    Day,
}

/// What a span brought.
#[derive(Debug, Serialize, ToSchema)]
pub struct EarningsSummary {
    /// From this instant on, in the zone.
    from: DateTime<FixedOffset>,
    /// Until before this instant, in the zone.
    to: DateTime<FixedOffset>,
    /// Where days begin and end.
    #[schema(value_type = String, example = "Asia/Seoul")]
    zone: &'static str,
    /// At most 500; styles and days that brought nothing are left out.
    data: Vec<SummaryRow>,
}

/// What one style or one day brought, in the smallest unit of EARNING.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummaryRow {
    /// The style's id, or the day; none for tips, which have no style.
    #[schema(example = "2026-11-21")]
    key: Option<String>,
    /// How many pictures and tips.
    count: i64,
    /// What was paid.
    gross: i64,
    /// The platform's share of it.
    fee: i64,
    /// The artist's: gross less fee.
    net: i64,
}

impl From<EarningsOf> for SummaryRow {
    fn from(EarningsOf { key, count, gross, fee, net }: EarningsOf) -> Self {
        Self { key, count, gross, fee, net }
    }
}

/// What a span brought the caller, by style or by day.
#[utoipa::path(get, path = "/v1/artists/me/earnings/summary", tag = "artists",
    operation_id = "summarize_earnings",
    params(Grouping, SpanParams, MinPosition), security(("bearer" = ["artist"])),
    responses((status = 200, description = "Sums", body = EarningsSummary),
        (status = 403, description = "forbidden: the caller is no artist")))]
pub async fn summarize_earnings(
    State(app): State<App>,
    caller: Caller,
    Query(grouping): Query<Grouping>,
    span: Span,
    at_least: AtLeast,
) -> Result<Json<EarningsSummary>, Problem> {
    at_least.reached(&app, READS).await?;
    let Span { from, to, zone } = span;
    let (reader, artist) = (caller.reads(&app), caller.user.0);
    let rows = match grouping.by {
        By::Style => read::earnings_by_style(reader, artist, (from, to), ROWS_MAX).await,
        By::Day => read::earnings_by_day(reader, artist, (from, to), zone.name(), ROWS_MAX).await,
    };
    let rows = rows.or_fault("sum up earnings")?;
    Ok(Json(EarningsSummary {
        from: zone.local(from),
        to: zone.local(to),
        zone: zone.name(),
        data: rows.into_iter().map(SummaryRow::from).collect(),
    }))
}
