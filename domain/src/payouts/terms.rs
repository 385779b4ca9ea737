//! What earnings are worth in money (P8). The figures are policy, and recorded with each payout.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::PayoutError;
use crate::Amount;

/// Basis points in a whole.
const WHOLE: i64 = 10_000;

/// The policy a payout is asked for under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The smallest payout, in EARNING.
    pub minimum: Amount,
    /// Won per unit of EARNING; may be a fraction.
    pub unit_price: Decimal,
    /// What is withheld as tax, in basis points of the gross amount.
    pub withholding_basis_points: u32,
}

/// What a payout is in money: whole won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    /// Won per unit, as it was then.
    pub unit_price: Decimal,
    /// What was withheld, in basis points, as it was then.
    pub withholding_basis_points: u32,
    /// Amount times unit price, parts of a won dropped.
    pub gross: i64,
    /// Withheld of it, parts of a won dropped: what does not divide is the artist's.
    pub withheld: i64,
    /// What is transferred: gross less withheld.
    pub net: i64,
}

impl Terms {
    /// What `amount` is in money.
    ///
    /// # Errors
    /// [`PayoutError::BelowMinimum`]; [`PayoutError::Unpayable`] when less than one won or more than
    /// [`Amount::MAX`] would be transferred.
    pub fn deal(&self, amount: Amount) -> Result<Deal, PayoutError> {
        if amount < self.minimum {
            return Err(PayoutError::BelowMinimum { minimum: self.minimum });
        }
        let gross = Decimal::from(amount.get())
            .checked_mul(self.unit_price)
            .map(|won| won.round_dp_with_strategy(0, RoundingStrategy::ToZero))
            .and_then(|won| won.to_i64())
            .filter(|won| (1..=Amount::MAX.get()).contains(won))
            .ok_or(PayoutError::Unpayable)?;
        // 10^12 * 10^4 fits an i64.
        let withheld = gross * i64::from(self.withholding_basis_points).min(WHOLE) / WHOLE;
        let net = gross - withheld;
        if net < 1 {
            return Err(PayoutError::Unpayable);
        }
        let Self { unit_price, withholding_basis_points, .. } = *self;
        Ok(Deal { unit_price, withholding_basis_points, gross, withheld, net })
    }
}
