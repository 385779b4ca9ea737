//! Plans: what can be subscribed to, and what it gives (SUB-01..03).

mod tier;

pub use tier::{Cycle, Tier};
