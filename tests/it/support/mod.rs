//! What every integration test stands on: a migrated database of its own, real NATS servers of both
//! versions, and a clock that only moves when told.
#![allow(dead_code, unused_imports, reason = "each area's tests use a part of it")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

pub mod app;
pub mod browser;
pub mod caller;
pub mod clock;
pub mod database;
pub mod letters;
pub mod mailbox;
pub mod nats;
pub mod postgres;
pub mod process;
pub mod scratch;
mod selftest;
pub mod shop;
pub mod studio;

pub use app::{App, app, app_on, app_set, app_with};
pub use caller::{Answer, Visitor};
pub use clock::ManualClock;
pub use database::{Database, Role, database, database_on};
pub use mailbox::Mailbox;
pub use nats::{Nats, Version, nats};
pub use postgres::{Postgres, postgres};
pub use process::Process;
pub use scratch::Scratch;

/// Reads a variable that `./test` exports.
///
/// # Panics
/// It is missing: a test is never skipped for want of a server.
pub fn required(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run ./test, or see docs/testing.md"))
}
