//! What auditors read (c15): the log of acts, the raw events, the books. They change nothing.

pub mod books;
pub mod events;
pub mod log;
pub mod open;
mod stretch;

use domain::users::Role;
use uuid::Uuid;

use crate::problem::Problem;

/// Who may read all this.
const AUDITORS: &[Role] = &[Role::Auditor];

/// `<type>-<uuid>`: a stream, as `replay-tool` writes it.
fn parse_stream(text: &str) -> Option<(&str, Uuid)> {
    let (kind, id) = text.split_once('-')?;
    Some((kind, Uuid::try_parse(id).ok()?))
}

/// The stream of a parameter.
fn stream_of<'a>(parameter: &str, text: &'a str) -> Result<(&'a str, Uuid), Problem> {
    let expected = "A type and an id, for example style-018f0000-0000-7000-8000-000000000000.";
    parse_stream(text).ok_or_else(|| Problem::invalid(parameter, expected))
}
