//! What happens to a worker.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::WorkerId;
use crate::aggregate::event_types;

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerEvent {
    /// A key was issued. Only the hash of the random token is kept.
    KeyIssued {
        /// Which worker.
        worker: WorkerId,
        /// For people.
        name: String,
        /// Hex SHA-256 of the key.
        key_sha256: String,
    },
    /// It has another key.
    KeyRotated {
        /// Which worker.
        worker: WorkerId,
        /// Hex SHA-256 of the new key.
        key_sha256: String,
        /// Until when the old one works.
        previous_until: DateTime<Utc>,
    },
    /// The worker said what it is.
    Registered {
        /// Which worker.
        worker: WorkerId,
        /// For example `RTX 4090`.
        gpu: String,
        /// Classes of jobs it takes.
        classes: Vec<String>,
    },
    /// No key of it works any more.
    Retired {
        /// Which worker.
        worker: WorkerId,
    },
}

impl WorkerEvent {
    /// Which worker it is about.
    #[must_use]
    pub fn worker(&self) -> WorkerId {
        match self {
            Self::KeyIssued { worker, .. }
            | Self::KeyRotated { worker, .. }
            | Self::Registered { worker, .. }
            | Self::Retired { worker } => *worker,
        }
    }
}

event_types!(WorkerEvent {
    KeyIssued => "worker.key_issued",
    KeyRotated => "worker.key_rotated",
    Registered => "worker.registered",
    Retired => "worker.retired",
});
