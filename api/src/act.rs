//! From a command to its answer: the writer decides, and what it says becomes HTTP, with the
//! position by which the client can read its own write (c0.8).

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::{Decision, Metadata, Refusal};
use eventstore::Command;
use eventstore::command::Key;
use serde::Serialize;

use crate::app::App;
use crate::problem::Problem;

/// The header that carries a position out.
pub const POSITION: HeaderName = HeaderName::from_static("position");
/// Says that the answer is that of an earlier request under the same key.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// An accepted command.
#[derive(Debug)]
pub struct Done<R> {
    /// What the decision said.
    pub reply: R,
    /// Where it stands in the log, opaque.
    pub position: String,
    /// Where the command itself stands, as a number.
    pub number: i64,
    /// Whether an earlier attempt had done it.
    pub replayed: bool,
}

impl App {
    /// Hands a command to the writer.
    ///
    /// # Errors
    /// The refusal as a problem with its position, or why there is no outcome.
    pub async fn execute<D: Decision>(
        &self,
        key: Key,
        metadata: Metadata,
        decision: D,
    ) -> Result<Done<D::Reply>, Problem> {
        Ok(self.execute_raw(key, metadata, decision).await??)
    }

    /// The same for a caller who has something to say about some refusals.
    ///
    /// # Errors
    /// Why there is no outcome.
    pub async fn execute_raw<D: Decision>(
        &self,
        key: Key,
        metadata: Metadata,
        decision: D,
    ) -> Result<Result<Done<D::Reply>, Refused>, Problem> {
        let answer = self.writer.execute(Command { key, metadata, decision }).await?;
        let (number, replayed) = (answer.position, answer.replayed);
        let position = self.position_token(number);
        Ok(match answer.outcome {
            Ok(reply) => Ok(Done { reply, position, number, replayed }),
            Err(refusal) => Err(Refused { refusal, position, replayed }),
        })
    }
}

/// A refused command.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// The state of the log it was judged by, opaque.
    position: String,
    replayed: bool,
}

impl From<Refused> for Problem {
    fn from(Refused { refusal, position, replayed }: Refused) -> Self {
        Self::from(refusal).at(position, replayed)
    }
}

impl<R> Done<R> {
    /// The answer with this status.
    pub fn answer<T>(self, status: StatusCode, body: impl FnOnce(R) -> T) -> Answered<T> {
        let Self { reply, position, replayed, .. } = self;
        Answered { status, replayed, body: Positioned { body: body(reply), position } }
    }

    /// 200.
    pub fn ok<T>(self, body: impl FnOnce(R) -> T) -> Answered<T> {
        self.answer(StatusCode::OK, body)
    }

    /// 201.
    pub fn created<T>(self, body: impl FnOnce(R) -> T) -> Answered<T> {
        self.answer(StatusCode::CREATED, body)
    }
}

/// A body with the position of the command it answers.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Positioned<T> {
    /// What became of it.
    #[serde(flatten)]
    pub body: T,
    /// Send it as `Min-Position` to read a state that includes this command.
    pub position: String,
}

/// The answer to a command.
#[derive(Debug)]
pub struct Answered<T> {
    status: StatusCode,
    replayed: bool,
    body: Positioned<T>,
}

impl<T: Serialize> IntoResponse for Answered<T> {
    fn into_response(self) -> Response {
        let position = self.body.position.clone();
        let mut response = (self.status, Json(self.body)).into_response();
        mark(&mut response, &position, self.replayed);
        response
    }
}

/// Puts position and replay into the headers, for clients that look no further.
pub fn mark(response: &mut Response, position: &str, replayed: bool) {
    if let Ok(position) = HeaderValue::from_str(position) {
        response.headers_mut().insert(POSITION, position);
    }
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
}
