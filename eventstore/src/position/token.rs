//! A position as clients see it: opaque, bound to its store, 26 characters of Crockford's base32.

use std::fmt;

use uuid::Uuid;

/// Characters of a token: 128 bits, 5 at a time.
const LENGTH: usize = 26;
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A place in the log of one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Whose log.
    pub store: Uuid,
    /// The position in it.
    pub position: i64,
}

/// Why a text is not a position of this store. Both are 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token at all.
    #[error("not a position token")]
    Malformed,
    /// A token of another store, for example of a test system.
    #[error("the position token belongs to another store")]
    OtherStore,
}

impl Position {
    /// Reads a token that must belong to `store`.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn parse(token: &str, store: Uuid) -> Result<Self, TokenError> {
        let number = number(token).ok_or(TokenError::Malformed)?;
        let position =
            i64::try_from(number & u128::from(u64::MAX)).map_err(|_| TokenError::Malformed)?;
        if number >> 64 != half(store) {
            return Err(TokenError::OtherStore);
        }
        Ok(Self { store, position })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = half(self.store) << 64 | u128::from(self.position.unsigned_abs());
        (0..LENGTH).rev().try_for_each(|place| {
            let digit = DIGITS[(number >> (5 * place)) as usize & 31];
            fmt::Write::write_char(f, char::from(digit))
        })
    }
}

/// The random half of a store's id, enough to tell stores apart.
fn half(store: Uuid) -> u128 {
    store.as_u128() & u128::from(u64::MAX)
}

fn number(token: &str) -> Option<u128> {
    // 26 digits hold 130 bits: the first may only use three of its five.
    if token.len() != LENGTH || token.as_bytes()[0] > b'7' {
        return None;
    }
    token.bytes().try_fold(0_u128, |number, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        Some(number << 5 | digit as u128)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORE: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8123_4567_89ab_cdef);
    const OTHER: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8123_4567_89ab_cdee);

    #[test]
    fn a_token_is_read_back_as_the_position_it_was() {
        for position in [0, 1, 31, 32, 1_000_000, i64::MAX] {
            let written = Position { store: STORE, position };
            assert_eq!(Position::parse(&written.to_string(), STORE), Ok(written));
        }
    }

    #[test]
    fn a_token_of_another_store_is_refused() {
        let token = Position { store: STORE, position: 7 }.to_string();
        assert_eq!(Position::parse(&token, OTHER), Err(TokenError::OtherStore));
    }

    #[test]
    fn what_is_not_a_token_is_refused() {
        let token = Position { store: STORE, position: 7 }.to_string();
        let beyond_any_log = Position { store: STORE, position: i64::MIN }.to_string();
        let texts = ["", "7", &token[1..], &token.to_uppercase(), "ééééééééééééé", &beyond_any_log];
        for text in texts {
            assert_eq!(Position::parse(text, STORE), Err(TokenError::Malformed), "{text}");
        }
        assert_eq!(Position::parse(&"z".repeat(26), STORE), Err(TokenError::Malformed));
    }
}
