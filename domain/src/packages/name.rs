//! What a package is called.

use crate::input::{Shape, TextError, bounded};

/// The id of a package in routes, tables and events, for example `tokens-150`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageName(String);

impl PackageName {
    /// The most characters.
    pub const CHARS_MAX: usize = 50;

    /// A name.
    ///
    /// # Errors
    /// Length or pattern.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = bounded(text, Shape::Line, 1, Self::CHARS_MAX)?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.chars().all(fits) && text.starts_with(|c: char| c.is_ascii_lowercase()) {
            Ok(Self(text))
        } else {
            Err(TextError::Pattern("a letter, then lower-case letters a-z, digits and '-'"))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<PackageName> for String {
    fn from(name: PackageName) -> Self {
        name.0
    }
}
