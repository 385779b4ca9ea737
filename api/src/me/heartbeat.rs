//! `POST /v1/me/heartbeat` (c3): presence.

use axum::http::StatusCode;

use crate::extract::{Caller, Json, NoBody};

/// I am still here (IAM-19). Every other request says so as well.
#[utoipa::path(post, path = "/v1/me/heartbeat", tag = "users", operation_id = "heartbeat",
    request_body = NoBody, security(("bearer" = [])),
    responses((status = 204, description = "Online for the next five minutes")))]
pub async fn heartbeat(_: Caller, Json(NoBody {}): Json<NoBody>) -> StatusCode {
    StatusCode::NO_CONTENT // Who asks is seen where it is known that they are.
}
