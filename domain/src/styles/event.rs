//! What happens to a style.

use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{Amount, ModelId, StyleId, UserId};

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StyleEvent {
    /// An artist made a style; nobody else sees it yet.
    Created {
        /// Which.
        style: StyleId,
        /// Whose.
        artist: UserId,
        /// Unique per artist without regard to case (STY-01).
        name: String,
        /// What it is.
        description: String,
    },
    /// The artist set the licence fee per image; accepted jobs keep theirs (STY-07).
    Priced {
        /// Which.
        style: StyleId,
        /// Tokens per image.
        tokens: Amount,
    },
    /// A model is ready: the style can be published.
    ModelReady {
        /// Which.
        style: StyleId,
        /// With which model.
        model: ModelId,
    },
    /// Everybody sees it and can use it.
    Published {
        /// Which.
        style: StyleId,
    },
    /// Nobody new can use it.
    Unpublished {
        /// Which.
        style: StyleId,
    },
    /// The artist described it anew.
    Described {
        /// Which.
        style: StyleId,
        /// What it is.
        description: String,
    },
    /// Its artist is deleted: nobody can use, change or publish it again. Pictures made in it
    /// stay (P7, IAM-20).
    Retired {
        /// Which.
        style: StyleId,
    },
    /// Retired, and nobody ever painted in it: there is nothing left of it (IAM-20).
    Deleted {
        /// Which.
        style: StyleId,
    },
}

event_types!(StyleEvent {
    Created => "style.created",
    Priced => "style.priced",
    ModelReady => "style.model_ready",
    Published => "style.published",
    Unpublished => "style.unpublished",
    Described => "style.described",
    Retired => "style.retired",
    Deleted => "style.deleted",
});
