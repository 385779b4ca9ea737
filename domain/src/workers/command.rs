//! What can be asked of a worker. Each is a [`crate::One`].

use chrono::{DateTime, Utc};

use super::{Gpu, JobClass, WorkerName};
use crate::{Sha256, WorkerId};

/// See the module.
#[derive(Debug, Clone)]
pub enum WorkerCommand {
    /// An operator or whoever runs workers issues a key.
    IssueKey {
        /// Which; drawn at the edge.
        worker: WorkerId,
        /// For people.
        name: WorkerName,
        /// Hash of the random key; the key itself is shown once and kept nowhere.
        key_sha256: Sha256,
    },
    /// It gets another key; the old one works for a while beside it.
    RotateKey {
        /// Which.
        worker: WorkerId,
        /// Hash of the new key.
        key_sha256: Sha256,
        /// Until when the old one works.
        previous_until: DateTime<Utc>,
    },
    /// The worker says what it is; again at each start.
    Register {
        /// Which.
        worker: WorkerId,
        /// What it paints with.
        gpu: Gpu,
        /// Classes of jobs it takes, at most [`super::CLASSES_MAX`].
        classes: Vec<JobClass>,
    },
    /// No key of it works any more; jobs in hand end by their leases.
    Retire {
        /// Which.
        worker: WorkerId,
    },
}
