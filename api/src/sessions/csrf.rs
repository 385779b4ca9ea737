//! `GET /v1/auth/csrf`: the session's token against forged requests, for a page that was loaded anew.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::cookies::{self, Cookie};
use crate::app::App;
use crate::problem::Problem;

/// A token against forged requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct CsrfBody {
    /// For `X-CSRF-Token` of every request that is no read; null if no session is in cookies.
    csrf_token: Option<String>,
}

/// The token against forged requests of the session that is in cookies, also when its access token
/// has ended. Other sites cannot read it: their pages are not told, and browsers send them no cookie.
#[utoipa::path(get, path = "/v1/auth/csrf", tag = "auth", operation_id = "read_csrf_token",
    responses((status = 200, description = "The token, if there is a session", body = CsrfBody),
        (status = 403, description = "csrf-failed: a page of another origin asks")))]
pub async fn read_csrf_token(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    cookies::refuse_foreign(&app, &headers)?;
    let session = Cookie::Refresh.of(&app, &headers).and_then(|it| app.refresh_tokens.read(it));
    let token = session.map(|name| cookies::csrf_token(&app, name.session)).transpose()?;
    let never_kept = [(header::CACHE_CONTROL, "no-store")];
    Ok((never_kept, Json(CsrfBody { csrf_token: token })).into_response())
}
