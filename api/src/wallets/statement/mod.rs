//! `GET /v1/wallets/{asset}/statement` (c4, b3.10): what a wallet held at two times and everything
//! that moved between, signed, so that whoever reads it need not trust whoever handed it over.

mod account;
mod csv;

pub use account::{Statement, Total};

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use domain::Asset;
use projections::wallets as read;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use self::account::Account;
use super::{READS, parse_asset};
use crate::app::App;
use crate::extract::{AtLeast, Caller, Path, Query};
use crate::problem::{OrFault as _, Problem, Slug};
use crate::span::{Span, SpanParams};

/// Most movements of one statement.
const MOVEMENTS_MAX: usize = 10_000;
/// Carries the signature.
const SIGNATURE: HeaderName = HeaderName::from_static("statement-signature");
/// The `typ` of the signature's header.
const SIGNED_AS: &str = "folio-statement";

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Form {
    /// `json`, which has every reference, or `csv`, for spreadsheets.
    #[param(inline)]
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Csv,
}

/// A signed statement: opening and closing balance, every movement between, and totals by kind.
///
/// `Statement-Signature` is a detached JWS over the body, byte for byte, by one of the keys of
/// `/.well-known/jwks.json`.
#[utoipa::path(get, path = "/v1/wallets/{asset}/statement", tag = "wallets", operation_id = "read_statement",
    params(("asset" = String, Path, description = "token, credit or earning"), SpanParams, Form),
    security(("bearer" = []), ("api_key" = ["wallets:read"])),
    responses((status = 200, body = Statement,
        description = "The statement; `format=csv` answers the same as text/csv",
        headers(("Statement-Signature" = String, description = "Detached JWS over the body"))),
        (status = 422, description = "statement-too-long: more than 10,000 movements")))]
pub async fn read_statement(
    State(app): State<App>,
    caller: Caller,
    Path(asset): Path<String>,
    Query(form): Query<Form>,
    span: Span,
) -> Result<Response, Problem> {
    let asset = parse_asset(&asset)?;
    let head = app.log.head().await.or_fault("read the head")?;
    AtLeast::at(head).reached(&app, READS).await?;
    let wallet = (caller.user.0, asset);
    let opening = read::balance_before(caller.reads(&app), wallet, span.from).await;
    let limit = MOVEMENTS_MAX as i64 + 1; // One more shows that there are more.
    let lines =
        read::transactions_between(caller.reads(&app), wallet, (span.from, span.to), limit).await;
    let lines = lines.or_fault("read a statement's movements")?;
    if lines.len() > MOVEMENTS_MAX {
        let detail = format!("Between `from` and `to` are more than {MOVEMENTS_MAX} movements.");
        return Err(Problem::new(Slug::StatementTooLong, detail));
    }
    let opening = opening.or_fault("read an opening balance")?;
    let account = Account { user: caller.user, asset, span, opening, lines };
    let (kind, body) = match form.format {
        Format::Json => {
            let statement = account.statement(&app, head).or_fault("add up a statement")?;
            let body = serde_json::to_vec(&statement).or_fault("write a statement")?;
            ("application/json", body)
        }
        Format::Csv => {
            let totals = account.totals().or_fault("add up a statement")?;
            ("text/csv; charset=utf-8; header=present", csv::write(&account, &totals).into_bytes())
        }
    };
    let signature = app.tokens.sign_document(SIGNED_AS, &body).or_fault("sign a statement")?;
    let named = file_name(asset, span, form.format);
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{named}\"")),
        (SIGNATURE, signature),
    ];
    Ok((headers, body).into_response())
}

/// For example `folio-token-20261101-20261201.csv`; nothing of it was written by a stranger.
fn file_name(asset: Asset, span: Span, format: Format) -> String {
    let day = |at| span.zone.local(at).format("%Y%m%d");
    let ending = match format {
        Format::Json => "json",
        Format::Csv => "csv",
    };
    format!("folio-{asset}-{}-{}.{ending}", day(span.from), day(span.to))
}
