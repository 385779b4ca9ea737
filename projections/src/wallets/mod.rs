//! What users see of their money: `wallet_balances`, `lots`, `credit_reservations` (the holds) and
//! `transactions` (one row per movement of what they own) with `received_memos`, `artist_earnings`.

mod balance;
mod earning;
mod kind;
mod lot;
mod memo;
mod movement;
mod reservation;
mod statement;
mod transaction;

pub use balance::*;
pub use earning::*;
pub use kind::TransactionKind;
pub use lot::*;
pub use memo::*;
pub use reservation::*;
pub use statement::*;
pub use transaction::*;

use domain::users::UserEvent;
use domain::wallets::{Purpose, WalletEvent};
use domain::{Asset, UserId};
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};
use crate::projector::Opener;
use movement::{Kind, Movement};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[
    balance::STATEMENTS,
    earning::STATEMENTS,
    lot::STATEMENTS,
    reservation::STATEMENTS,
    statement::STATEMENTS,
    transaction::STATEMENTS,
];

/// Fills the wallets' tables.
pub struct Wallets;

impl Projector for Wallets {
    fn name(&self) -> &'static str {
        "wallets"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["wallet", "user"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[
            WalletBalance::DEFINITION,
            Lot::DEFINITION,
            Reservation::DEFINITION,
            Transaction::DEFINITION,
            ReceivedMemo::DEFINITION,
            ArtistEarning::DEFINITION,
        ]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, keyring: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            balance::apply(event, batch);
            lot::apply(event, batch);
            reservation::apply(event, batch);
            earning::apply(event, entry, batch);
            let memo = memo(event, &Opener::of(entry, keyring), batch)?;
            Movement { memo, ..movement(event) }.record(entry, batch);
        }
        // What they said with transfers was theirs alone; the money stays in the books.
        if let Some(UserEvent::Erased { user, .. }) = entry.event.of() {
            batch.blank_person::<Transaction>("memo = null", "user_id", user.0);
            batch.remove_person::<ReceivedMemo>("sender_id", user.0);
            batch.remove_person::<ReceivedMemo>("user_id", user.0);
        }
        Ok(())
    }
}

/// What the event is to its owner; how much it moves, the ledger says.
fn movement(event: &WalletEvent) -> Movement {
    let movement = Movement::by(event);
    match event {
        WalletEvent::Granted { owner, source, .. } => Movement {
            kind: Kind::of_grant(source),
            is_grant: true,
            receiver: Some(*owner),
            ..movement
        },
        WalletEvent::Captured { owner, asset, purpose, style, .. } => {
            Movement { style: *style, ..spent((*owner, *asset), *purpose, movement) }
        }
        WalletEvent::LotExpired { owner, .. } => {
            Movement { kind: Kind::Expiry, sender: Some(*owner), ..movement }
        }
        WalletEvent::TransferSent { owner, transfer, to, .. } => Movement {
            kind: Kind::Transfer(*transfer),
            sender: Some(*owner),
            receiver: Some(*to),
            ..movement
        },
        WalletEvent::TransferReceived { owner, transfer, from, .. } => Movement {
            kind: Kind::Transfer(*transfer),
            sender: Some(*from),
            receiver: Some(*owner),
            ..movement
        },
        // Who paid is nobody's business but theirs: an artist is told what, and for which style.
        WalletEvent::Earned { owner, generation, style, .. } => Movement {
            kind: Kind::ArtistEarning,
            receiver: Some(*owner),
            generation: Some(*generation),
            style: Some(*style),
            ..movement
        },
        WalletEvent::Revoked { owner, reason, .. } => {
            Movement { kind: Kind::of_revocation(reason), sender: Some(*owner), ..movement }
        }
        WalletEvent::DebtSettled { owner, .. } => {
            Movement { kind: Kind::Clawback(None), sender: Some(*owner), ..movement }
        }
        WalletEvent::Adjusted { owner, adjustment, .. } => {
            Movement { kind: Kind::Adjustment(*adjustment), sender: Some(*owner), ..movement }
        }
        WalletEvent::TipSent { owner, tip, artist, generation, .. } => Movement {
            kind: Kind::Tip(*tip),
            sender: Some(*owner),
            receiver: Some(*artist),
            generation: *generation,
            ..movement
        },
        WalletEvent::TipEarned { owner, tip, .. } => Movement {
            kind: Kind::Tip(tip.tip),
            sender: Some(tip.payer),
            receiver: Some(*owner),
            generation: tip.generation,
            ..movement
        },
        WalletEvent::Held { .. }
        | WalletEvent::Released { .. }
        | WalletEvent::HoldExpired { .. }
        | WalletEvent::DebtRecorded { .. }
        | WalletEvent::OverrunAbsorbed { .. }
        | WalletEvent::AlertsSet { .. }
        | WalletEvent::RanLow { .. }
        | WalletEvent::EndsSoon { .. } => movement,
    }
}

/// What was held for something is spent on it.
fn spent((owner, asset): (UserId, Asset), purpose: Purpose, movement: Movement) -> Movement {
    let (kind, generation) = match purpose {
        Purpose::Generation(generation) => (Kind::of_work(asset), Some(generation)),
        Purpose::Payout(payout) => (Kind::Payout(payout), None),
        Purpose::Refund(refund) => (Kind::Refund(Some(refund)), None),
    };
    Movement { kind, sender: Some(owner), generation, ..movement }
}

/// The sender's word, of which the receiver gets a row: only the sender's event carries it.
fn memo(
    event: &WalletEvent,
    opener: &Opener<'_>,
    batch: &mut Batch,
) -> Result<Option<String>, Poison> {
    match event {
        WalletEvent::TransferSent { memo: Some(memo), owner, transfer, to, .. } => {
            let memo = opener.open(memo, "memo")?;
            let (transfer_id, user_id, sender_id) = (transfer.0, to.0, owner.0);
            batch.append(ReceivedMemo { transfer_id, user_id, sender_id, memo: memo.clone() });
            Ok(Some(memo))
        }
        WalletEvent::TransferSent { memo: None, .. }
        | WalletEvent::Granted { .. }
        | WalletEvent::Held { .. }
        | WalletEvent::Captured { .. }
        | WalletEvent::Released { .. }
        | WalletEvent::HoldExpired { .. }
        | WalletEvent::LotExpired { .. }
        | WalletEvent::TransferReceived { .. }
        | WalletEvent::Earned { .. }
        | WalletEvent::Revoked { .. }
        | WalletEvent::DebtRecorded { .. }
        | WalletEvent::DebtSettled { .. }
        | WalletEvent::Adjusted { .. }
        | WalletEvent::OverrunAbsorbed { .. }
        | WalletEvent::TipSent { .. }
        | WalletEvent::TipEarned { .. }
        | WalletEvent::AlertsSet { .. }
        | WalletEvent::RanLow { .. }
        | WalletEvent::EndsSoon { .. } => Ok(None),
    }
}
