//! Applying stored events to states, and keeping what panics from taking the writer with it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::DecodeError;
use domain::aggregate::State;

use crate::upcast::upcast;

/// Applies one stored event.
///
/// # Errors
/// It does not decode, or its aggregate panics over it; the state is then not to be used.
pub(super) fn apply(
    state: &mut dyn State,
    event_type: &str,
    event_version: i32,
    payload: &str,
) -> Result<(), DecodeError> {
    let payload = upcast(event_type, event_version, payload)?;
    catch_unwind(AssertUnwindSafe(|| state.apply_stored(event_type, &payload))).unwrap_or_else(
        |panic| {
            let reason = panicked(&*panic);
            Err(DecodeError { event_type: event_type.to_owned(), reason })
        },
    )
}

/// What a panic said.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panic: {}", text.unwrap_or("of no known type"))
}
