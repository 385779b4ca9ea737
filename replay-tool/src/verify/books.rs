//! The books balance: every posting sums to zero per asset, and nobody's account is ever negative
//! (LED-16; invariant I2 at every prefix of the log).

use std::collections::{BTreeMap, HashMap};

use domain::{Asset, Event, ledger};

use super::finding::Findings;

/// Balances of all accounts, folded from the postings.
#[derive(Debug, Default)]
pub struct Books {
    balances: HashMap<(ledger::Account, Asset), i64>,
}

impl Books {
    /// Posts one event.
    pub fn see(&mut self, event: &Event, position: i64, findings: &mut Findings) {
        let Event::Wallet(event) = event else { return };
        let mut sums = BTreeMap::<Asset, i64>::new();
        for entry in ledger::postings(event) {
            *sums.entry(entry.asset).or_default() += entry.amount;
            let account = entry.account;
            let balance = self.balances.entry((account, entry.asset)).or_default();
            *balance += entry.amount;
            if *balance < 0 && account.is_user() {
                findings.at(
                    "books",
                    position,
                    format!("{account} {} falls to {balance}", entry.asset),
                );
            }
        }
        for (asset, sum) in sums {
            if sum != 0 {
                findings.at("books", position, format!("the posting is off by {sum} {asset}"));
            }
        }
    }

    /// The sum of all accounts per asset: zero, or the books are wrong.
    pub fn trial_balance(&self) -> BTreeMap<Asset, i64> {
        let mut sums = BTreeMap::new();
        for ((_, asset), balance) in &self.balances {
            *sums.entry(*asset).or_default() += balance;
        }
        sums
    }
}
