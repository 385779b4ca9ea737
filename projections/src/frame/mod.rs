//! What every read table stands on: a row type, the statements it needs, the operations a
//! projector records, and how a batch of them reaches the database.

pub mod batch;
pub mod cell;
pub(crate) mod macros;
pub mod query;
pub mod reader;
pub mod readers;
mod rows;
mod send;
pub mod store;
pub mod table;

#[cfg(test)]
mod tests;

pub use batch::{Batch, Poison, PoisonAt, bigint, word};
pub use cell::{Cell, Json, Kind};
pub use query::{Page, Query, ReadError, Statement, Way};
pub use reader::{Reader, Reads};
pub use readers::{Capacity, Readers};
pub use store::{FlushError, Store};
pub use table::{Column, Definition, Key, Keyed, Table, View};
