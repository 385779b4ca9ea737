//! The hash that names a file's or a secret's content.

/// A SHA-256 in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(String);

/// Text that is no SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 is 64 hexadecimal digits")]
pub struct NotSha256;

impl Sha256 {
    /// Hex digits of a SHA-256, whatever their case.
    ///
    /// # Errors
    /// [`NotSha256`].
    pub fn parse(text: &str) -> Result<Self, NotSha256> {
        let hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex { Ok(Self(text.to_ascii_lowercase())) } else { Err(NotSha256) }
    }

    /// The lower-case hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Sha256> for String {
    fn from(sha256: Sha256) -> Self {
        sha256.0
    }
}

impl std::fmt::Display for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

    use super::*;

    #[test]
    fn the_same_hash_in_capitals_is_the_same_hash() {
        let (low, high) = ("ab".repeat(32), "AB".repeat(32));
        assert_eq!(Sha256::parse(&low).unwrap(), Sha256::parse(&high).unwrap());
    }

    #[test]
    fn anything_but_64_hex_digits_is_no_hash() {
        for text in ["", "ab", &"zz".repeat(32), &"ab".repeat(33), &"é".repeat(32)] {
            assert_eq!(Sha256::parse(text), Err(NotSha256), "{text}");
        }
    }
}
