//! Where an artist's money goes (P8). Whose account it is, is personal: sealed.

use super::{Artist, ArtistCommand};
use crate::aggregate::Stream;
use crate::input::text;
use crate::mail::Mail;
use crate::work::{Decision, Halt, Work};
use crate::{Sealed, UserId};

text!(/** A bank, by the code or name transfers use. */ Bank, Line, 1..=40);
text!(/** Whose account it is. */ HolderName, Line, 1..=100);

/// The fewest and the most digits of an account number; Toss takes no more (d1.6).
const DIGITS: std::ops::RangeInclusive<usize> = 6..=20;
/// The longest account number, hyphens counted.
const CHARS_MAX: usize = 30;

/// An account number: 6 to 20 digits, with hyphens or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountNumber(String);

impl AccountNumber {
    /// The number, if it is one.
    ///
    /// # Errors
    /// Anything but 6 to 20 digits and hyphens, or more than 30 characters.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let fits = text.len() <= CHARS_MAX
            && DIGITS.contains(&digits)
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let number = fits.then(|| Self(text.to_owned()));
        number.ok_or("6 to 20 digits are needed, with hyphens or without")
    }

    /// Its digits alone, as providers want it.
    #[must_use]
    pub fn digits(&self) -> String {
        self.0.chars().filter(char::is_ascii_digit).collect()
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An artist says where payouts go that are asked for from now on, and is told so by letter: whoever
/// got into their account would do the same.
#[derive(Clone)]
pub struct SetPayoutAccount {
    /// Who.
    pub artist: UserId,
    /// Which bank.
    pub bank: Bank,
    /// Which account there.
    pub account_number: Sealed,
    /// Whose it is.
    pub holder_name: Sealed,
    /// The letter, to whoever has an address.
    pub notice: Option<Mail>,
}

impl Decision for SetPayoutAccount {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Artist>(self.artist)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { artist, bank, account_number, holder_name, notice } = self.clone();
        let command = ArtistCommand::SetPayoutAccount { artist, bank, account_number, holder_name };
        work.decide::<Artist>(artist, command)?;
        notice.map_or(Ok(()), |letter| letter.post(work))
    }
}
