//! Text from outside is measured once, where it enters: past a value object everything is well
//! formed, and what is not says which field is wrong.

use crate::names::legible;

/// A field that cannot be accepted, in the words of RFC 9457's `errors[]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// A JSON pointer into what was sent, for example `/width`.
    pub pointer: String,
    /// What would be right.
    pub detail: String,
}

impl FieldError {
    /// The field under `pointer` is wrong because of `detail`.
    pub fn new(pointer: impl Into<String>, detail: impl ToString) -> Self {
        Self { pointer: pointer.into(), detail: detail.to_string() }
    }
}

/// Why a text cannot be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Too few characters, blanks at the ends not counted.
    #[error("at least {min} character{} needed", if *min == 1 { " is" } else { "s are" })]
    TooShort {
        /// The fewest.
        min: usize,
    },
    /// Too many characters.
    #[error("at most {max} characters are possible")]
    TooLong {
        /// The most.
        max: usize,
    },
    /// A control character: it would not be seen, and a NUL cannot be stored.
    #[error("control characters are not possible")]
    Control,
    /// Characters that are not seen, or that turn the text around.
    #[error("characters that are not seen or change the direction of text are not possible")]
    Hidden,
    /// It reads like a name of Folio's own.
    #[error("names that look like Folio's own are not possible")]
    Reserved,
    /// Another pattern is needed.
    #[error("{0}")]
    Pattern(&'static str),
}

/// Whether a text is one line or may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// No line break, no tab.
    Line,
    /// Line breaks and tabs are welcome.
    Prose,
}

/// A text without blanks at its ends, of `min` to `max` characters; a line is also composed and
/// shows all it has ([`legible`]), since lines are what things and people are called by.
///
/// # Errors
/// The first rule it breaks.
pub fn bounded(text: &str, shape: Shape, min: usize, max: usize) -> Result<String, TextError> {
    let text = text.trim();
    let kept = |c: char| shape == Shape::Prose && matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(|c| c.is_control() && !kept(c)) {
        return Err(TextError::Control);
    }
    let text = match shape {
        Shape::Line => legible(text)?,
        Shape::Prose => text.to_owned(),
    };
    match text.chars().count() {
        few if few < min => Err(TextError::TooShort { min }),
        many if many > max => Err(TextError::TooLong { max }),
        _ => Ok(text),
    }
}

/// A value object of bounded text: `text!(/** A name. */ StyleName, Line, 1..=100);`
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $shape:ident, $min:literal ..= $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The fewest characters.
            pub const CHARS_MIN: usize = $min;
            /// The most characters.
            pub const CHARS_MAX: usize = $max;

            /// The text without blanks at its ends.
            ///
            /// # Errors
            /// Too short, too long, or with control characters.
            pub fn parse(text: &str) -> Result<Self, $crate::input::TextError> {
                use $crate::input::{Shape, bounded};
                bounded(text, Shape::$shape, Self::CHARS_MIN, Self::CHARS_MAX).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}
pub(crate) use text;

/// Keeps a member that is null apart from one that is absent: with
/// `#[serde(default, deserialize_with = "given")]`, `Option<T>` may be absent and never null, and
/// `Option<Option<T>>` may be either.
///
/// # Errors
/// The member is there and does not fit.
pub fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    text!(/** A name. */ Name, Line, 2..=4);

    #[test]
    fn characters_are_counted_not_bytes() {
        assert_eq!(Name::parse(" 수묵화풍 ").map(String::from), Ok("수묵화풍".to_owned()));
        assert_eq!(Name::parse("수묵화풍집"), Err(TextError::TooLong { max: 4 }));
    }

    #[test]
    fn blanks_at_the_ends_do_not_make_a_name() {
        assert_eq!(Name::parse("  a  "), Err(TextError::TooShort { min: 2 }));
    }

    #[test]
    fn a_line_has_no_breaks_and_nothing_has_a_nul() {
        assert_eq!(Name::parse("a\nb"), Err(TextError::Control));
        assert_eq!(bounded("a\nb", Shape::Prose, 0, 9), Ok("a\nb".to_owned()));
        assert_eq!(bounded("a\0b", Shape::Prose, 0, 9), Err(TextError::Control));
    }
}
