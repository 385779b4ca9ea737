//! Workers: machines that paint. Heartbeats are telemetry; only what changes is an event (b1).

mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use command::WorkerCommand;
pub use error::WorkerError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};
use crate::input::text;

text!(/** A worker's name for people. */ WorkerName, Line, 1..=100);
text!(/** What a worker paints with, for example `RTX 4090`. */ Gpu, Line, 1..=100);
text!(/** A class of jobs, for example `sdxl`. */ JobClass, Line, 1..=50);

/// The most classes of jobs one worker can name.
pub const CLASSES_MAX: usize = 32;

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    issued: bool,
    retired: bool,
    /// GPU and classes, as last registered.
    abilities: Option<(String, Vec<String>)>,
}

aggregate!(Worker, "worker", WorkerCommand, WorkerEvent, WorkerError);

impl Decide for Worker {
    fn decide(&self, command: WorkerCommand) -> Result<Vec<WorkerEvent>, WorkerError> {
        match command {
            WorkerCommand::IssueKey { .. } if self.issued => Err(WorkerError::AlreadyIssued),
            WorkerCommand::IssueKey { worker, name, key_sha256 } => {
                Ok(vec![WorkerEvent::KeyIssued {
                    worker,
                    name: name.into(),
                    key_sha256: key_sha256.into(),
                }])
            }
            WorkerCommand::Register { worker, gpu, classes } => {
                self.in_service()?;
                if classes.len() > CLASSES_MAX {
                    return Err(WorkerError::TooManyClasses { max: CLASSES_MAX });
                }
                let gpu = String::from(gpu);
                let classes: Vec<_> = classes.into_iter().map(String::from).collect();
                let known = self.abilities.as_ref().is_some_and(|(known_gpu, known_classes)| {
                    *known_gpu == gpu && *known_classes == classes
                });
                if known {
                    Ok(vec![])
                } else {
                    Ok(vec![WorkerEvent::Registered { worker, gpu, classes }])
                }
            }
            WorkerCommand::Retire { .. } if !self.issued => Err(WorkerError::NotFound),
            WorkerCommand::Retire { .. } if self.retired => Ok(vec![]),
            WorkerCommand::Retire { worker } => Ok(vec![WorkerEvent::Retired { worker }]),
        }
    }
}

impl Worker {
    /// Whether it may take a job.
    ///
    /// # Errors
    /// Unknown, retired, or it has not yet said what it is.
    pub fn may_claim(&self) -> Result<(), WorkerError> {
        self.in_service()?;
        if self.abilities.is_some() { Ok(()) } else { Err(WorkerError::NotRegistered) }
    }

    fn in_service(&self) -> Result<(), WorkerError> {
        match (self.issued, self.retired) {
            (false, _) => Err(WorkerError::NotFound),
            (true, true) => Err(WorkerError::Retired),
            (true, false) => Ok(()),
        }
    }

    fn evolve(&mut self, event: WorkerEvent) {
        match event {
            WorkerEvent::KeyIssued { .. } => self.issued = true,
            WorkerEvent::Registered { gpu, classes, .. } => self.abilities = Some((gpu, classes)),
            WorkerEvent::Retired { .. } => self.retired = true,
        }
    }
}
