//! What happens to a person's exports.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{ExportId, UserId};

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportEvent {
    /// A person asked for all that is kept of them.
    Requested {
        /// Whose data; also the stream's id.
        user: UserId,
        /// Which.
        export: ExportId,
        /// By the edge's clock.
        at: DateTime<Utc>,
    },
    /// The file is there.
    Completed {
        /// Whose data.
        user: UserId,
        /// Which.
        export: ExportId,
        /// The file's size.
        bytes: u64,
        /// When the file goes.
        expires_at: DateTime<Utc>,
    },
    /// Its time was over, or its person left: there is no file any more.
    Removed {
        /// Whose data it was.
        user: UserId,
        /// Which.
        export: ExportId,
    },
}

event_types!(ExportEvent {
    Requested => "export.requested",
    Completed => "export.completed",
    Removed => "export.removed",
});
