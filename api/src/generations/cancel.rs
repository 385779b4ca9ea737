//! `POST /v1/generations/{id}/cancel` (P5.7): the owner steps back, and what is held goes back,
//! but for the seconds a GPU has worked.

use axum::extract::State;
use domain::GenerationId;
use domain::generations::{CancelGeneration, Status};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, NoBody, OptionallyKeyed, Path};
use crate::problem::Problem;

/// A generation its owner stepped back from.
#[derive(Debug, Serialize, ToSchema)]
pub struct CanceledBody {
    /// Which.
    id: Uuid,
    /// `canceled`.
    #[schema(value_type = String, example = "canceled")]
    status: &'static str,
    /// Spent tokens.
    charged: i64,
    /// Tokens given back.
    released: i64,
    /// Spent credits: the seconds a GPU had worked.
    charged_credits: i64,
    /// Credits given back.
    released_credits: i64,
}

/// Step back from a generation. A worker that paints it is told.
#[utoipa::path(post, path = "/v1/generations/{id}/cancel", tag = "generations", operation_id = "cancel_generation",
    security(("bearer" = []), ("api_key" = ["generations:write"])),
    params(("id" = Uuid, Path, description = "The generation"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Canceled, and what went back", body = Positioned<CanceledBody>),
        (status = 409, description = "already-terminal")))]
pub async fn cancel_generation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<CanceledBody>, Problem> {
    let decision = CancelGeneration { generation: GenerationId(id), user: caller.user };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|money| CanceledBody {
        id,
        status: Status::Canceled.code(),
        charged: money.captured.get(),
        released: money.released.get(),
        charged_credits: money.credits_captured.get(),
        released_credits: money.credits_released.get(),
    }))
}
