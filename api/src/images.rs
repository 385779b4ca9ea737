//! `GET /v1/images/{id}/file` (c10): the way from a picture's id to its file.

use axum::extract::State;
use axum::http::{StatusCode, header};
use projections::images as table;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, Caller, MinPosition, Path};
use crate::problem::{OrFault as _, Problem};

/// The projection behind a file and who may see it.
const READS: &[&str] = &["images"];

impl App {
    /// Where a picture is shown, to whoever may see it: always the same, unlike the link behind it.
    #[must_use]
    pub fn image_url(&self, image: Uuid) -> String {
        format!("{}/v1/images/{image}/file", self.config.public_url)
    }
}

/// The file of a picture: the caller's own, or a published one.
#[utoipa::path(get, path = "/v1/images/{id}/file", tag = "images", operation_id = "read_image_file",
    params(("id" = Uuid, Path, description = "The picture"), MinPosition), security((), ("bearer" = [])),
    responses((status = 302, description = "Location is a link that shows it for an hour"),
        (status = 404, description = "not-found: also if it is another's and not published")))]
pub async fn read_image_file(
    State(app): State<App>,
    caller: Option<Caller>,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<(StatusCode, [(header::HeaderName, String); 1]), Problem> {
    at_least.reached(&app, READS).await?;
    let found = table::file(app.reads_by(caller.as_ref()), id).await.or_fault("read a picture")?;
    let may_see = |file: &table::ImageFile| {
        let is_own = caller.as_ref().is_some_and(|caller| caller.user.0 == file.user_id);
        is_own || file.is_public
    };
    let file = found.filter(may_see).ok_or_else(|| Problem::not_found("picture"))?;
    Ok((StatusCode::FOUND, [(header::LOCATION, app.download_link(&file.s3_key)?)]))
}
