//! `POST /v1/worker/jobs/{id}/outputs`: where finished pictures go. Each link takes exactly the
//! file that was declared.

use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::generations::OUTPUTS_MAX;
use domain::images::RequestUpload;
use domain::input::FieldError;
use domain::{GenerationId, ImageId, Sha256};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Json, Path, WorkerCaller};
use crate::objects::Declared;
use crate::problem::Problem;

/// Pictures to come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclareOutputs {
    /// The attempt.
    attempt: u32,
    /// One to eight.
    #[schema(min_items = 1, max_items = 8)]
    outputs: Vec<OutputFile>,
}

/// A picture to come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputFile {
    /// Hex SHA-256 of the file, a PNG.
    #[schema(min_length = 64, max_length = 64)]
    sha256: String,
    /// Size of the file.
    #[schema(minimum = 1, maximum = 67_108_864)]
    bytes: u64,
}

/// Where declared pictures go.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadLinks {
    /// In the order they were declared.
    outputs: Vec<UploadLink>,
}

/// Where one picture goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadLink {
    /// The picture.
    image_id: Uuid,
    /// PUT the file here; the link is the permission.
    upload_url: String,
    /// Until when.
    expires_at: DateTime<Utc>,
}

/// Declare finished pictures, and learn where to upload them. Asking again changes nothing.
#[utoipa::path(post, path = "/v1/worker/jobs/{id}/outputs", tag = "worker", operation_id = "declare_outputs",
    security(("worker" = [])), request_body = DeclareOutputs,
    params(("id" = Uuid, Path, description = "The generation")),
    responses((status = 200, description = "A link for each", body = Positioned<UploadLinks>),
        (status = 409, description = "lease-lost"), (status = 410, description = "canceled")))]
pub async fn declare_outputs(
    State(app): State<App>,
    caller: WorkerCaller,
    Path(id): Path<Uuid>,
    Json(body): Json<DeclareOutputs>,
) -> Result<Answered<UploadLinks>, Problem> {
    let files = declared(GenerationId(id), &body.outputs)?;
    let (mut outputs, mut last) = (Vec::new(), None);
    for (image, sha256, bytes) in files {
        let file = Declared { image, sha256: sha256.as_str().to_owned(), bytes };
        let (generation, lease) = (GenerationId(id), caller.lease(body.attempt));
        let decision = RequestUpload { image, generation, lease, sha256, bytes };
        last = Some(app.execute(app.attempt(), caller.metadata(&app), decision).await?);
        let (upload_url, expires_at) = app.upload_link(&file)?;
        outputs.push(UploadLink { image_id: image.0, upload_url, expires_at });
    }
    let last = last.ok_or_else(|| Problem::invalid("/outputs", "At least one is needed."))?;
    Ok(last.ok(|_| UploadLinks { outputs }))
}

fn declared(
    generation: GenerationId,
    files: &[OutputFile],
) -> Result<Vec<(ImageId, Sha256, u64)>, FieldError> {
    if files.len() > OUTPUTS_MAX {
        return Err(FieldError::new("/outputs", format!("at most {OUTPUTS_MAX} are possible")));
    }
    let parse = |(index, file): (usize, &OutputFile)| {
        let sha256 = Sha256::parse(&file.sha256)
            .map_err(|e| FieldError::new(format!("/outputs/{index}/sha256"), e))?;
        Ok((ImageId::of(generation, &sha256), sha256, file.bytes))
    };
    files.iter().enumerate().map(parse).collect()
}
