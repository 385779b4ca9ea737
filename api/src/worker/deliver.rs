//! `POST /v1/worker/jobs/{id}/complete` (P5.5): the pictures are there; they are paid in the same
//! append.

use axum::extract::State;
use domain::generations::{CompleteGeneration, OUTPUTS_MAX, Output, Status};
use domain::images::StoredFile;
use domain::{GenerationId, ImageId};
use projections::frame::Reader;
use projections::images as table;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::holds;
use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{AtLeast, Keyed, Path, WorkerCaller};
use crate::objects;
use crate::problem::{OrFault as _, Problem};

/// The longest a job can have occupied a GPU: a day.
const GPU_MS_MAX: u64 = 24 * 3_600 * 1_000;
/// What our pictures are.
const FORMAT: &str = "png";

/// Finished pictures.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The attempt.
    attempt: u32,
    /// The uploaded pictures.
    #[schema(min_items = 1, max_items = 8)]
    outputs: Vec<Uploaded>,
    /// What it took.
    #[schema(value_type = f64, minimum = 0, maximum = 86_400, example = 3.25)]
    gpu_seconds: Decimal,
}

/// An uploaded picture.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Uploaded {
    /// From the answer to its declaration.
    image_id: Uuid,
}

/// A delivered job.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delivered {
    /// The generation.
    id: Uuid,
    /// `completed`.
    #[schema(value_type = String, example = "completed")]
    status: &'static str,
}

/// Deliver a job: every picture was declared and uploaded. The same delivery again changes nothing.
#[utoipa::path(post, path = "/v1/worker/jobs/{id}/complete", tag = "worker", operation_id = "complete_job",
    security(("worker" = [])), request_body = Delivery,
    params(("id" = Uuid, Path, description = "The generation"),
        ("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 200, description = "Delivered and paid", body = Positioned<Delivered>),
        (status = 409, description = "lease-lost"), (status = 410, description = "canceled")))]
pub async fn complete_job(
    State(app): State<App>,
    caller: WorkerCaller,
    Path(id): Path<Uuid>,
    Keyed { key, body }: Keyed<Delivery>,
) -> Result<Answered<Delivered>, Problem> {
    let (generation, lease) = (GenerationId(id), caller.lease(body.attempt));
    let gpu_ms = gpu_ms(body.gpu_seconds)?;
    let files = match found(&app, caller.reads(&app), (id, &body.outputs)).await {
        Ok(files) => files,
        // Whoever lost the job should hear that rather than what is wrong with its pictures.
        Err(problem) => return Err(holds(&app, id, lease).await.err().unwrap_or(problem)),
    };
    let decision = CompleteGeneration { generation, lease, files, gpu_ms };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|_| Delivered { id, status: Status::Completed.code() }))
}

fn gpu_ms(seconds: Decimal) -> Result<u64, Problem> {
    let ms = seconds.checked_mul(Decimal::ONE_THOUSAND).and_then(|ms| ms.round().to_u64());
    ms.filter(|ms| *ms <= GPU_MS_MAX)
        .ok_or_else(|| Problem::invalid("/gpu_seconds", "A number from 0 to 86400."))
}

/// The files as they were declared and now lie in the object store.
async fn found(
    app: &App,
    reads: Reader<'_>,
    (job, outputs): (Uuid, &[Uploaded]),
) -> Result<Vec<StoredFile>, Problem> {
    if !(1..=OUTPUTS_MAX).contains(&outputs.len()) {
        return Err(Problem::invalid("/outputs", format!("1 to {OUTPUTS_MAX} are possible.")));
    }
    AtLeast::now(app).await?.reached(app, &["images"]).await?; // Declared a moment ago.
    let mut files = Vec::new();
    for (index, output) in outputs.iter().enumerate() {
        let image = table::by_id(reads, output.image_id).await.or_fault("read a picture")?;
        let image = image.filter(|image| image.job_id == job);
        let missing = |why| Problem::invalid(format!("/outputs/{index}/image_id"), why);
        let image = image.ok_or_else(|| missing("It was not declared for this job."))?;
        let file = measured(app, image).await?;
        files.push(file.ok_or_else(|| missing("It was not uploaded, or is no PNG."))?);
    }
    Ok(files)
}

/// The file of a declared picture, if it lies in the object store and is a picture.
async fn measured(app: &App, row: table::Image) -> Result<Option<StoredFile>, Problem> {
    let image = ImageId(row.id);
    let key = objects::key(image, &row.sha256);
    let size = app.objects.png_size(&key).await.map_err(Problem::fault)?;
    let bytes = u64::try_from(row.file_size).or_fault("measure a picture")?;
    Ok(size.map(|(width, height)| StoredFile {
        output: Output { image, sha256: row.sha256, bytes, width, height },
        key,
        format: FORMAT.to_owned(),
    }))
}
