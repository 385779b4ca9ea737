//! `token_packages`: the price list (PUR-01).

mod package;

pub use package::*;

use domain::packages::PackageEvent;
use domain::purchases::CURRENCY;
use domain::{Amount, PackageId};
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[package::STATEMENTS];

/// Fills this context's table.
pub struct Packages;

impl Projector for Packages {
    fn name(&self) -> &'static str {
        "packages"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["package"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[TokenPackage::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        match entry.event.of() {
            Some(PackageEvent::Published { package, tokens, unit_price, amount }) => {
                publish(package, *tokens, (unit_price.to_string(), *amount), batch);
            }
            Some(PackageEvent::Repriced { package, unit_price, amount }) => {
                let (unit_price, amount) = (unit_price.to_string(), *amount);
                batch.update::<TokenPackage>(PackageId::of(package).0, move |row| {
                    (row.unit_price, row.amount) = (unit_price, amount);
                });
            }
            Some(PackageEvent::Retired { package }) => {
                batch.update::<TokenPackage>(PackageId::of(package).0, |row| row.is_active = false);
            }
            None => {}
        }
        Ok(())
    }
}

fn publish(package: &str, tokens: Amount, price: (String, i64), batch: &mut Batch) {
    let (unit_price, amount) = price;
    let fresh = TokenPackage {
        id: PackageId::of(package).0,
        name: package.to_owned(),
        tokens: tokens.get(),
        unit_price: unit_price.clone(),
        amount,
        currency_code: CURRENCY.to_owned(),
        is_active: true,
        created_at: batch.at(),
        updated_at: batch.at(),
    };
    batch.upsert(fresh, move |row: &mut TokenPackage| {
        (row.tokens, row.unit_price, row.amount) = (tokens.get(), unit_price, amount);
        row.is_active = true;
    });
}
