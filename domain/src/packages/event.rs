//! What happens to a package of the price list.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Amount;
use crate::aggregate::event_types;

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageEvent {
    /// From now on it is sold like this; purchases that were begun keep their figures.
    Published {
        /// Its name.
        package: String,
        /// How many tokens.
        tokens: Amount,
        /// Won per token.
        unit_price: Decimal,
        /// Whole won to pay.
        amount: i64,
    },
    /// The same tokens have another price; purchases that were begun keep theirs.
    Repriced {
        /// Its name.
        package: String,
        /// Won per token.
        unit_price: Decimal,
        /// Whole won to pay.
        amount: i64,
    },
    /// It is sold no more; what was begun can still be paid.
    Retired {
        /// Its name.
        package: String,
    },
}

event_types!(PackageEvent {
    Published => "package.published",
    Repriced => "package.repriced",
    Retired => "package.retired",
});
