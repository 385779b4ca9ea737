//! What staff do (c15).

pub mod accounts;
pub mod judge;
pub mod workers;
