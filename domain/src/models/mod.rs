//! Models: the weights behind styles, registered by an operator (MOD-01, MOD-02).

mod command;
mod error;
mod event;
mod register;
#[cfg(test)]
mod tests;

pub use command::ModelCommand;
pub use error::ModelError;
pub use event::*;
pub use register::RegisterModel;

use serde::{Deserialize, Serialize};

use crate::StyleId;
use crate::aggregate::{Decide, aggregate};
use crate::input::{Shape, TextError, bounded, text};

text!(/** A model's name for people. */ ModelTitle, Line, 1..=200);
text!(/** Where the weights lie in the object store. */ ModelPath, Line, 1..=500);

/// What a model is called by machines: unique, lower case, fit for a path (MOD-02).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelName(String);

impl ModelName {
    /// The most characters.
    pub const CHARS_MAX: usize = 100;

    /// For example `ink-wash-v1`.
    ///
    /// # Errors
    /// Length or pattern.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = bounded(text, Shape::Line, 1, Self::CHARS_MAX)?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        if text.chars().all(fits) && text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            Ok(Self(text))
        } else {
            Err(TextError::Pattern("lower-case letters a-z, digits, '-', '_' and '.' are possible"))
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Only what a decision needs: what was registered, to know it again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    registered: Option<Registered>,
}

/// What makes two registrations the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Registered {
    name: String,
    sha256: String,
    style: Option<StyleId>,
}

aggregate!(Model, "model", ModelCommand, ModelEvent, ModelError);

impl Decide for Model {
    fn decide(&self, command: ModelCommand) -> Result<Vec<ModelEvent>, ModelError> {
        let ModelCommand::Register(asked) = command;
        let same = Registered {
            name: asked.name.as_str().to_owned(),
            sha256: asked.sha256.to_string(),
            style: asked.style,
        };
        match &self.registered {
            Some(registered) if *registered == same => Ok(vec![]),
            Some(_) => Err(ModelError::AlreadyRegistered),
            None => Ok(vec![ModelEvent::Registered {
                model: asked.model,
                name: same.name,
                display_name: asked.display_name.into(),
                model_type: asked.model_type,
                base: asked.base,
                path: asked.path.into(),
                sha256: same.sha256,
                bytes: asked.bytes,
                style: same.style,
            }]),
        }
    }
}

impl Model {
    fn evolve(&mut self, event: ModelEvent) {
        match event {
            ModelEvent::Registered { name, sha256, style, .. } => {
                self.registered = Some(Registered { name, sha256, style });
            }
        }
    }
}
