//! What can be asked of an image.

use crate::generations::Output;
use crate::{GenerationId, ImageId, Sha256, UserId};

/// A file the edge found in the object store, and measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Which image, and what it is.
    pub output: Output,
    /// Where in the object store.
    pub key: String,
    /// For example `png`.
    pub format: String,
}

/// See the module.
#[derive(Debug, Clone)]
pub enum ImageCommand {
    /// Declare a file before it is uploaded.
    RequestUpload {
        /// Which; [`ImageId::of`] makes asking twice the same image.
        image: ImageId,
        /// Whose.
        owner: UserId,
        /// Made by.
        generation: GenerationId,
        /// Hash the file must have.
        sha256: Sha256,
        /// Size the file must have.
        bytes: u64,
    },
    /// The file is there and is what was declared.
    Store {
        /// What was found.
        file: StoredFile,
        /// Whose.
        owner: UserId,
        /// Made by.
        generation: GenerationId,
    },
    /// Its owner is deleted, and the file is gone (P7).
    Remove {
        /// Which.
        image: ImageId,
        /// Whose.
        owner: UserId,
    },
}
