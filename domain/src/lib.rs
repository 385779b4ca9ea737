//! The rules of Folio, pure: aggregates, commands, events, refusals, ledger postings, processes.
//!
//! Nothing here waits, reads a clock, draws an id, or knows SQL, HTTP or NATS. Time and ids are
//! fields of commands, drawn at the edge; so deciding again gives the same answer.

pub mod aggregate;
pub mod digest;
pub mod event;
#[cfg(test)]
mod given;
pub mod ids;
pub mod input;
pub mod ledger;
pub mod mail;
pub mod metadata;
pub mod money;
pub mod names;
pub mod one;
pub mod patience;
pub mod process;
pub mod refusal;
pub mod sealed;
mod stored;
pub mod work;

pub mod adjustments;
pub mod artists;
pub mod exports;
pub mod generations;
pub mod images;
pub mod invoices;
pub mod keys;
pub mod likes;
pub mod models;
pub mod packages;
pub mod payouts;
pub mod plans;
pub mod purchases;
pub mod sessions;
pub mod styles;
pub mod subscriptions;
pub mod users;
pub mod wallets;
pub mod webhooks;
pub mod workers;

pub use aggregate::{Decide, DecodeError, Stream, StreamId};
pub use digest::Sha256;
pub use event::{ContextEvent, Event};
pub use ids::*;
pub use metadata::{Actor, METADATA, Metadata};
pub use money::{Amount, Asset};
pub use one::One;
pub use refusal::Refusal;
pub use sealed::Sealed;
pub use work::{Changes, Decision, Halt, Work};
