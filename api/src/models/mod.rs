//! Models (c8): the weights behind styles.

pub mod register;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::models::{BaseModel, ModelType};
use projections::models as table;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, List, MinPosition, Page, PageParams, Path, Query};
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["models"];

/// A model, as everybody may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelBody {
    /// Which.
    id: Uuid,
    /// Unique.
    name: String,
    /// For people.
    display_name: String,
    /// `main`, `vae`, `lora`, `controlnet`, `ip_adapter`, `embedding` or `upscaler`.
    r#type: String,
    /// `sd-1`, `sd-2`, `sdxl` or `flux`.
    base: String,
    /// Hex SHA-256 of the weights.
    sha256: String,
    /// Size of the weights.
    bytes: i64,
    /// The style it makes publishable.
    style_id: Option<Uuid>,
    /// When it was registered.
    created_at: DateTime<Utc>,
}

impl From<table::Model> for ModelBody {
    fn from(row: table::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            display_name: row.display_name,
            r#type: row.model_type,
            base: row.base,
            sha256: row.hash,
            bytes: row.file_size,
            style_id: row.style_id,
            created_at: row.created_at,
        }
    }
}

/// Which models.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ModelFilter {
    /// `main`, `vae`, `lora`, `controlnet`, `ip_adapter`, `embedding` or `upscaler`.
    #[param(value_type = Option<String>)]
    r#type: Option<ModelType>,
    /// `sd-1`, `sd-2`, `sdxl` or `flux`.
    #[param(value_type = Option<String>)]
    base: Option<BaseModel>,
}

/// All models, newest first.
#[utoipa::path(get, path = "/v1/models", tag = "models", operation_id = "list_models",
    params(ModelFilter, PageParams, MinPosition),
    responses((status = 200, description = "A page of models", body = List<ModelBody>)))]
pub async fn list_models(
    State(app): State<App>,
    Query(filter): Query<ModelFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<ModelBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let (model_type, base) = (word(filter.r#type)?, word(filter.base)?);
    let list = format!("models:{model_type:?}:{base:?}");
    let rows = page.rows(&app, &list)?;
    let rows =
        table::page(app.reads.public(), (model_type.as_deref(), base.as_deref()), rows).await;
    let rows = rows.or_fault("read models")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), ModelBody::from)
}

/// One model.
#[utoipa::path(get, path = "/v1/models/{id}", tag = "models", operation_id = "read_model",
    params(("id" = Uuid, Path, description = "The model"), MinPosition),
    responses((status = 200, description = "The model", body = ModelBody)))]
pub async fn read_model(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<Json<ModelBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let found = table::by_id(app.reads.public(), id).await.or_fault("read a model")?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("model"))?.into()))
}

/// The word by which a value stands in read tables.
fn word<T: Serialize>(value: Option<T>) -> Result<Option<String>, Problem> {
    let value = serde_json::to_value(value).or_fault("name a kind of model")?;
    Ok(value.as_str().map(str::to_owned))
}
