//! The layer around the routes: what happens to every request, from the outside in. One layer of all,
//! for axum copies and boxes whatever lies below a layer, for each layer and request.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use utoipa::openapi::OpenApi;

use super::guard::{self, Places};
use super::known_parameters;
use super::observe::Arrived;
use super::operations::{Operation, Operations};
use crate::app::App;
use crate::limits::Counted;
use crate::problem::Problem;
use crate::sessions::cookies;

/// What the layer works with.
pub struct Edge {
    app: App,
    operations: Operations,
    places: Places,
}

impl Edge {
    /// Around the routes of a document.
    #[must_use]
    pub fn new(app: App, document: &OpenApi) -> Arc<Self> {
        Arc::new(Self { app, operations: Operations::of(document), places: Places::default() })
    }

    async fn admit(&self, request: Request, next: Next) -> Result<Response, Problem> {
        let _place = self.places.take()?;
        guard::one_host(request.headers())?;
        let (mut parts, body) = request.into_parts();
        let counted = Counted::by(&self.app, &mut parts).await;
        let request = Request::from_parts(parts, body);
        let mut response = match counted.refusal() {
            None => route(request, next).await.unwrap_or_else(Problem::into_response),
            Some(refusal) => refusal.into_response(),
        };
        counted.tell(&self.app, response.headers_mut());
        Ok(response)
    }
}

/// See the module.
pub async fn surround(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let arrived = Arrived::note(&edge.app, &edge.operations, &mut request);
    let answer = AssertUnwindSafe(edge.admit(request, next)).catch_unwind().await;
    let response = match answer {
        Ok(answer) => answer.unwrap_or_else(Problem::into_response),
        Err(panic) => guard::caught(panic),
    };
    arrived.answered(&edge.app, response)
}

async fn route(mut request: Request, next: Next) -> Result<Response, Problem> {
    known_parameters::refuse_nul(request.uri())?;
    if let Some(operation) = request.extensions().get::<Arc<Operation>>() {
        operation.parameters.refuse_others(request.uri())?;
    }
    cookies::refuse_misspelt(request.headers())?;
    DefaultBodyLimit::disable().apply(&mut request); // Each reader of a body has a limit of its own.
    guard::in_time(next.run(request)).await
}
