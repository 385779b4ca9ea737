//! Workers: machines that paint.

mod command;
mod error;
mod event;

pub use command::WorkerCommand;
pub use error::WorkerError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {}

aggregate!(Worker, "worker", WorkerCommand, WorkerEvent, WorkerError);

impl Decide for Worker {
    fn decide(&self, command: WorkerCommand) -> Result<Vec<WorkerEvent>, WorkerError> {
        match command {}
    }
}

impl Worker {
    fn evolve(&mut self, _event: WorkerEvent) {}
}
