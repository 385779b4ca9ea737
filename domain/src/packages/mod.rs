//! The price list (PUR-01): packages of tokens that admins publish, reprice and retire. A purchase
//! takes its figures from here when it begins, and keeps them.

mod error;
mod event;
mod name;
mod seeds;
#[cfg(test)]
mod tests;

pub use error::PackageError;
pub use event::*;
pub use name::PackageName;
pub use seeds::SeedPackages;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::Amount;
use crate::aggregate::{Decide, aggregate};
use crate::purchases::Package;

/// The least that Toss charges, in won (`BELOW_MINIMUM_AMOUNT`).
pub const PRICE_WON_MIN: i64 = 100;
/// The most digits of a unit price after the point (PUR-01).
pub const UNIT_PRICE_DIGITS_MAX: u32 = 4;

/// What can be asked of a package.
#[derive(Debug, Clone)]
pub enum PackageCommand {
    /// Sell it like this. The figures of now again change nothing.
    Publish(Package),
    /// Sell the same tokens at another price.
    Reprice {
        /// Which.
        package: PackageName,
        /// Won per token.
        unit_price: Decimal,
    },
    /// Sell it no more.
    Retire {
        /// Which.
        package: PackageName,
    },
}

/// One line of the price list, kept when it is retired.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenPackage {
    line: Option<Package>,
    retired: bool,
}

aggregate!(TokenPackage, "package", PackageCommand, PackageEvent, PackageError);

impl Decide for TokenPackage {
    fn decide(&self, command: PackageCommand) -> Result<Vec<PackageEvent>, PackageError> {
        match command {
            PackageCommand::Publish(package) => self.publish(package),
            PackageCommand::Reprice { package, unit_price } => self.reprice(&package, unit_price),
            PackageCommand::Retire { package } => {
                self.published(&package)?;
                if self.retired {
                    return Ok(vec![]);
                }
                Ok(vec![PackageEvent::Retired { package: package.into() }])
            }
        }
    }
}

impl TokenPackage {
    /// What it sells, or sold; `None` if it was never published.
    #[must_use]
    pub fn line(&self) -> Option<&Package> {
        self.line.as_ref()
    }

    /// Whether it is sold no more.
    #[must_use]
    pub fn is_retired(&self) -> bool {
        self.retired
    }

    fn publish(&self, package: Package) -> Result<Vec<PackageEvent>, PackageError> {
        let amount = price(package.tokens, package.unit_price)?;
        if self.line.as_ref() == Some(&package) && !self.retired {
            return Ok(vec![]);
        }
        let Package { name, tokens, unit_price } = package;
        let unit_price = unit_price.normalize();
        Ok(vec![PackageEvent::Published { package: name, tokens, unit_price, amount }])
    }

    fn reprice(
        &self,
        name: &PackageName,
        unit_price: Decimal,
    ) -> Result<Vec<PackageEvent>, PackageError> {
        let line = self.published(name)?;
        let package = name.as_str().to_owned();
        if self.retired {
            return Err(PackageError::Retired { package });
        }
        let amount = price(line.tokens, unit_price)?;
        if line.unit_price == unit_price {
            return Ok(vec![]);
        }
        let unit_price = unit_price.normalize();
        Ok(vec![PackageEvent::Repriced { package, unit_price, amount }])
    }

    fn published(&self, name: &PackageName) -> Result<&Package, PackageError> {
        let package = || name.as_str().to_owned();
        self.line.as_ref().ok_or_else(|| PackageError::Unpublished { package: package() })
    }

    fn evolve(&mut self, event: PackageEvent) {
        match event {
            PackageEvent::Published { package: name, tokens, unit_price, amount: _ } => {
                *self = Self { line: Some(Package { name, tokens, unit_price }), retired: false };
            }
            PackageEvent::Repriced { unit_price, .. } => {
                if let Some(line) = &mut self.line {
                    line.unit_price = unit_price;
                }
            }
            PackageEvent::Retired { .. } => self.retired = true,
        }
    }
}

/// Whole won to pay for so many tokens (PUR-01).
///
/// # Errors
/// No tokens, a part of a won, or too little or too much to be charged.
fn price(tokens: Amount, unit_price: Decimal) -> Result<i64, PackageError> {
    if tokens == Amount::ZERO {
        return Err(PackageError::NoTokens);
    }
    let maximum = Amount::MAX.get();
    let won = Decimal::from(tokens.get()).checked_mul(unit_price);
    let won = won.filter(|won| *won <= maximum.into());
    let won = won.ok_or(PackageError::AboveMaximum { maximum })?;
    if won < PRICE_WON_MIN.into() {
        return Err(PackageError::BelowMinimum { minimum: PRICE_WON_MIN });
    }
    let whole = Some(won).filter(Decimal::is_integer).and_then(|won| won.to_i64());
    whole.ok_or(PackageError::FractionOfWon)
}
