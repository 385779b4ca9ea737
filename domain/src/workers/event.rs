//! What happens to a worker.

use serde::{Deserialize, Serialize};

use crate::WorkerId;
use crate::aggregate::event_types;

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerEvent {
    /// An operator issued a key. Only the hash of the random token is kept.
    KeyIssued {
        /// Which worker.
        worker: WorkerId,
        /// For people.
        name: String,
        /// Hex SHA-256 of the key.
        key_sha256: String,
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
    /// The key no longer works.
    Retired {
        /// Which worker.
        worker: WorkerId,
    },
}

event_types!(WorkerEvent {
    KeyIssued => "worker.key_issued",
    Registered => "worker.registered",
    Retired => "worker.retired",
});
