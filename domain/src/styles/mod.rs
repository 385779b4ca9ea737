//! Styles: what artists offer, at a licence fee per image.

mod command;
mod create;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use command::StyleCommand;
pub use create::{CreateStyle, MAX_STYLES_DEFAULT, NAME_SCOPE};
pub use error::StyleError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};
use crate::input::text;
use crate::{Amount, ModelId, UserId};

text!(/** The name of a style; unique per artist without regard to case (STY-01). */ StyleName, Line, 1..=100);
text!(/** What a style is, in its artist's words. */ Description, Prose, 0..=2000);

impl StyleName {
    /// The form in which names are compared.
    #[must_use]
    pub fn folded(&self) -> String {
        self.as_str().to_lowercase()
    }
}

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// `None` before it was created.
    artist: Option<UserId>,
    tokens: Amount,
    model: Option<ModelId>,
    published: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    retired: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
}

/// What a style asks of those who use it, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Whose style.
    pub artist: UserId,
    /// With which weights.
    pub model: ModelId,
    /// The licence fee per image (STY-07).
    pub tokens: Amount,
}

aggregate!(Style, "style", StyleCommand, StyleEvent, StyleError);

impl Decide for Style {
    const STATE_VERSION: u32 = 2; // It knows that it was deleted.

    fn decide(&self, command: StyleCommand) -> Result<Vec<StyleEvent>, StyleError> {
        match command {
            StyleCommand::Create { .. } if self.artist.is_some() => Err(StyleError::AlreadyCreated),
            StyleCommand::Create { style, artist, name, description } => {
                Ok(vec![StyleEvent::Created {
                    style,
                    artist,
                    name: name.into(),
                    description: description.into(),
                }])
            }
            StyleCommand::Price { style, artist, tokens } => {
                self.owned_by(artist)?;
                Ok(when(tokens != self.tokens, StyleEvent::Priced { style, tokens }))
            }
            StyleCommand::Describe { style, artist, description } => {
                self.owned_by(artist)?;
                Ok(vec![StyleEvent::Described { style, description: description.into() }])
            }
            StyleCommand::Publish { style, artist } => {
                self.owned_by(artist)?;
                self.model.ok_or(StyleError::NotTrained)?;
                Ok(when(!self.published, StyleEvent::Published { style }))
            }
            StyleCommand::Unpublish { style, artist } => {
                self.owned_by(artist)?;
                Ok(when(self.published, StyleEvent::Unpublished { style }))
            }
            StyleCommand::Retire { artist, .. } | StyleCommand::Delete { artist, .. }
                if self.artist != Some(artist) =>
            {
                Err(StyleError::NotFound)
            }
            StyleCommand::Delete { .. } if !self.retired => Err(StyleError::StillUsable),
            StyleCommand::Delete { style, .. } => {
                Ok(when(!self.deleted, StyleEvent::Deleted { style }))
            }
            StyleCommand::Retire { style, .. } => {
                Ok(when(!self.retired, StyleEvent::Retired { style }))
            }
            StyleCommand::AttachModel { .. } if self.artist.is_none() || self.retired => {
                Err(StyleError::NotFound)
            }
            StyleCommand::AttachModel { style, model } => {
                Ok(when(self.model != Some(model), StyleEvent::ModelReady { style, model }))
            }
        }
    }
}

/// A command that would change nothing is accepted and says nothing.
fn when(changes: bool, event: StyleEvent) -> Vec<StyleEvent> {
    if changes { vec![event] } else { vec![] }
}

impl Style {
    /// What it asks now; accepted jobs keep theirs (STY-07).
    ///
    /// # Errors
    /// There is none, or it is not published with a model (STY-10).
    pub fn terms(&self) -> Result<Terms, StyleError> {
        let artist = self.artist.ok_or(StyleError::NotFound)?;
        match self.model {
            Some(model) if self.published => Ok(Terms { artist, model, tokens: self.tokens }),
            _ => Err(StyleError::NotUsable),
        }
    }

    /// Another's style is answered like none: a private style is nobody else's to know of. One
    /// that was retired is nobody's.
    fn owned_by(&self, artist: UserId) -> Result<(), StyleError> {
        if self.artist == Some(artist) && !self.retired {
            Ok(())
        } else {
            Err(StyleError::NotFound)
        }
    }

    fn evolve(&mut self, event: StyleEvent) {
        match event {
            StyleEvent::Created { artist, .. } => self.artist = Some(artist),
            StyleEvent::Priced { tokens, .. } => self.tokens = tokens,
            StyleEvent::ModelReady { model, .. } => self.model = Some(model),
            StyleEvent::Published { .. } => self.published = true,
            StyleEvent::Unpublished { .. } => self.published = false,
            StyleEvent::Retired { .. } => (self.published, self.retired) = (false, true),
            StyleEvent::Deleted { .. } => self.deleted = true,
            StyleEvent::Described { .. } => {}
        }
    }
}
