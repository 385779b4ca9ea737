//! `GET /v1/wallets/{asset}/statement` (c4, b3.10): what came and went in a time, signed with the key
//! that signs access tokens, so that whoever is shown it can verify it against `/.well-known/jwks.json`.

mod csv;

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Asset;
use projections::wallets::{self as read, Transaction};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::transactions::TransactionBody;
use super::{READS, parse_asset};
use crate::app::App;
use crate::extract::{AtLeast, Caller, MinPosition, Path, Query};
use crate::objects::hex;
use crate::problem::{OrFault as _, Problem};

/// The longest time of one statement.
const DAYS_MAX: i64 = 366;
/// Most movements of one statement.
const LINES_MAX: i64 = 10_000;
/// Carries the signature: a compact JWS over [`Seal`].
const SIGNATURE: HeaderName = HeaderName::from_static("statement-signature");
/// The type of that JWS, so that it never passes for an access token.
const TYPE: &str = "statement+jwt";

/// Of which time, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatementParams {
    /// The beginning (RFC 3339).
    from: DateTime<Utc>,
    /// The end, not included; at most 366 days later, and never later than now.
    to: DateTime<Utc>,
    /// `json` or `csv`.
    #[param(inline)]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Csv,
}

/// What came and went.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementBody {
    /// Whose wallet.
    user_id: Uuid,
    /// Of what.
    asset: String,
    /// The beginning.
    from: DateTime<Utc>,
    /// The end, not included.
    to: DateTime<Utc>,
    /// What was owned at the beginning.
    opening_balance: i64,
    /// What was owned at the end: the opening balance and all lines.
    closing_balance: i64,
    /// All that came.
    credited: i64,
    /// All that went, below zero.
    debited: i64,
    /// By kind.
    totals: BTreeMap<String, i64>,
    /// The movements, oldest first.
    lines: Vec<TransactionBody>,
}

/// What the signature says: whose statement, of when, with what result, and the hash of the bytes it
/// came with, JSON or CSV.
#[derive(Debug, Serialize)]
struct Seal<'a> {
    iss: &'a str,
    sub: Uuid,
    asset: &'a str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    opening_balance: i64,
    closing_balance: i64,
    lines: usize,
    /// Hex SHA-256 of the body.
    sha256: String,
    iat: i64,
}

/// A wallet's movements of a time, with what was owned before and after, signed.
#[utoipa::path(get, path = "/v1/wallets/{asset}/statement", tag = "wallets", operation_id = "read_statement",
    params(("asset" = String, Path, description = "token, credit or earning"), StatementParams, MinPosition),
    security(("bearer" = [])),
    responses((status = 200, description = "The statement; `Statement-Signature` is a JWS (EdDSA) whose sha256 is that of the body",
        content((StatementBody = "application/json"), (String = "text/csv")))))]
pub async fn read_statement(
    State(app): State<App>,
    caller: Caller,
    Path(asset): Path<String>,
    Query(params): Query<StatementParams>,
    at_least: AtLeast,
) -> Result<Response, Problem> {
    let asset = parse_asset(&asset)?;
    let (from, to) = time(&params, app.clock.now())?;
    at_least.reached(&app, READS).await?;
    let (reads, whose) = (caller.reads(&app), (caller.user.0, asset));
    let lines = read::lines_between(reads, whose, (from, to), LINES_MAX + 1).await;
    let lines = lines.or_fault("read transactions")?;
    if i64::try_from(lines.len()).is_ok_and(|count| count > LINES_MAX) {
        let detail = format!("More than {LINES_MAX} movements: choose a shorter time.");
        return Err(Problem::invalid("?from", detail));
    }
    let opening = read::posted_before(reads, whose, from).await.or_fault("read a balance")?;
    let table = (params.format.unwrap_or_default() == Format::Csv)
        .then(|| csv::table((from, to), opening, &lines));
    let body = StatementBody::of(&app, whose, (from, to), opening, lines);
    let (kind, bytes) = match table {
        Some(table) => ("text/csv; charset=utf-8", table.into_bytes()),
        None => {
            let json = serde_json::to_vec(&body).or_fault("write a statement")?;
            ("application/json", json)
        }
    };
    let signature = body.signed(&app, &bytes)?;
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (SIGNATURE, signature)];
    Ok((StatusCode::OK, headers, bytes).into_response())
}

/// The future is not known, so it is not stated.
fn time(
    params: &StatementParams,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), Problem> {
    let (from, to) = (params.from, params.to.min(now));
    let length = to - from;
    if length <= TimeDelta::zero() || length > TimeDelta::days(DAYS_MAX) {
        let detail = format!("It lies before the end and before now, by at most {DAYS_MAX} days.");
        return Err(Problem::invalid("?from", detail));
    }
    Ok((from, to))
}

impl StatementBody {
    fn of(
        app: &App,
        (user, asset): (Uuid, Asset),
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        opening_balance: i64,
        lines: Vec<Transaction>,
    ) -> Self {
        let mut totals = BTreeMap::new();
        for line in &lines {
            *totals.entry(line.kind.clone()).or_insert(0) += line.amount;
        }
        let sum = |which: fn(i64) -> bool| {
            lines.iter().map(|line| line.amount).filter(|amount| which(*amount)).sum::<i64>()
        };
        let (credited, debited) = (sum(|amount| amount > 0), sum(|amount| amount < 0));
        Self {
            user_id: user,
            asset: asset.code().to_owned(),
            from,
            to,
            opening_balance,
            closing_balance: opening_balance + credited + debited,
            credited,
            debited,
            totals,
            lines: lines.into_iter().map(|row| TransactionBody::of(app, row, None)).collect(),
        }
    }

    fn signed(&self, app: &App, body: &[u8]) -> Result<String, Problem> {
        let seal = Seal {
            iss: &app.config.public_url,
            sub: self.user_id,
            asset: &self.asset,
            from: self.from,
            to: self.to,
            opening_balance: self.opening_balance,
            closing_balance: self.closing_balance,
            lines: self.lines.len(),
            sha256: hex(digest(&SHA256, body).as_ref()),
            iat: app.clock.now().timestamp(),
        };
        app.tokens.sign(TYPE, &seal).map_err(Problem::fault)
    }
}
