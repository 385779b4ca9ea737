//! Signed links at work: a picture comes in, a picture goes out.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::extract::Path;
use crate::objects::PutError;
use crate::problem::{OrFault as _, Problem, Slug};

/// Take the file a link was made for.
#[utoipa::path(put, path = "/v1/uploads/{token}", tag = "images", operation_id = "upload",
    params(("token" = String, Path, description = "From the signed link")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, description = "It is there and is what was declared")))]
pub async fn upload(
    State(app): State<App>,
    Path(token): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let declared = app.upload_of(&token)?;
    match app.objects.put(&declared, request.into_body()).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(e @ (PutError::Size { .. } | PutError::Hash { .. })) => {
            Err(Problem::new(Slug::UploadMismatch, format!("{e}.")))
        }
        Err(e @ PutError::Broken(_)) => {
            Err(Problem::new(Slug::MalformedRequest, "The upload broke off.").because(e))
        }
        Err(e @ PutError::Store(_)) => Err(Problem::fault(e)),
    }
}

/// Show the file a link was made for.
#[utoipa::path(get, path = "/v1/downloads/{token}", tag = "images", operation_id = "download",
    params(("token" = String, Path, description = "From the signed link")),
    responses((status = 200, description = "The file", content_type = "image/png", body = Vec<u8>)))]
pub async fn download(
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let key = app.download_of(&token)?;
    let file = app.objects.get(&key).await.or_fault("send a file")?;
    let file = file.ok_or_else(|| Problem::not_found("file"))?;
    let mut response = Body::from_stream(file.content).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, file.bytes.into());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    // The object under a key never changes, and the link ends by itself.
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=3600, immutable"),
    );
    Ok(response)
}
