//! Workers: machines that paint. Heartbeats are telemetry; only what changes is an event (b1).

mod command;
mod error;
mod event;
mod rotate;
#[cfg(test)]
mod tests;

pub use command::WorkerCommand;
pub use error::WorkerError;
pub use event::*;
pub use rotate::{OVERLAP_MAX, RotateKey};

use chrono::{DateTime, Utc};
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
    /// Hex SHA-256 of its key, once one was issued.
    key_sha256: Option<String>,
    /// The key before the last rotation, and until when that works.
    previous: Option<(String, DateTime<Utc>)>,
    retired: bool,
    /// GPU and classes, as last registered.
    abilities: Option<(String, Vec<String>)>,
}

aggregate!(Worker, "worker", WorkerCommand, WorkerEvent, WorkerError);

impl Decide for Worker {
    fn decide(&self, command: WorkerCommand) -> Result<Vec<WorkerEvent>, WorkerError> {
        match command {
            WorkerCommand::IssueKey { .. } if self.key_sha256.is_some() => {
                Err(WorkerError::AlreadyIssued)
            }
            WorkerCommand::IssueKey { worker, name, key_sha256 } => {
                Ok(vec![WorkerEvent::KeyIssued {
                    worker,
                    name: name.into(),
                    key_sha256: key_sha256.into(),
                }])
            }
            WorkerCommand::RotateKey { worker, key_sha256, previous_until } => {
                self.in_service()?;
                let key_sha256 = key_sha256.into();
                Ok(vec![WorkerEvent::KeyRotated { worker, key_sha256, previous_until }])
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
            WorkerCommand::Retire { .. } if self.key_sha256.is_none() => Err(WorkerError::NotFound),
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

    /// Until when the key with this hash works; `None` if it is none of this worker's, or it is
    /// retired. A key that was not rotated works until the end of time.
    #[must_use]
    pub fn key_good_until(&self, key_sha256: &str) -> Option<DateTime<Utc>> {
        if self.retired {
            return None;
        }
        match &self.previous {
            _ if self.key_sha256.as_deref() == Some(key_sha256) => Some(DateTime::<Utc>::MAX_UTC),
            Some((previous, until)) if previous == key_sha256 => Some(*until),
            Some(_) | None => None,
        }
    }

    fn in_service(&self) -> Result<(), WorkerError> {
        match (self.key_sha256.is_some(), self.retired) {
            (false, _) => Err(WorkerError::NotFound),
            (true, true) => Err(WorkerError::Retired),
            (true, false) => Ok(()),
        }
    }

    fn evolve(&mut self, event: WorkerEvent) {
        match event {
            WorkerEvent::KeyIssued { key_sha256, .. } => self.key_sha256 = Some(key_sha256),
            WorkerEvent::KeyRotated { key_sha256, previous_until, .. } => {
                let old = self.key_sha256.replace(key_sha256);
                self.previous = old.map(|old| (old, previous_until));
            }
            WorkerEvent::Registered { gpu, classes, .. } => self.abilities = Some((gpu, classes)),
            WorkerEvent::Retired { .. } => self.retired = true,
        }
    }
}
