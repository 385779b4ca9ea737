//! Where an artist's money goes (P8). Whose account it is, is personal: sealed.

use crate::input::text;

text!(/** A bank, by the code or name transfers use. */ Bank, Line, 1..=40);
text!(/** Whose account it is. */ HolderName, Line, 1..=100);

/// An account number: 6 to 30 digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountNumber(String);

impl AccountNumber {
    /// The number, if it is one.
    ///
    /// # Errors
    /// Anything but 6 to 30 digits and hyphens.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let fits = (6..=30).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
            && text.bytes().any(|byte| byte.is_ascii_digit());
        if fits { Ok(Self(text.to_owned())) } else { Err("6 to 30 digits and hyphens are needed") }
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
