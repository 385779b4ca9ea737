//! `PATCH /v1/generations/{id}` (c9, GEN-01): what its owner says about a picture.

use axum::extract::State;
use domain::generations::{Description, Generation, GenerationCommand};
use domain::input::FieldError;
use domain::{GenerationId, One};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, OptionallyKeyed, Path};
use crate::problem::{OrFault as _, Problem};

/// What the text is sealed for.
const SEALED_FOR: &str = "generation.described";

/// What to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerationDescription {
    /// In words, shown with the picture; null takes them away.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(min_length = 1, max_length = 2000, example = "Dusk, second try")]
    description: Option<String>,
}

/// What is said now.
#[derive(Debug, Serialize, ToSchema)]
pub struct DescribedGeneration {
    /// Which.
    id: Uuid,
    /// In words.
    description: Option<String>,
}

/// Say something about a generation.
#[utoipa::path(patch, path = "/v1/generations/{id}", tag = "generations", operation_id = "describe_generation",
    security(("bearer" = [])), request_body = GenerationDescription,
    params(("id" = Uuid, Path, description = "The generation"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Said", body = Positioned<DescribedGeneration>)))]
pub async fn describe_generation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body }: OptionallyKeyed<GenerationDescription>,
) -> Result<Answered<DescribedGeneration>, Problem> {
    let said = body.description.as_deref().map(Description::parse).transpose();
    let said = said.map_err(|e| FieldError::new("/description", e))?;
    let sealed = match &said {
        Some(said) => {
            let sealed = app.keyring.seal(caller.user.0, SEALED_FOR, "description", said.as_str());
            Some(sealed.await.or_fault("seal a description")?)
        }
        None => None,
    };
    let command = GenerationCommand::Describe(GenerationId(id), caller.user, sealed);
    let decision = One::<Generation>::of(GenerationId(id), command);
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    let description = said.map(String::from);
    Ok(done.ok(|()| DescribedGeneration { id, description }))
}
