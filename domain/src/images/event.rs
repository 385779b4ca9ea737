//! What happens to an image.

use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{GenerationId, ImageId, UserId};

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageEvent {
    /// A worker asked for a signed link, bound to size and hash.
    UploadRequested {
        /// Which.
        image: ImageId,
        /// Whose.
        owner: UserId,
        /// Made by.
        generation: GenerationId,
        /// Hex SHA-256 the file must have.
        sha256: String,
        /// Size the file must have.
        bytes: u64,
    },
    /// The file is in the object store and is what was declared.
    Stored {
        /// Which.
        image: ImageId,
        /// Whose.
        owner: UserId,
        /// Made by.
        generation: GenerationId,
        /// Where in the object store.
        key: String,
        /// Hex SHA-256 of the file.
        sha256: String,
        /// Size of the file.
        bytes: u64,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// For example `png`.
        format: String,
    },
    /// It is gone, and so is its file.
    Removed {
        /// Which.
        image: ImageId,
        /// Whose.
        owner: UserId,
    },
}

event_types!(ImageEvent {
    UploadRequested => "image.upload_requested",
    Stored => "image.stored",
    Removed => "image.removed",
});
