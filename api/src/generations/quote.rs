//! `POST /v1/generations/quote` (P5.1): what a picture costs, promised for a while. The promise is
//! a signed token: nothing is stored.

use std::collections::BTreeMap;

use axum::Json as JsonBody;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use domain::generations::{AcceptedPrice, Line, price};
use domain::styles::Style;
use domain::{Refusal, StyleId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{CostLine, total};
use super::order::Order;
use crate::app::App;
use crate::extract::{Caller, Json};
use crate::problem::Problem;

/// What the token is signed for.
const PURPOSE: &str = "quote";
/// How long a quote holds (P5.1).
const HOLDS: TimeDelta = TimeDelta::minutes(5);

/// What is promised, to whom.
#[derive(Debug, Serialize, Deserialize)]
struct Promise {
    user: UserId,
    style: StyleId,
    lines: Vec<Line>,
    expires_at: DateTime<Utc>,
}

/// A price that holds for a while.
#[derive(Debug, Serialize, ToSchema)]
pub struct Quote {
    /// For `quote_id` of the order.
    quote_id: String,
    /// Its parts; none if it is free.
    lines: Vec<CostLine>,
    /// By asset.
    total: BTreeMap<&'static str, i64>,
    /// Until when it holds.
    expires_at: DateTime<Utc>,
}

/// What a picture would cost. Nothing is held and nothing is stored.
#[utoipa::path(post, path = "/v1/generations/quote", tag = "generations", operation_id = "quote_generation",
    security(("bearer" = []), ("api_key" = ["generations:write"])), request_body = Order,
    responses((status = 200, description = "The price, for five minutes", body = Quote),
        (status = 404, description = "not-found: there is no such style"),
        (status = 409, description = "style-not-usable")))]
pub async fn quote_generation(
    State(app): State<App>,
    caller: Caller,
    Json(order): Json<Order>,
) -> Result<JsonBody<Quote>, Problem> {
    let style = order.check(&app, &caller)?.style;
    let terms = app.state_of::<Style>(style).await?.terms().map_err(Refusal::from)?;
    let lines = price(terms, caller.user, app.config.figures.wallets.gpu_credits);
    let expires_at = app.clock.now() + HOLDS;
    let (shown, total) = (lines.iter().map(CostLine::from).collect(), total(&lines));
    let promise = Promise { user: caller.user, style, lines, expires_at };
    let quote_id = app.signer.seal(PURPOSE, &promise).map_err(Problem::fault)?;
    Ok(JsonBody(Quote { quote_id, lines: shown, total, expires_at }))
}

/// The price a quote promised this user for this style. Whether it still holds is for the decision
/// to say.
pub(super) fn open(
    app: &App,
    (user, style): (UserId, StyleId),
    quote_id: &str,
) -> Result<AcceptedPrice, Problem> {
    let promise: Option<Promise> = app.signer.open(PURPOSE, quote_id).ok();
    let promise = promise.filter(|promise| promise.user == user && promise.style == style);
    let Some(Promise { lines, expires_at, .. }) = promise else {
        return Err(Problem::invalid("/quote_id", "It is no quote of yours for this style."));
    };
    Ok(AcceptedPrice::Quote { lines, expires_at })
}
