//! What operators and auditors do with history: verify, read, and look back. Nothing here appends.

pub mod balance;
pub mod history;
pub mod progress;
pub mod verify;
