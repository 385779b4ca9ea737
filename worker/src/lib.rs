//! The reference GPU worker: speaks the worker API and nothing else, and paints without a GPU.

mod client;
pub mod paint;
pub mod protocol;
mod shift;
#[cfg(test)]
mod tests;

pub use client::{CallError, Client};
pub use shift::{Options, Worker};
