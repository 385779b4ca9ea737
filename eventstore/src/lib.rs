//! The log: append, read, relay, consume. The one crate that names the log's tables; it folds any
//! aggregate and knows none.

pub mod audit;
mod backoff;
pub mod board;
pub mod broker;
pub mod carry;
pub mod checkpoint;
pub mod command;
pub mod consumer;
pub mod database;
mod envelope;
pub mod feed;
pub mod follow;
pub mod hash;
pub mod head;
mod lease;
pub mod position;
pub mod process;
pub mod read;
pub mod record;
pub mod relay;
pub mod repository;
pub mod seal;
pub mod snapshots;
pub mod source;
pub mod timers;
pub mod tls;
pub mod upcast;
pub mod vault;
pub mod writer;

pub use command::{Answer, Command, Key, Origin, WriterError};
pub use database::DatabaseError;
pub use read::Log;
pub use record::{Decoder, Entry, Recorded, RecordedRef};
pub use repository::Repository;
pub use vault::Vault;
