//! `POST /v1/purchases/{id}/confirm` (P2.2 to P2.4): the callback is compared and recorded, a
//! process asks Toss, and the caller is told what came of it if that does not take too long.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::PurchaseId;
use domain::purchases::{ConfirmPurchase, ConfirmReply, Figures, PurchaseEvent, PurchaseStatus};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout_at};
use utoipa::ToSchema;
use uuid::Uuid;

use super::standing::{Standing, standing};
use crate::act::{Done, Positioned};
use crate::app::App;
use crate::extract::{Caller, Keyed, Path, min_position};
use crate::problem::{OrFault as _, Problem, Slug};
use crate::purchases::carrier::DEPOSIT_ACCOUNT;

/// How long the outcome is waited for, unless the client wants less: Toss has 10 s to answer.
const WAIT_MAX: Duration = Duration::from_secs(12);
/// The history is looked at again at most this often.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What Toss's successUrl said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// Toss's key of the payment.
    #[schema(min_length = 1, max_length = 200)]
    payment_key: String,
    /// Our order id.
    order_id: String,
    /// Whole won.
    #[schema(example = 15_000)]
    amount: i64,
}

/// Where a purchase stands after its confirmation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Confirmed {
    /// Which.
    id: Uuid,
    /// `paid`, `awaiting_deposit`, or `in_doubt` and `confirming` with status 202.
    #[schema(example = "paid")]
    status: &'static str,
    /// `payment-in-doubt` with status 202: poll the purchase.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// The bank that waits for a deposit.
    #[serde(skip_serializing_if = "Option::is_none")]
    bank: Option<String>,
    /// The account to pay into.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// Until when the deposit can be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<DateTime<Utc>>,
}

/// Confirm a payment that the buyer authenticated. What was asked for once happens once, and the
/// same request later finds how it went.
#[utoipa::path(post, path = "/v1/purchases/{id}/confirm", tag = "purchases", operation_id = "confirm_purchase",
    security(("bearer" = [])), request_body = Confirm,
    params(("id" = Uuid, Path, description = "The purchase"),
        ("Idempotency-Key" = String, Header, description = "Required"),
        ("Prefer" = Option<String>, Header, description = "wait=<seconds>, at most 12")),
    responses((status = 200, description = "Paid, or waiting for a deposit", body = Positioned<Confirmed>),
        (status = 202, description = "payment-in-doubt: poll the purchase", body = Positioned<Confirmed>),
        (status = 402, description = "payment-declined"),
        (status = 409, description = "amount-mismatch, purchase-not-confirmable"),
        (status = 410, description = "payment-session-expired")))]
pub async fn confirm_purchase(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Keyed { key, body }: Keyed<Confirm>,
) -> Result<Response, Problem> {
    let Confirm { payment_key, order_id, amount } = body;
    let figures = Figures { payment_key, order_id, amount };
    let purchase = PurchaseId(id);
    let decision = ConfirmPurchase { purchase, caller: caller.user, figures };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    if let ConfirmReply::Mismatch { .. } = done.reply {
        let detail = "Order id or amount are not those of the purchase. Nothing was charged: \
            begin a new one.";
        return Err(Problem::new(Slug::AmountMismatch, detail).at(done.position, done.replayed));
    }
    let patience = min_position::wait(&headers).map_or(WAIT_MAX, |wait| wait.min(WAIT_MAX));
    let standing = outcome(&app, id, patience).await?;
    app.keyring.preload(&[caller.user.0]).await.or_fault("load the buyer's key")?;
    standing.answer(&app, id, &done)
}

/// Waits until Toss has clearly answered, or has put the purchase in doubt, or time is up.
async fn outcome(app: &App, id: Uuid, patience: Duration) -> Result<Standing, Problem> {
    let until = Instant::now() + patience;
    let mut head = app.source.head.clone();
    loop {
        let standing = standing(app, id).await?;
        let changed = timeout_at(until, head.changed());
        if standing.status != PurchaseStatus::Confirming || changed.await.is_err() {
            return Ok(standing);
        }
        sleep(LOOK_AGAIN).await;
    }
}

impl Standing {
    fn answer(self, app: &App, id: Uuid, done: &Done<ConfirmReply>) -> Result<Response, Problem> {
        let deposit = self.deposit(app)?;
        let position = app.position_token(self.position);
        let problem =
            |slug, detail: &str| Problem::new(slug, detail).at(position.clone(), done.replayed);
        let (status, code) = match self.status {
            PurchaseStatus::Paid
            | PurchaseStatus::PartiallyRefunded
            | PurchaseStatus::Refunded
            | PurchaseStatus::Approved
            | PurchaseStatus::AwaitingDeposit => (StatusCode::OK, None),
            PurchaseStatus::Confirming | PurchaseStatus::InDoubt | PurchaseStatus::Initiated => {
                (StatusCode::ACCEPTED, Some("payment-in-doubt"))
            }
            PurchaseStatus::Declined => {
                let detail = "The payment was refused and nothing was charged: begin a new \
                    purchase, perhaps with another card.";
                let problem = problem(Slug::PaymentDeclined, detail);
                return Err(problem.with("provider_code", self.provider_code()));
            }
            PurchaseStatus::Mismatched | PurchaseStatus::Tampered => {
                let detail = "What was paid is not what was to be paid. Somebody looks into it.";
                return Err(problem(Slug::AmountMismatch, detail));
            }
            PurchaseStatus::Expired => {
                let detail = "The time to pay is over and nothing was charged: begin a new \
                    purchase.";
                return Err(problem(Slug::PaymentSessionExpired, detail));
            }
            PurchaseStatus::Canceled => {
                return Err(problem(Slug::PurchaseNotConfirmable, "The purchase was canceled."));
            }
        };
        let Deposit { bank, account, due_at } = deposit;
        let body = Confirmed { id, status: self.status.code(), code, bank, account, due_at };
        let Done { number, replayed, .. } = *done;
        let done = Done { reply: (), position, number, replayed };
        Ok(done.answer(status, |()| body).into_response())
    }

    fn provider_code(&self) -> Option<String> {
        match &self.last {
            Some(PurchaseEvent::Declined { code, .. }) => Some(code.clone()),
            Some(_) | None => None,
        }
    }

    /// Where to pay to, opened for the buyer.
    fn deposit(&self, app: &App) -> Result<Deposit, Problem> {
        let Some(PurchaseEvent::DepositAccountIssued { bank, account_number, due_at, .. }) =
            &self.last
        else {
            return Ok(Deposit::default());
        };
        let (event_type, field) = DEPOSIT_ACCOUNT;
        let open = |sealed| app.keyring.open(sealed, event_type, field);
        let account = account_number.as_ref().map(open).transpose();
        let account = account.or_fault("open the number of an account")?;
        Ok(Deposit { bank: bank.clone(), account, due_at: *due_at })
    }
}

#[derive(Default)]
struct Deposit {
    bank: Option<String>,
    account: Option<String>,
    due_at: Option<DateTime<Utc>>,
}
