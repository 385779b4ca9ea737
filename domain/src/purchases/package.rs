//! What is bought: a package of the price list, never figures of the client (PUR-01).

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::PurchaseError;
use crate::Amount;

/// The only currency Toss charges for us.
pub const CURRENCY: &str = "KRW";

/// One line of the price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its id, for example `tokens-150`.
    pub name: String,
    /// How many tokens.
    pub tokens: Amount,
    /// Won per token; may be a fraction.
    pub unit_price: Decimal,
}

impl Package {
    /// Whole won to pay: tokens times unit price, halves rounded up.
    ///
    /// # Errors
    /// [`PurchaseError::Unpayable`] when that is not between 1 and [`Amount::MAX`] won.
    pub fn price(&self) -> Result<i64, PurchaseError> {
        let exact = Decimal::from(self.tokens.get()).checked_mul(self.unit_price);
        exact
            .map(|won| won.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero))
            .and_then(|won| won.to_i64())
            .filter(|won| (1..=Amount::MAX.get()).contains(won))
            .ok_or(PurchaseError::Unpayable)
    }
}
