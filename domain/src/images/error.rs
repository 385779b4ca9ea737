//! Why an image's command can be refused.

use serde::{Deserialize, Serialize};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ImageError {
    /// Empty, or larger than any picture of ours.
    #[error("a picture has 1 to {max} bytes")]
    Size {
        /// The most bytes.
        max: u64,
    },
    /// No upload was requested for it.
    #[error("no upload was requested for this image")]
    NotDeclared,
    /// Other hash, size or generation than was declared.
    #[error("the image was declared with another hash, size or generation")]
    DeclaredOtherwise,
}
