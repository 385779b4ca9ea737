//! What can be asked of a person's exports.

use chrono::{DateTime, Utc};

use crate::{ExportId, UserId};

/// See the module.
#[derive(Debug, Clone)]
pub enum ExportCommand {
    /// Have one made.
    Request {
        /// Whose data.
        user: UserId,
        /// Drawn at the edge.
        export: ExportId,
        /// By the edge's clock.
        at: DateTime<Utc>,
    },
    /// Its file is there. Again, it changes nothing.
    Complete {
        /// Whose data.
        user: UserId,
        /// Which.
        export: ExportId,
        /// The file's size.
        bytes: u64,
        /// When the file goes.
        expires_at: DateTime<Utc>,
    },
    /// It has or will have no file. Again, it changes nothing.
    Remove {
        /// Whose data.
        user: UserId,
        /// Which.
        export: ExportId,
    },
}
