//! What operators and auditors do with history: rebuild, compare, verify, read, and look back.
//! Nothing here appends.

pub mod advice;
pub mod balance;
pub mod connect;
pub mod history;
pub mod progress;
pub mod statement;
pub mod tables;
pub mod verify;
