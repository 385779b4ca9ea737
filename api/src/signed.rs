//! Small values handed to clients and believed when they come back: cursors, links, quotes. Signed
//! with HMAC-SHA256 under a purpose, so that one kind never passes for another.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of the signature that are kept: 128 bits cannot be guessed.
const TAG_BYTES: usize = 16;
/// Longest signed text that is read at all.
const TEXT_BYTES_MAX: usize = 4_096;

/// Signs and verifies.
#[derive(Clone)]
pub struct Signer {
    key: hmac::Key,
}

/// The text is not one we signed for this purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not signed by us for this purpose")]
pub struct NotOurs;

impl Signer {
    /// From the secret `link-key`.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The value as opaque, URL-safe text.
    ///
    /// # Errors
    /// The value does not serialize.
    pub fn seal<T: Serialize>(
        &self,
        purpose: &str,
        value: &T,
    ) -> Result<String, serde_json::Error> {
        let mut bytes = serde_json::to_vec(value)?;
        let tag = self.tag(purpose, &bytes);
        bytes.extend_from_slice(&tag.as_ref()[..TAG_BYTES]);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The value of a text we signed for this purpose.
    ///
    /// # Errors
    /// [`NotOurs`], whatever is wrong with it.
    pub fn open<T: DeserializeOwned>(&self, purpose: &str, text: &str) -> Result<T, NotOurs> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(NotOurs);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotOurs)?;
        let at = bytes.len().checked_sub(TAG_BYTES).ok_or(NotOurs)?;
        let (value, tag) = bytes.split_at(at);
        let expected = self.tag(purpose, value);
        if !bool::from(subtle::ConstantTimeEq::ct_eq(&expected.as_ref()[..TAG_BYTES], tag)) {
            return Err(NotOurs);
        }
        serde_json::from_slice(value).map_err(|_| NotOurs)
    }

    fn tag(&self, purpose: &str, value: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&(purpose.len() as u64).to_be_bytes());
        context.update(purpose.as_bytes());
        context.update(value);
        context.sign()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn what_was_signed_for_one_purpose_is_refused_for_another() {
        let signer = Signer::new(&[7; 32]);
        let text = signer.seal("cursor", &42).unwrap();
        assert_eq!(signer.open::<i32>("cursor", &text), Ok(42));
        assert_eq!(signer.open::<i32>("quote", &text), Err(NotOurs));
        assert_eq!(Signer::new(&[8; 32]).open::<i32>("cursor", &text), Err(NotOurs));
    }

    #[test]
    fn a_changed_or_cut_text_is_refused() {
        let signer = Signer::new(&[7; 32]);
        let text = signer.seal("cursor", &"a value").unwrap();
        for cut in 0..text.len() {
            assert_eq!(signer.open::<String>("cursor", &text[..cut]), Err(NotOurs));
        }
        let flipped = text.replacen('e', "f", 1);
        assert!(flipped == text || signer.open::<String>("cursor", &flipped) == Err(NotOurs));
    }
}
