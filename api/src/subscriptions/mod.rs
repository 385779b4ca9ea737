//! Subscriptions (c6), for their owners: what is paid, what happened, what was billed.

pub mod admin;
pub mod carrier;
pub mod change;
pub mod checkout;
pub mod history;
pub mod portal;
pub mod present;

use axum::Json;
use axum::extract::State;
use projections::subscriptions as read;
use projections::wallets::credits_of_subscriptions;

use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Query};
use crate::present::Present;
use crate::problem::{OrFault as _, Problem};
use present::{SubscriptionBody, present};

/// The projections these read.
const READS: &[&str] = &["subscriptions", "wallets"];

/// The subscription that counts: there is one until it is over.
#[utoipa::path(get, path = "/v1/subscriptions/current", tag = "subscriptions", operation_id = "read_current_subscription",
    params(Present, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "The subscription", body = SubscriptionBody),
        (status = 404, description = "not-found: there is none")))]
pub async fn read_current_subscription(
    State(app): State<App>,
    caller: Caller,
    Query(words): Query<Present>,
    at_least: AtLeast,
) -> Result<Json<SubscriptionBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let found = read::current(caller.reads(&app), caller.user.0).await;
    let row = found.or_fault("read a subscription")?;
    let row = row.ok_or_else(|| Problem::not_found("subscription"))?;
    let credits = credits_of_subscriptions(caller.reads(&app), caller.user.0).await;
    let left = credits.or_fault("read lots")?.get(&row.id).copied().unwrap_or_default();
    Ok(Json(present(row, left, words.present)?))
}

/// All subscriptions of the caller, newest first.
#[utoipa::path(get, path = "/v1/subscriptions", tag = "subscriptions", operation_id = "list_subscriptions",
    params(Present, PageParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "A page of subscriptions", body = List<SubscriptionBody>)))]
pub async fn list_subscriptions(
    State(app): State<App>,
    caller: Caller,
    Query(words): Query<Present>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<SubscriptionBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let credits = credits_of_subscriptions(caller.reads(&app), caller.user.0).await;
    let credits = credits.or_fault("read lots")?;
    let list = format!("subscriptions:{}", caller.user);
    let rows = read::of_user(caller.reads(&app), caller.user.0, page.rows(&app, &list)?).await;
    let rows = rows.or_fault("read subscriptions")?;
    let body = |row: read::Subscription| {
        let left = credits.get(&row.id).copied().unwrap_or_default();
        present(row, left, words.present)
    };
    page.list(&app, &list, rows, |row| (row.created_at, row.id), |row| row)?.try_map(body)
}
