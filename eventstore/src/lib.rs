//! The log: append, read, relay, consume. The one crate that names the log's tables; it folds any
//! aggregate and knows none.

pub mod command;
pub mod record;

pub use command::{Answer, Command, Key, Origin, WriterError};
pub use record::{Entry, Recorded};
