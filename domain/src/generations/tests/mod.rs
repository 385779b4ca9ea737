//! The rules of generations, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod attempts;
mod end;
mod parameters;
mod random;
mod request;
