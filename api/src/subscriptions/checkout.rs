//! `POST /v1/subscriptions/checkout` (c6): a page at Lemon Squeezy where one person can subscribe to
//! one plan. What comes of it, deliveries tell.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::UserId;
use domain::plans::{Cycle, Tier};
use domain::process::plan_subscription::{
    CHECKOUT, Checkout, CheckoutPage, KeepCheckout, StartCheckout,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Done, Positioned};
use crate::app::App;
use crate::extract::{AtLeast, Caller, Keyed};
use crate::openapi::words;
use crate::problem::{OrFault as _, Problem, Slug};
use crate::providers::lemonsqueezy::{CheckoutObject, Class, LemonSqueezyError, NewCheckout};

/// What tells whether somebody has a plan.
const READS: &[&str] = &["subscriptions", "users"];
/// Where the browser comes back to, below the address of the web app.
const RETURN_PATH: &str = "/billing/done";
/// When asking again may help.
const RETRY: Duration = Duration::from_secs(10);

/// To what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenCheckout {
    /// One of `/v1/plans`.
    #[schema(value_type = words::Tier)]
    plan: Tier,
    /// `monthly` or `yearly`.
    #[schema(value_type = words::Cycle)]
    cycle: Cycle,
}

/// Where to subscribe.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckoutBody {
    /// Which checkout.
    id: Uuid,
    /// Send the browser there.
    checkout_url: String,
    /// Until when.
    expires_at: DateTime<Utc>,
}

/// Get a page where the caller can subscribe to a plan.
#[utoipa::path(post, path = "/v1/subscriptions/checkout", tag = "subscriptions", operation_id = "open_checkout",
    security(("bearer" = [])), request_body = OpenCheckout,
    params(("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 201, description = "Subscribe there", body = Positioned<CheckoutBody>),
        (status = 409, description = "already-subscribed, or conflict: the plan is not for sale so"),
        (status = 503, description = "upstream-unavailable")))]
pub async fn open_checkout(
    State(app): State<App>,
    caller: Caller,
    Keyed { key, body: OpenCheckout { plan, cycle } }: Keyed<OpenCheckout>,
) -> Result<Answered<CheckoutBody>, Problem> {
    let Some(shop) = app.config.lemonsqueezy.shop else {
        return Err(Problem::new(Slug::UpstreamUnavailable, "Plans are not sold here."));
    };
    AtLeast::now(&app).await?.reached(&app, READS).await?;
    let live = projections::subscriptions::current(caller.reads(&app), caller.user.0).await;
    let live = live.or_fault("read a subscription")?;
    let subscribed = live.map(|row| super::present::status(&row)).transpose()?;
    let (checkout, user) = (Uuid::now_v7(), caller.user);
    let decision = StartCheckout { checkout, user, plan, cycle, subscribed };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    let Checkout { checkout, variant, expires_at } = done.reply;
    let answer = |url| CheckoutBody { id: checkout, checkout_url: url, expires_at };
    let kept = page(&app, caller.user).await?.filter(|page| page.checkout == checkout);
    let url = match kept {
        Some(page) => page.url, // The same request once more.
        None => {
            let email = projections::users::by_id(caller.reads(&app), caller.user.0).await;
            let email = email.or_fault("read a user")?.and_then(|user| user.email);
            let wanted = NewCheckout {
                variant,
                user: caller.user.to_string(),
                checkout: checkout.to_string(),
                email,
                redirect_url: format!("{}{RETURN_PATH}", app.config.login.app_url),
                expires_at,
                test_mode: shop.test_mode,
            };
            let made = app.lemonsqueezy.create_checkout(&wanted).await;
            let CheckoutObject { url, .. } = made.map_err(|error| unhelpful(&error))?;
            let page = CheckoutPage { checkout, variant, url: url.clone() };
            let keep = KeepCheckout { user: caller.user, page };
            app.execute(app.attempt(), caller.metadata(&app), keep).await?;
            url
        }
    };
    let Done { position, number, replayed, .. } = done;
    let done = Done { reply: (), position, number, replayed };
    Ok(done.answer(StatusCode::CREATED, |()| answer(url)))
}

/// The page somebody was last given, if it is not long ago.
async fn page(app: &App, user: UserId) -> Result<Option<CheckoutPage>, Problem> {
    let kept = app.vault.get(CHECKOUT, &user.to_string()).await.or_fault("read a checkout")?;
    kept.map(|bytes| serde_json::from_slice(&bytes).or_fault("read a checkout")).transpose()
}

/// Lemon Squeezy did not do what a person waits for.
pub(super) fn unhelpful(error: &LemonSqueezyError) -> Problem {
    match error.class() {
        Class::NotFound => Problem::not_found("subscription at Lemon Squeezy"),
        Class::Passing => {
            tracing::warn!(%error, "Lemon Squeezy does not help");
            let detail = "The payment provider does not answer. Try again in a moment.";
            Problem::new(Slug::UpstreamUnavailable, detail).retry_after(RETRY)
        }
        Class::Refused | Class::OurFault => {
            tracing::error!(%error, "Lemon Squeezy refuses us: check key and request");
            let detail = "The payment provider refuses us. We have been told.";
            Problem::new(Slug::UpstreamUnavailable, detail).retry_after(RETRY)
        }
    }
}
