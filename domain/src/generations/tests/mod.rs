//! The rules of generations, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod attempts;
mod credits;
mod end;
mod parameters;
mod random;
mod request;
