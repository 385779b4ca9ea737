//! `POST /v1/tips` (c4): paid tokens from the caller to an artist, who earns them less the fee.

use axum::extract::State;
use domain::input::FieldError;
use domain::wallets::TipArtist;
use domain::{Amount, GenerationId, TransferId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, Keyed};
use crate::problem::Problem;

/// Tip an artist.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTip {
    /// Who receives.
    artist: Uuid,
    /// How many tokens, above zero.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, example = 10)]
    amount: i64,
    /// For which picture: in the artist's style, and the caller's own or published.
    generation: Option<Uuid>,
}

/// A tip.
#[derive(Debug, Serialize, ToSchema)]
pub struct TipBody {
    /// Which; `related_transfer_id` of its two movements.
    id: Uuid,
    /// What the artist earns: the amount less the platform's share.
    earned: i64,
}

/// Tip an artist. Only tokens that were paid for can be given away, so many a day.
#[utoipa::path(post, path = "/v1/tips", tag = "wallets", operation_id = "create_tip",
    security(("bearer" = [])), request_body = NewTip,
    params(("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 201, description = "Given", body = Positioned<TipBody>),
        (status = 402, description = "insufficient-funds"),
        (status = 404, description = "not-found: no such picture of this artist"),
        (status = 409, description = "non-transferable; daily-limit")))]
pub async fn create_tip(
    State(app): State<App>,
    caller: Caller,
    Keyed { key, body }: Keyed<NewTip>,
) -> Result<Answered<TipBody>, Problem> {
    let amount = Amount::above_zero(body.amount).map_err(|e| FieldError::new("/amount", e))?;
    let figures = &app.config.figures;
    let decision = TipArtist {
        tip: TransferId(Uuid::now_v7()),
        from: caller.user,
        artist: UserId(body.artist),
        amount,
        generation: body.generation.map(GenerationId),
        fee_basis_points: figures.fee_basis_points,
        limit: figures.wallets.daily,
    };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.created(|tipped| TipBody { id: tipped.tip.0, earned: tipped.earned.get() }))
}
