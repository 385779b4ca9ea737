//! `adjustments`: what support gave to wallets and took from them, why, and who agreed (LED-15).

mod adjustment;

pub use adjustment::*;

use domain::Event;
use domain::adjustments::{AdjustmentEvent, Change, Status};
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[adjustment::STATEMENTS];

/// Fills `adjustments`.
pub struct Adjustments;

impl Projector for Adjustments {
    fn name(&self) -> &'static str {
        "adjustments"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["adjustment"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Adjustment::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        if let Some(event) = Event::of(&entry.event) {
            adjustment(event, batch);
        }
        Ok(())
    }
}

fn adjustment(event: &AdjustmentEvent, batch: &mut Batch) {
    let at = batch.at();
    match event {
        AdjustmentEvent::Requested { adjustment, owner, asset, change, reason, by } => {
            let expires_at = match change {
                Change::Grant { expires_at, .. } => *expires_at,
                Change::Add { .. } | Change::Take { .. } => None,
            };
            batch.insert(Adjustment {
                id: adjustment.0,
                user_id: owner.0,
                asset: asset.code().to_owned(),
                kind: change.word().to_owned(),
                amount: change.amount().get(),
                expires_at,
                reason: reason.clone(),
                status: Status::Requested.word().to_owned(),
                requested_by: by.0,
                decided_by: None,
                rejection: None,
                moved: 0,
                owed: 0,
                created_at: at,
                updated_at: at,
            });
        }
        AdjustmentEvent::Approved { adjustment, by } => {
            let by = by.0;
            batch.update::<Adjustment>(adjustment.0, move |row| row.decided_by = Some(by));
        }
        AdjustmentEvent::Rejected { adjustment, by, reason } => {
            let (by, reason) = (by.0, reason.clone());
            batch.update::<Adjustment>(adjustment.0, move |row| {
                row.status = Status::Rejected.word().to_owned();
                row.decided_by = Some(by);
                row.rejection = Some(reason);
            });
        }
        AdjustmentEvent::Executed { adjustment, moved, owed } => {
            let (moved, owed) = (moved.get(), owed.get());
            batch.update::<Adjustment>(adjustment.0, move |row| {
                row.status = Status::Executed.word().to_owned();
                (row.moved, row.owed) = (moved, owed);
            });
        }
    }
}
