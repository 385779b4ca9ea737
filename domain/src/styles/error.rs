//! Why a style's command can be refused.

use serde::{Deserialize, Serialize};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum StyleError {
    /// There is none, or it is not the caller's.
    #[error("there is no such style")]
    NotFound,
    /// The id is in use.
    #[error("this style already exists")]
    AlreadyCreated,
    /// The artist has a style of this name, whatever its case (STY-01).
    #[error("the artist already has a style of this name")]
    NameTaken,
    /// No model yet: nothing to publish (STY-10).
    #[error("the style has no model yet")]
    NotTrained,
    /// Somebody could begin to use it while it is deleted.
    #[error("the style must be retired before it is deleted")]
    StillUsable,
    /// Not published: nobody can generate with it (STY-10).
    #[error("the style is not published")]
    NotUsable,
}
