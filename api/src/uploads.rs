//! Signed links at work: a picture comes in, a picture goes out.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use domain::images::Image;

use crate::app::App;
use crate::extract::Path;
use crate::objects::PutError;
use crate::problem::{OrFault as _, Problem, Slug};

/// What a picture is. The object under a key never changes, and the link ends by itself.
const PNG: (&str, &str) = ("image/png", "private, max-age=3600, immutable");
/// What a copy of somebody's data is: kept by nobody on the way.
const ZIP: (&str, &str) = ("application/zip", "no-store");
/// What it is called where it arrives.
const NAME_OF_ZIP: &str = "attachment; filename=\"folio-data.zip\"";

/// Take the file a link was made for.
#[utoipa::path(put, path = "/v1/uploads/{token}", tag = "images", operation_id = "upload",
    params(("token" = String, Path, description = "From the signed link")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, description = "It is there and is what was declared"),
        (status = 410, description = "link-expired: also if the picture was removed")))]
pub async fn upload(
    State(app): State<App>,
    Path(token): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let declared = app.upload_of(&token)?;
    match app.objects.put(&declared, request.into_body()).await {
        Ok(()) if app.state_of::<Image>(declared.image).await?.is_removed() => {
            app.objects.remove_image(declared.image).await.or_fault("remove a file")?;
            Err(Problem::new(Slug::LinkExpired, "The picture was removed meanwhile."))
        }
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
    responses((status = 200, description = "The file: a PNG, or a zip", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 410, description = "link-expired: also if the file has gone")))]
pub async fn download(
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let key = app.download_of(&token)?;
    let file = app.objects.get(&key).await.or_fault("send a file")?;
    let is_zip = key.ends_with(".zip");
    let gone = || match is_zip {
        true => Problem::new(Slug::LinkExpired, "The file has gone. Ask for another one."),
        false => Problem::not_found("file"),
    };
    let file = file.ok_or_else(gone)?;
    let mut response = Body::from_stream(file.content).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, file.bytes.into());
    let (kind, caching) = if is_zip { ZIP } else { PNG };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if is_zip {
        headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(NAME_OF_ZIP));
    }
    Ok(response)
}
