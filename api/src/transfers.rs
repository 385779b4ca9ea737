//! `POST /v1/transfers` (c4): paid tokens from the caller to another user.

use axum::extract::State;
use domain::input::FieldError;
use domain::wallets::TransferTokens;
use domain::{Amount, TransferId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, Keyed};
use crate::problem::{OrFault as _, Problem};

/// Longest memo, in characters.
const MEMO_CHARS_MAX: usize = 200;

/// Send tokens.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Who receives.
    to: Uuid,
    /// How many tokens, above zero.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, example = 10)]
    amount: i64,
    /// A word to the receiver.
    #[schema(max_length = 200)]
    memo: Option<String>,
}

/// A transfer.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferBody {
    /// Which.
    id: Uuid,
}

/// Send tokens to another user. Only tokens that were paid for can be given away, so many a day.
#[utoipa::path(post, path = "/v1/transfers", tag = "wallets", operation_id = "create_transfer",
    security(("bearer" = [])), request_body = Transfer,
    params(("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 201, description = "Sent", body = Positioned<TransferBody>),
        (status = 402, description = "insufficient-funds"),
        (status = 409, description = "non-transferable; daily-limit")))]
pub async fn create_transfer(
    State(app): State<App>,
    caller: Caller,
    Keyed { key, body }: Keyed<Transfer>,
) -> Result<Answered<TransferBody>, Problem> {
    let amount = Amount::above_zero(body.amount).map_err(|e| FieldError::new("/amount", e))?;
    let decision = TransferTokens {
        transfer: TransferId(Uuid::now_v7()),
        from: caller.user,
        to: UserId(body.to),
        amount,
        memo: match body.memo {
            Some(memo) => Some(seal_memo(&app, caller.user, &memo).await?),
            None => None,
        },
        limit: app.config.figures.wallets.daily,
    };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.created(|transfer| TransferBody { id: transfer.0 }))
}

async fn seal_memo(app: &App, sender: UserId, memo: &str) -> Result<domain::Sealed, Problem> {
    use domain::input::{Shape, bounded};
    let memo = bounded(memo, Shape::Line, 1, MEMO_CHARS_MAX);
    let memo = memo.map_err(|e| FieldError::new("/memo", e))?;
    let sealed = app.keyring.seal(sender.0, "wallet.transfer_sent", "memo", &memo).await;
    sealed.or_fault("seal a memo")
}
