//! `payouts`: earnings on their way to a bank; `payout_accounts`: where they go (P8).

mod account;
mod payout;

pub use account::*;
pub use payout::*;

use domain::artists::ArtistEvent;
use domain::payouts::{PayoutEvent, Status};
use domain::users::UserEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};
use crate::projector::Opener;

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[account::STATEMENTS, payout::STATEMENTS];

/// Fills the payouts' tables.
pub struct Payouts;

impl Projector for Payouts {
    fn name(&self) -> &'static str {
        "payouts"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["artist", "payout", "user"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[PayoutAccount::DEFINITION, Payout::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, keyring: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            artist(event, batch, &Opener::of(entry, keyring))?;
        }
        if let Some(event) = entry.event.of() {
            payout(event, batch);
        }
        if let Some(UserEvent::Erased { user, .. }) = entry.event.of() {
            batch.remove_person::<PayoutAccount>("artist_id", user.0);
        }
        Ok(())
    }
}

fn artist(event: &ArtistEvent, batch: &mut Batch, opener: &Opener<'_>) -> Result<(), Poison> {
    match event {
        ArtistEvent::PayoutAccountSet { artist, version, bank, account_number, holder_name } => {
            batch.insert(PayoutAccount {
                artist_id: artist.0,
                version: i64::from(*version),
                bank: bank.clone(),
                account_number: opener.open(account_number, "account_number")?,
                holder_name: opener.open(holder_name, "holder_name")?,
                created_at: batch.at(),
                updated_at: batch.at(),
            });
        }
        ArtistEvent::Registered { .. }
        | ArtistEvent::Renamed { .. }
        | ArtistEvent::SignatureImageSet { .. }
        | ArtistEvent::EmailVerificationRequested { .. }
        | ArtistEvent::EmailVerified { .. }
        | ArtistEvent::StyleAdded { .. } => {}
    }
    Ok(())
}

fn payout(event: &PayoutEvent, batch: &mut Batch) {
    match event {
        PayoutEvent::Requested { payout, artist, amount, deal, account } => batch.insert(Payout {
            id: payout.0,
            artist_id: artist.0,
            amount: amount.get(),
            unit_price: deal.unit_price.to_string(),
            currency_code: domain::purchases::CURRENCY.to_owned(),
            withholding_basis_points: i64::from(deal.withholding_basis_points),
            gross: deal.gross,
            withheld: deal.withheld,
            net: deal.net,
            account_version: i64::from(*account),
            status: Status::Requested.word().to_owned(),
            reason: None,
            reference: None,
            approved_at: None,
            closed_at: None,
            created_at: batch.at(),
            updated_at: batch.at(),
        }),
        PayoutEvent::Approved { payout, by: _ } => {
            let at = batch.at();
            batch.update::<Payout>(payout.0, move |row| {
                row.status = Status::Approved.word().to_owned();
                row.approved_at = Some(at);
            });
        }
        PayoutEvent::Rejected { payout, reason } => {
            close(*payout, Status::Rejected, (Some(reason.clone()), None), batch);
        }
        PayoutEvent::Settled { payout, reference } => {
            close(*payout, Status::Paid, (None, Some(reference.clone())), batch);
        }
        PayoutEvent::Failed { payout, reason } => {
            close(*payout, Status::Failed, (Some(reason.clone()), None), batch);
        }
        PayoutEvent::Canceled { payout } => {
            close(*payout, Status::Canceled, (None, None), batch);
        }
        PayoutEvent::AccountViewed { .. } => {} // In the log of acts.
    }
}

fn close(
    payout: domain::PayoutId,
    status: Status,
    (reason, reference): (Option<String>, Option<String>),
    batch: &mut Batch,
) {
    let at = batch.at();
    batch.update::<Payout>(payout.0, move |row| {
        row.status = status.word().to_owned();
        row.reason = reason;
        row.reference = reference;
        row.closed_at = Some(at);
    });
}
