//! The price list of a new log (PUR-01): recorded once, as events, and changed by admins from then
//! on.

use rust_decimal::Decimal;

use super::{PackageCommand, TokenPackage};
use crate::aggregate::Stream;
use crate::purchases::Package;
use crate::work::{Decision, Halt, Work};
use crate::{Amount, PackageId};

/// Tokens of each package, and won per token.
const TOKENS: [i64; 3] = [50, 150, 500];
const WON_PER_TOKEN: i64 = 100;

/// Publishes the packages that were never published. What admins made of them stays.
#[derive(Debug, Clone, Copy)]
pub struct SeedPackages;

impl Decision for SeedPackages {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        let id = |package: Package| PackageId::of(&package.name);
        seeds().map(|package| Stream::of::<TokenPackage>(id(package))).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        for package in seeds() {
            let id = PackageId::of(&package.name);
            if work.state::<TokenPackage>(id)?.line().is_none() {
                work.decide::<TokenPackage>(id, PackageCommand::Publish(package))?;
            }
        }
        Ok(())
    }
}

fn seeds() -> impl Iterator<Item = Package> {
    TOKENS.into_iter().map(|tokens| Package {
        name: format!("tokens-{tokens}"),
        tokens: Amount::new(tokens).unwrap_or(Amount::ZERO),
        unit_price: Decimal::from(WON_PER_TOKEN),
    })
}
