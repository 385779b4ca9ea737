//! Stretches of the log: where they begin, how long they are, and where to go on.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::Problem;

/// Events answered at most, and unless told otherwise.
const EVENTS_MAX: u16 = 100;

/// A stretch of the log, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stretch<T> {
    /// Always `list`.
    #[schema(value_type = String, example = "list")]
    object: &'static str,
    /// Perhaps none, and a place to go on.
    data: Vec<T>,
    /// Whether anything is left.
    has_more: bool,
    /// Where to go on: the `position` of the next question. None when nothing is left.
    next_position: Option<i64>,
}

impl<T> Stretch<T> {
    pub(super) fn new(data: Vec<T>, next_position: Option<i64>) -> Self {
        Self { object: "list", data, has_more: next_position.is_some(), next_position }
    }
}

/// How many events are wanted.
pub(super) fn limit(asked: Option<u16>) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(EVENTS_MAX);
    if (1..=EVENTS_MAX).contains(&limit) {
        return Ok(limit.into());
    }
    Err(Problem::invalid("?limit", format!("Between 1 and {EVENTS_MAX}.")))
}

/// A place in the log: its plain number, as the log's own events have it, or a position of an answer.
pub(super) async fn place(app: &App, text: &str) -> Result<i64, Problem> {
    match text.parse() {
        Ok(number) if number >= 0 => Ok(number),
        Ok(_) | Err(_) => app.watcher.check(text).await.map_err(Problem::from),
    }
}

/// The same where none may be given, which is the beginning.
pub(super) async fn place_or_beginning(app: &App, text: Option<&str>) -> Result<i64, Problem> {
    match text {
        Some(text) => place(app, text).await,
        None => Ok(0),
    }
}
