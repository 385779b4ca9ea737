//! `ledger_entries`: the books, double entry (D11). The sum per asset is zero at every position.

mod entry;

pub use entry::*;

use domain::ledger;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[entry::STATEMENTS];

/// Fills `ledger_entries`.
pub struct Ledger;

impl Projector for Ledger {
    fn name(&self) -> &'static str {
        "ledger"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["wallet"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[LedgerEntry::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        let Some(event) = entry.event.of() else { return Ok(()) };
        for (ordinal, posting) in (0..).zip(ledger::postings(event)) {
            batch.append(LedgerEntry {
                position: entry.recorded.position,
                ordinal,
                account: posting.account.to_string(),
                asset: posting.asset.code().to_owned(),
                amount: posting.amount,
                created_at: batch.at(),
            });
        }
        Ok(())
    }
}
