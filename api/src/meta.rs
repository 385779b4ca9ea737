//! What the service says of itself (c1).

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use domain::styles::MAX_STYLES_DEFAULT;
use eventstore::{board, relay, timers, writer};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Caller, List};
use crate::packages::{self, PackageBody};
use crate::plans::{self, PlanBody};
use crate::problem::{OrFault as _, Problem};
use crate::tokens::ACCESS_SECONDS;

/// A follower further behind than this many events is not ready.
const LAG_MAX: i64 = 10_000;
/// A database that answers later than this is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process runs.
#[utoipa::path(get, path = "/livez", tag = "meta", operation_id = "livez",
    responses((status = 200, description = "It runs", body = String)))]
pub async fn livez() -> &'static str {
    "ok"
}

/// Whether it can work, by what it depends on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// Whether requests should be sent here.
    ready: bool,
    /// The log's database.
    database: Health,
    /// Whether commands can be written: not while the log is locked by somebody or out of reach.
    writer: Health,
    /// Its absence is a normal state: everything works by polling then.
    nats: Health,
    /// Projections, processes and the relay of this process.
    followers: Vec<Follower>,
}

/// How one dependency is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `up`, `down` or `not configured`.
    state: &'static str,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Somebody who follows the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Follower {
    /// Who.
    name: String,
    /// `running`, `standby`, `retrying` or `stopped`.
    state: &'static str,
    /// Why, when it does not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The last position it is done with.
    position: i64,
    /// Events it is behind.
    lag: i64,
}

/// Whether it can work, by what it depends on.
#[utoipa::path(get, path = "/readyz", tag = "meta", operation_id = "readyz",
    responses((status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Not ready", body = Readiness)))]
pub async fn readyz(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let (head, database) = match tokio::time::timeout(PATIENCE, app.log.head()).await {
        Ok(Ok(head)) => (Some(head), Health { state: "up", detail: None }),
        Ok(Err(e)) => (None, down(format!("{:#}", anyhow::Error::from(e)))),
        Err(_) => (None, down(format!("no answer within {PATIENCE:?}"))),
    };
    let nats = match app.source.broker.as_ref().map(eventstore::broker::Broker::is_connected) {
        None => Health { state: "not configured", detail: None },
        Some(true) => Health { state: "up", detail: None },
        Some(false) => down("not connected: polling Postgres".to_owned()),
    };
    let writer = match app.writer.health() {
        writer::Health::Up => Health { state: "up", detail: None },
        writer::Health::Down(reason) => down(reason),
    };
    let followers = followers(&app, head.unwrap_or_default());
    // Without the relay everything works by polling.
    let fit = |follower: &Follower| {
        follower.name == relay::NAME || follower.state != "stopped" && follower.lag <= LAG_MAX
    };
    let writes = writer.state == "up";
    let ready = head.is_some() && writes && followers.iter().all(fit);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, database, writer, nats, followers }))
}

fn down(detail: String) -> Health {
    Health { state: "down", detail: Some(detail) }
}

fn followers(app: &App, head: i64) -> Vec<Follower> {
    let standings = app.source.board.standings().into_iter();
    standings
        .map(|(name, standing)| {
            let (state, detail) = match standing.state {
                board::State::Standby => ("standby", None),
                board::State::Running => ("running", None),
                board::State::Retrying(why) => ("retrying", Some(why)),
                board::State::Stopped(why) => ("stopped", Some(why)),
            };
            // A standby does not move, whoever leads is measured where it runs; timers have no place
            // in the log.
            let moves = state != "standby" && name != timers::NAME;
            let lag = if moves { (head - standing.position).max(0) } else { 0 };
            Follower { name, state, detail, position: standing.position, lag }
        })
        .collect()
}

/// Which build this is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Version {
    name: &'static str,
    /// `0.0.0` before the first release.
    version: &'static str,
    /// What it was built from, if the builder said so by `FOLIO_COMMIT`.
    commit: Option<&'static str>,
}

/// Which build this is.
#[utoipa::path(get, path = "/version", tag = "meta", operation_id = "version",
    responses((status = 200, description = "Name and version", body = Version)))]
pub async fn version() -> Json<Version> {
    let (version, commit) = (env!("CARGO_PKG_VERSION"), option_env!("FOLIO_COMMIT"));
    Json(Version { name: "folio", version, commit })
}

/// Measurements as Prometheus reads them.
#[utoipa::path(get, path = "/metrics", tag = "meta", operation_id = "metrics",
    responses((status = 200, description = "Prometheus text format", body = String)))]
pub async fn metrics(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render())
}

/// What clients may rely on.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicConfig {
    /// What can be bought.
    packages: Vec<PackageBody>,
    /// What can be subscribed to.
    plans: Vec<PlanBody>,
    /// Tokens everybody gets for signing up.
    welcome_tokens: i64,
    /// The platform's share of an artist's line, in basis points.
    fee_basis_points: u32,
    /// Styles that an artist may have.
    styles_per_artist: u32,
    /// The smallest payout of earnings.
    payout_minimum: i64,
    /// Won for a unit of earnings, a decimal.
    payout_unit_price: String,
    /// Tax withheld of a payout, in basis points.
    payout_withholding_basis_points: u32,
    /// Tokens that one user can give away in a day.
    daily_transfer_limit: i64,
    /// Where that day begins at midnight, as an offset from UTC.
    #[schema(example = "+09:00")]
    day_zone: String,
    /// Credits set aside for the GPU time of a picture; null where none are asked for.
    gpu_credits: Option<i64>,
    /// How long an access token is good for, in seconds.
    access_token_seconds: i64,
    /// For Toss's payment window.
    toss_client_key: String,
    /// Whether people sign up and in with a password.
    password_login: bool,
    /// With which providers they do.
    #[schema(value_type = Vec<String>, example = json!(["google", "discord"]))]
    oauth_providers: Vec<&'static str>,
}

/// What clients may rely on.
#[utoipa::path(get, path = "/v1/config", tag = "meta", operation_id = "read_config",
    responses((status = 200, description = "Packages, figures and limits", body = PublicConfig)))]
pub async fn config(State(app): State<App>) -> Result<Json<PublicConfig>, Problem> {
    let figures = &app.config.figures;
    Ok(Json(PublicConfig {
        plans: plans::all(&app).await?,
        packages: packages::all(&app).await?,
        welcome_tokens: figures.welcome.get(),
        fee_basis_points: figures.fee_basis_points,
        styles_per_artist: MAX_STYLES_DEFAULT,
        payout_minimum: figures.payout.minimum.get(),
        payout_unit_price: figures.payout.unit_price.to_string(),
        payout_withholding_basis_points: figures.payout.withholding_basis_points,
        daily_transfer_limit: figures.wallets.daily.amount.get(),
        day_zone: figures.wallets.daily.zone.to_string(),
        gpu_credits: figures.wallets.gpu_credits.map(domain::Amount::get),
        access_token_seconds: ACCESS_SECONDS,
        toss_client_key: app.config.toss.client_key.clone(),
        password_login: app.config.login.passwords,
        oauth_providers: app.identities.names(),
    }))
}

/// A place in the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct CurrentPosition {
    /// For `Min-Position`.
    position: String,
    /// The plain number.
    number: i64,
}

/// How far the log is.
#[utoipa::path(get, path = "/v1/positions/current", tag = "meta", operation_id = "current_position",
    security(("bearer" = ["auditor"]), ("bearer" = ["support"]), ("bearer" = ["admin"])),
    responses((status = 200, description = "The position of the newest event", body = CurrentPosition)))]
pub async fn current_position(
    State(app): State<App>,
    _: Caller,
) -> Result<Json<CurrentPosition>, Problem> {
    let number = app.log.head().await.or_fault("read the head")?;
    Ok(Json(CurrentPosition { position: app.position_token(number), number }))
}

/// How far each projection is.
#[utoipa::path(get, path = "/v1/projections", tag = "meta", operation_id = "list_projections",
    security(("bearer" = ["auditor"]), ("bearer" = ["support"]), ("bearer" = ["admin"])),
    responses((status = 200, description = "Checkpoints, lags and states", body = List<Follower>)))]
pub async fn projections(State(app): State<App>, _: Caller) -> Result<List<Follower>, Problem> {
    let head = app.log.head().await.or_fault("read the head")?;
    Ok(List::whole(followers(&app, head)))
}

/// The keys that sign access tokens, for whoever wants to verify them.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "meta", operation_id = "jwks",
    responses((status = 200, description = "A JSON Web Key Set", body = Value)))]
pub async fn jwks(State(app): State<App>) -> Json<Value> {
    Json(app.tokens.public_keys())
}
