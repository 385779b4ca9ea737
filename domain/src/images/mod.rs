//! Images: pictures in the object store, declared before they are uploaded.

mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;
mod upload;

pub use command::{ImageCommand, StoredFile};
pub use error::ImageError;
pub use event::*;
pub use upload::RequestUpload;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};
use crate::{GenerationId, UserId};

/// The largest picture, 64 MiB: 2048 x 2048 pixels of 16-bit RGBA fit twice.
pub const IMAGE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// What was declared; `None` before.
    declared: Option<Declared>,
    /// Whose; `None` before.
    owner: Option<UserId>,
    stored: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
}

/// What makes two files the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Declared {
    generation: GenerationId,
    sha256: String,
    bytes: u64,
}

aggregate!(Image, "image", ImageCommand, ImageEvent, ImageError);

impl Decide for Image {
    const STATE_VERSION: u32 = 2; // It knows its owner.

    fn decide(&self, command: ImageCommand) -> Result<Vec<ImageEvent>, ImageError> {
        match command {
            ImageCommand::RequestUpload { .. } | ImageCommand::Store { .. } if self.removed => {
                Err(ImageError::NotDeclared)
            }
            ImageCommand::Remove { .. } if self.removed || self.declared.is_none() => Ok(vec![]),
            ImageCommand::Remove { image, owner } => Ok(vec![ImageEvent::Removed { image, owner }]),
            ImageCommand::RequestUpload { image, owner, generation, sha256, bytes } => {
                if !(1..=IMAGE_BYTES_MAX).contains(&bytes) {
                    return Err(ImageError::Size { max: IMAGE_BYTES_MAX });
                }
                let sha256 = String::from(sha256);
                match &self.declared {
                    None => Ok(vec![ImageEvent::UploadRequested {
                        image,
                        owner,
                        generation,
                        sha256,
                        bytes,
                    }]),
                    Some(known) if *known == (Declared { generation, sha256, bytes }) => Ok(vec![]),
                    Some(_) => Err(ImageError::DeclaredOtherwise),
                }
            }
            ImageCommand::Store { file, owner, generation } => {
                let output = file.output;
                let actual =
                    Declared { generation, sha256: output.sha256.clone(), bytes: output.bytes };
                match &self.declared {
                    None => Err(ImageError::NotDeclared),
                    Some(declared) if *declared != actual => Err(ImageError::DeclaredOtherwise),
                    Some(_) if self.stored => Ok(vec![]),
                    Some(_) => Ok(vec![ImageEvent::Stored {
                        image: output.image,
                        owner,
                        generation,
                        key: file.key,
                        sha256: output.sha256,
                        bytes: output.bytes,
                        width: output.width,
                        height: output.height,
                        format: file.format,
                    }]),
                }
            }
        }
    }
}

impl Image {
    /// Whether this person may let it stand for themselves: their own, or one that is not there yet.
    #[must_use]
    pub fn may_represent(&self, user: UserId) -> bool {
        self.owner.is_none_or(|owner| owner == user)
    }

    /// Whether it is gone for good, and its file with it.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.removed
    }

    fn evolve(&mut self, event: ImageEvent) {
        match event {
            ImageEvent::UploadRequested { owner, generation, sha256, bytes, .. } => {
                self.owner = Some(owner);
                self.declared = Some(Declared { generation, sha256, bytes });
            }
            ImageEvent::Stored { .. } => self.stored = true,
            ImageEvent::Removed { .. } => self.removed = true,
        }
    }
}
