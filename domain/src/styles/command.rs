//! What can be asked of a style.

use super::{Description, StyleName};
use crate::{Amount, ModelId, StyleId, UserId};

/// See the module. `artist` is the caller: another's style is refused as not found.
#[derive(Debug, Clone)]
pub enum StyleCommand {
    /// Make it; name and limit are [`super::CreateStyle`]'s.
    Create {
        /// Which; drawn at the edge.
        style: StyleId,
        /// Whose.
        artist: UserId,
        /// Unique per artist.
        name: StyleName,
        /// What it is.
        description: Description,
    },
    /// Set the licence fee per image (STY-07).
    Price {
        /// Which.
        style: StyleId,
        /// Who asks.
        artist: UserId,
        /// Tokens per image; zero is a present.
        tokens: Amount,
    },
    /// Describe it anew.
    Describe {
        /// Which.
        style: StyleId,
        /// Who asks.
        artist: UserId,
        /// What it is.
        description: Description,
    },
    /// Show it to everybody; needs a model (STY-10).
    Publish {
        /// Which.
        style: StyleId,
        /// Who asks.
        artist: UserId,
    },
    /// Hide it from new use.
    Unpublish {
        /// Which.
        style: StyleId,
        /// Who asks.
        artist: UserId,
    },
    /// Take it out of use for good: its artist is deleted (P7).
    Retire {
        /// Which.
        style: StyleId,
        /// Whose.
        artist: UserId,
    },
    /// Remove it, as nobody ever painted in it; only after it was retired.
    Delete {
        /// Which.
        style: StyleId,
        /// Whose.
        artist: UserId,
    },
    /// Its weights are there, or there are newer ones; an operator's or a training's to say.
    AttachModel {
        /// Which.
        style: StyleId,
        /// Which weights.
        model: ModelId,
    },
}
