//! What a person may be called, and how addresses become comparable.

use uuid::Uuid;

use super::guessable::is_guessable;
use crate::UserId;
use crate::input::{Shape, TextError, bounded};
use crate::names::nobody_of_ours;

/// A handle: unique without regard to case, fit for a URL, never mistaken for an id (IAM-02).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// The fewest characters.
    pub const CHARS_MIN: usize = 3;
    /// The most characters (IAM-02).
    pub const CHARS_MAX: usize = 50;

    /// A handle as somebody chose it; its case is kept for show.
    ///
    /// # Errors
    /// Length or pattern.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = bounded(text, Shape::Line, Self::CHARS_MIN, Self::CHARS_MAX)?;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !text.chars().all(fits) || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err(TextError::Pattern(
                "letters a-z, digits, '_', '-' and '.' are possible, a letter or digit first",
            ));
        }
        if Uuid::try_parse(&text).is_ok() {
            return Err(TextError::Pattern("a username cannot look like an id"));
        }
        Ok(Self(text))
    }

    /// A handle that somebody may choose for themselves: none that reads like Folio's own.
    ///
    /// # Errors
    /// As [`Username::parse`], or it is reserved.
    pub fn chosen(text: &str) -> Result<Self, TextError> {
        nobody_of_ours(text).and_then(|()| Self::parse(text))
    }

    /// The handle of somebody who chose none: derived from the id, so as unique as that.
    #[must_use]
    pub fn generated(user: UserId) -> Self {
        Self(format!("user-{}", user.0.simple()))
    }

    /// The form in which handles are compared.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The handle as chosen.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Username> for String {
    fn from(username: Username) -> Self {
        username.0
    }
}

/// Text that is no e-mail address, or none a mail could be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address such as name@example.com is needed, at most {} bytes", Email::BYTES_MAX)]
pub struct EmailError;

/// A login address in the form in which addresses are compared (IAM-03). Not `Debug`: personal.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The longest address that SMTP can carry.
    pub const BYTES_MAX: usize = 254;
    /// The longest part before the `@`.
    const LOCAL_MAX: usize = 64;

    /// Lower-cased, because people do not remember how they once wrote it, and no provider of note
    /// tells the cases apart.
    ///
    /// # Errors
    /// [`EmailError`]; the pattern is deliberately coarse, a confirmation mail is the true test.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let plain =
            |c: char| !c.is_whitespace() && !c.is_control() && !r#"@",:;<>()[]\"#.contains(c);
        let well_formed = text.len() <= Self::BYTES_MAX
            && (1..=Self::LOCAL_MAX).contains(&local.len())
            && local.chars().all(plain)
            && domain.contains('.')
            && domain.split('.').all(label);
        if well_formed { Ok(Self(text)) } else { Err(EmailError) }
    }

    /// The comparable form: what the edge seals, and what it computes the claim from.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What makes an address unique without showing it: the store's HMAC-SHA256 of the comparable form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmailClaim(pub [u8; 32]);

impl EmailClaim {
    /// The claim's value.
    #[must_use]
    pub fn to_hex(&self) -> String {
        use std::fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}"); // Writing to a String cannot fail.
            hex
        })
    }
}

/// A password of a length that can be neither guessed at once nor used to keep the hash busy.
/// Not `Debug`: secret.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// The fewest characters.
    pub const CHARS_MIN: usize = 8;
    /// The most characters.
    pub const CHARS_MAX: usize = 128;

    /// Any characters; blanks at the ends count.
    ///
    /// # Errors
    /// Too short or too long.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        match text.chars().count() {
            few if few < Self::CHARS_MIN => Err(TextError::TooShort { min: Self::CHARS_MIN }),
            many if many > Self::CHARS_MAX => Err(TextError::TooLong { max: Self::CHARS_MAX }),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// A password that somebody may choose for themselves: none of those that are tried first. `own` is
    /// what they are called: address, handle, name.
    ///
    /// # Errors
    /// As [`Password::parse`], or it is too easily guessed.
    pub fn chosen(text: &str, own: &[&str]) -> Result<Self, TextError> {
        let password = Self::parse(text)?;
        if is_guessable(text, own) {
            return Err(TextError::Pattern(
                "it is guessed too easily: choose none that many people use, that repeats one \
                 character, or that is a name or address of yours",
            ));
        }
        Ok(password)
    }

    /// For the hash only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}
