//! Amounts: integers of minor units with a named maximum. No floats anywhere.

use serde::{Deserialize, Serialize};

/// What a wallet counts (product.md, decision 1).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Asset {
    /// Bought with KRW, spent on a style's licence fee.
    #[default]
    Token,
    /// Granted by a plan; 1 credit = 1 GPU second.
    Credit,
    /// What artists earned and have not been paid out.
    Earning,
}

impl Asset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Token, Self::Credit, Self::Earning];

    /// The word in routes, tables and events.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Credit => "credit",
            Self::Earning => "earning",
        }
    }

    /// The asset a code names.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Token, Self::Credit, Self::Earning].into_iter().find(|asset| asset.code() == code)
    }
}

impl std::fmt::Display for Asset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// A quantity of one asset, in its smallest unit; never negative, at most [`Amount::MAX`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

/// A number that is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount lies between {least} and {} here", Amount::MAX.0)]
pub struct AmountOutOfRange {
    /// The least that would do.
    least: i64,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most one movement can carry. A wallet's total stays below [`Amount::WALLET_MAX`], so
    /// that no fold can overflow.
    pub const MAX: Self = Self(1_000_000_000_000);
    /// The most one wallet can hold; above all supply, far below `i64::MAX`.
    pub const WALLET_MAX: i64 = 1_000_000_000_000_000;

    /// An amount.
    ///
    /// # Errors
    /// Negative, or above [`Amount::MAX`].
    pub const fn new(value: i64) -> Result<Self, AmountOutOfRange> {
        Self::at_least(0, value)
    }

    /// An amount that can move: nothing is none.
    ///
    /// # Errors
    /// Not above zero, or above [`Amount::MAX`].
    pub const fn above_zero(value: i64) -> Result<Self, AmountOutOfRange> {
        Self::at_least(1, value)
    }

    const fn at_least(least: i64, value: i64) -> Result<Self, AmountOutOfRange> {
        let fits = least <= value && value <= Self::MAX.0;
        if fits { Ok(Self(value)) } else { Err(AmountOutOfRange { least }) }
    }

    /// The plain number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Both together, at most [`Amount::MAX`]. Rules check first; folds only need it not to fail.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        let sum = self.0 + other.0; // Both are far below `i64::MAX / 2`.
        if sum > Self::MAX.0 { Self::MAX } else { Self(sum) }
    }

    /// What is left without `other`, at least nothing. Rules check first, as with [`Amount::plus`].
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        if other.0 > self.0 { Self::ZERO } else { Self(self.0 - other.0) }
    }

    /// The sum, which may exceed what one movement can carry.
    #[must_use]
    pub fn total(amounts: impl IntoIterator<Item = Self>) -> i64 {
        amounts.into_iter().fold(0, |sum, amount| sum.saturating_add(amount.0))
    }
}

impl TryFrom<i64> for Amount {
    type Error = AmountOutOfRange;

    fn try_from(value: i64) -> Result<Self, Self::Error> {
        Self::new(value)
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
