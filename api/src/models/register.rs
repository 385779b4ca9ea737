//! An operator registers weights, which may make a style publishable.

use axum::extract::State;
use domain::input::FieldError;
use domain::models::{BaseModel, ModelName, ModelPath, ModelTitle, ModelType, RegisterModel};
use domain::{ModelId, Sha256, StyleId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, OptionallyKeyed};
use crate::problem::Problem;

/// Largest file of weights: 1 TiB, above any there is.
const BYTES_MAX: u64 = 1 << 40;

/// Weights.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewModel {
    /// Unique: lower-case letters, digits, `-`, `_` and `.`.
    #[schema(min_length = 1, max_length = 100, example = "dusk-in-ink-v1")]
    name: String,
    /// For people.
    #[schema(min_length = 1, max_length = 200, example = "Dusk in Ink")]
    display_name: String,
    /// `main`, `vae`, `lora`, `controlnet`, `ip_adapter`, `embedding` or `upscaler`.
    #[schema(value_type = String, example = "lora")]
    r#type: ModelType,
    /// `sd-1`, `sd-2`, `sdxl` or `flux`.
    #[schema(value_type = String, example = "sdxl")]
    base: BaseModel,
    /// Where the weights lie in the object store.
    #[schema(min_length = 1, max_length = 500)]
    path: String,
    /// Hex SHA-256 of the weights.
    #[schema(min_length = 64, max_length = 64)]
    sha256: String,
    /// Size of the weights.
    #[schema(minimum = 1)]
    bytes: u64,
    /// The style it makes publishable.
    style_id: Option<Uuid>,
}

impl NewModel {
    fn parse(self) -> Result<RegisterModel, FieldError> {
        if !(1..=BYTES_MAX).contains(&self.bytes) {
            return Err(FieldError::new("/bytes", format!("a size from 1 to {BYTES_MAX}")));
        }
        Ok(RegisterModel {
            model: ModelId(Uuid::now_v7()),
            name: ModelName::parse(&self.name).map_err(|e| FieldError::new("/name", e))?,
            display_name: ModelTitle::parse(&self.display_name)
                .map_err(|e| FieldError::new("/display_name", e))?,
            model_type: self.r#type,
            base: self.base,
            path: ModelPath::parse(&self.path).map_err(|e| FieldError::new("/path", e))?,
            sha256: Sha256::parse(&self.sha256).map_err(|e| FieldError::new("/sha256", e))?,
            bytes: self.bytes,
            style: self.style_id.map(StyleId),
        })
    }
}

/// A registered model.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelRef {
    /// Which.
    id: Uuid,
}

/// Register weights; with `style_id` that style can be published.
#[utoipa::path(post, path = "/v1/admin/models", tag = "admin", operation_id = "register_model",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = NewModel,
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 201, description = "Registered", body = Positioned<ModelRef>),
        (status = 403, description = "forbidden: the caller does not run the place"),
        (status = 409, description = "name-taken")))]
pub async fn register_model(
    State(app): State<App>,
    caller: Caller,
    OptionallyKeyed { key, body }: OptionallyKeyed<NewModel>,
) -> Result<Answered<ModelRef>, Problem> {
    let done = app.execute(key, caller.metadata(&app), body.parse()?).await?;
    Ok(done.created(|model| ModelRef { id: model.0 }))
}
