//! The log: append, read, relay, consume. The one crate that names the log's tables; it folds any
//! aggregate and knows none.

pub mod command;
pub mod database;
pub mod hash;
pub mod read;
pub mod record;
pub mod upcast;
pub mod vault;

pub use command::{Answer, Command, Key, Origin, WriterError};
pub use database::DatabaseError;
pub use read::Log;
pub use record::{Entry, Recorded};
pub use vault::Vault;
