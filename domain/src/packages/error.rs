//! Why a command of the price list can be refused.

use serde::{Deserialize, Serialize};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PackageError {
    /// `not-found`, 404: nothing was ever published under this name.
    #[error("the package {package} is not published")]
    Unpublished {
        /// Which.
        package: String,
    },
    /// `conflict`, 409: what is not sold has no price to change.
    #[error("the package {package} is sold no more: publish it again at its new price")]
    Retired {
        /// Which.
        package: String,
    },
    /// It would sell nothing.
    #[error("a package has one token or more")]
    NoTokens,
    /// Nobody pays a part of a won.
    #[error("tokens times unit_price must be whole won")]
    FractionOfWon,
    /// Toss refuses to charge so little (`BELOW_MINIMUM_AMOUNT`).
    #[error("a package costs at least {minimum} won")]
    BelowMinimum {
        /// [`super::PRICE_WON_MIN`].
        minimum: i64,
    },
    /// More than one movement of money can carry.
    #[error("a package costs at most {maximum} won")]
    AboveMaximum {
        /// [`crate::Amount::MAX`].
        maximum: i64,
    },
}
