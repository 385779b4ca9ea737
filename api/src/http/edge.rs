//! The layer around the routes: what happens to every request, from the outside in. One layer of all,
//! for axum copies and boxes whatever lies below a layer, for each layer and request.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tower_service::Service;
use utoipa::openapi::OpenApi;

use super::browsers::{self, Browsers};
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
    browsers: Browsers,
    operations: Operations,
    places: Places,
}

/// See the module.
pub async fn surround(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    let is_page = browsers::is_page(request.uri());
    let mut response = if browsers::may_be_foreign(&request) {
        let inside = Inside { edge: Arc::clone(&edge), next };
        let Ok(response) = edge.browsers.cors(inside).call(request).await;
        response
    } else {
        let mut response = edge.answer(request, next).await;
        browsers::vary(response.headers_mut());
        response
    };
    edge.browsers.protect(is_page, response.headers_mut());
    response
}

impl Edge {
    /// Around the routes of a document.
    #[must_use]
    pub fn new(app: App, document: &OpenApi) -> Arc<Self> {
        Arc::new(Self {
            browsers: Browsers::new(&app.config),
            operations: Operations::of(document),
            places: Places::default(),
            app,
        })
    }

    async fn answer(&self, mut request: Request, next: Next) -> Response {
        let arrived = Arrived::note(&self.app, &self.operations, &mut request);
        let answer = AssertUnwindSafe(self.admit(request, next)).catch_unwind().await;
        let response = match answer {
            Ok(answer) => answer.unwrap_or_else(Problem::into_response),
            Err(panic) => guard::caught(panic),
        };
        arrived.answered(&self.app, response)
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

async fn route(mut request: Request, next: Next) -> Result<Response, Problem> {
    known_parameters::refuse_nul(request.uri())?;
    if let Some(operation) = request.extensions().get::<Arc<Operation>>() {
        operation.parameters.refuse_others(request.uri())?;
        operation.parameters.refuse_key(request.method(), request.headers())?;
    }
    cookies::refuse_misspelt(request.headers())?;
    DefaultBodyLimit::disable().apply(&mut request); // Each reader of a body has a limit of its own.
    guard::in_time(next.run(request)).await
}

/// What lies within the layer for other origins, which wants a service.
struct Inside {
    edge: Arc<Edge>,
    next: Next,
}

impl Service<Request> for Inside {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (edge, next) = (Arc::clone(&self.edge), self.next.clone());
        Box::pin(async move { Ok(edge.answer(request, next).await) })
    }
}
