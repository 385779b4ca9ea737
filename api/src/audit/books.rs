//! The books: double entry, and that it adds up.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::ledger::Account;
use projections::ledger as table;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AUDITORS;
use super::stretch::{Stretch, place_or_beginning};
use crate::app::App;
use crate::extract::{AtLeast, Caller, Query};
use crate::problem::{OrFault as _, Problem};
use crate::wallets::parse_asset;

/// Entries answered at most.
const ENTRIES_MAX: i64 = 100;
/// The projection behind the books.
const READS: &[&str] = &["ledger"];

/// Which book.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Book {
    /// Whose, for example `platform:mint` or `user:<id>:available`.
    account: String,
    /// Of what: `token`, `credit` or `earning`.
    asset: String,
    /// Only after this position: the number of an event, or the `position` of any answer.
    position: Option<String>,
}

/// One side of a movement.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryBody {
    /// The event's place in the log: the other sides have the same.
    position: i64,
    /// Its place among the event's entries, from 0.
    ordinal: i32,
    /// In minor units; above zero is more, below is less.
    amount: i64,
    /// When.
    created_at: DateTime<Utc>,
}

/// An account's entries in the log's order: about 100, since an event's are never torn apart.
#[utoipa::path(get, path = "/v1/audit/ledger", tag = "audit", operation_id = "list_ledger_entries",
    params(Book), security(("bearer" = ["auditor"])),
    responses((status = 200, description = "Entries", body = Stretch<EntryBody>),
        (status = 403, description = "forbidden: the caller is no auditor")))]
pub async fn list_ledger_entries(
    State(app): State<App>,
    caller: Caller,
    Query(book): Query<Book>,
) -> Result<Json<Stretch<EntryBody>>, Problem> {
    let reads = caller.reads_as(&app, AUDITORS)?;
    let asset = parse_asset(&book.asset)?;
    let account = Account::try_from(book.account)
        .map_err(|_| Problem::invalid("?account", "It is not in the chart of accounts."))?;
    AtLeast::now(&app).await?.reached(&app, READS).await?;
    let position = place_or_beginning(&app, book.position.as_deref()).await?;
    let rows = table::entries_after(reads, (account, asset), position, ENTRIES_MAX + 1).await;
    let mut rows = rows.or_fault("read the books")?;
    let mut next_position = None;
    if rows.len() as i64 > ENTRIES_MAX
        && let Some(torn) = rows.last().map(|row| row.position)
    {
        rows.retain(|row| row.position != torn); // It comes whole with the next page.
        next_position = Some(torn - 1);
    }
    let body = |row: table::LedgerEntry| EntryBody {
        position: row.position,
        ordinal: row.ordinal,
        amount: row.amount,
        created_at: row.created_at,
    };
    Ok(Json(Stretch::new(rows.into_iter().map(body).collect(), next_position)))
}

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Then {
    /// A time (RFC 3339); now unless given.
    at: Option<DateTime<Utc>>,
}

/// All books of one asset added up.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trial {
    /// Of what.
    asset: String,
    /// Zero, or something is very wrong.
    sum: i64,
    /// How many entries were added up.
    entries: i64,
}

/// The books added up.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrialBalance {
    /// As of which position.
    position: i64,
    /// Whether every sum is zero.
    balanced: bool,
    /// By asset.
    data: Vec<Trial>,
}

/// Whether the books balance, now or then.
#[utoipa::path(get, path = "/v1/audit/trial-balance", tag = "audit", operation_id = "read_trial_balance",
    params(Then), security(("bearer" = ["auditor"])),
    responses((status = 200, description = "The sums", body = TrialBalance),
        (status = 403, description = "forbidden: the caller is no auditor")))]
pub async fn read_trial_balance(
    State(app): State<App>,
    caller: Caller,
    Query(Then { at }): Query<Then>,
) -> Result<Json<TrialBalance>, Problem> {
    let reads = caller.reads_as(&app, AUDITORS)?;
    let position = match at {
        Some(at) => app.log.position_at(at).await.or_fault("find a time in the log")?,
        None => app.log.head().await.or_fault("read the head")?,
    };
    AtLeast::at(position).reached(&app, READS).await?;
    let sums = table::trial_balance(reads, position).await.or_fault("add up the books")?;
    let balanced = sums.iter().all(|sum| sum.sum == 0);
    let body =
        |sum: table::TrialBalance| Trial { asset: sum.asset, sum: sum.sum, entries: sum.entries };
    Ok(Json(TrialBalance { position, balanced, data: sums.into_iter().map(body).collect() }))
}
