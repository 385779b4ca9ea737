//! The books balance: every posting sums to zero per asset, and nobody's account is ever negative
//! (LED-16; invariant I2 at every prefix of the log), and no debt is paid twice.

use std::collections::{BTreeMap, HashMap};

use domain::wallets::WalletEvent;
use domain::{Asset, UserId, WalletId, ledger};
use uuid::Uuid;

use super::finding::Findings;

/// Balances of all accounts, folded from the postings.
#[derive(Debug, Default)]
pub struct Books {
    balances: HashMap<(ledger::Account, Asset), i64>,
    /// Remembered, because to derive one takes a hash.
    wallets: HashMap<(UserId, Asset), WalletId>,
}

impl Books {
    /// Posts one event, which must lie in the stream of the wallet it names: decisions look at
    /// streams, the ledger at names.
    pub fn see(
        &mut self,
        event: &WalletEvent,
        (stream, position): (Uuid, i64),
        findings: &mut Findings,
    ) {
        let (owner, asset) = (event.owner(), event.asset());
        let wallet =
            self.wallets.entry((owner, asset)).or_insert_with(|| WalletId::of(owner, asset));
        if wallet.0 != stream {
            let detail = format!("the event of {owner}'s {asset} lies in another wallet's stream");
            findings.at("books", position, detail);
        }
        let mut sum = 0;
        for entry in ledger::postings(event) {
            let account = entry.account;
            let balance = self.balances.entry((account, asset)).or_default();
            let before = *balance;
            *balance += entry.amount;
            sum += entry.amount;
            // Named where it falls below zero, not for as long as it stays there.
            if account.is_user() && *balance < 0 && before >= 0 {
                let detail = format!("{account} has {balance} {asset} after this");
                findings.at("books", position, detail);
            }
            if matches!(account, ledger::Account::Owed(_)) && *balance > 0 && before <= 0 {
                let detail = format!("{account} paid {balance} {asset} more than was owed");
                findings.at("books", position, detail);
            }
        }
        if sum != 0 {
            findings.at("books", position, format!("the posting is off by {sum} {asset}"));
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
