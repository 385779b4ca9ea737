//! What users see of their money: `wallet_balances`, `lots`, `credit_reservations` (the holds) and
//! `transactions` (one row per movement of what they own).

mod balance;
mod lot;
mod movement;
mod reservation;
mod transaction;

pub use balance::*;
pub use lot::*;
pub use reservation::*;
pub use transaction::*;

use domain::wallets::{Draw, WalletEvent};
use domain::{Amount, Event};
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};
use crate::projector::Opener;
use movement::{Kind, Movement};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] =
    &[balance::STATEMENTS, lot::STATEMENTS, reservation::STATEMENTS, transaction::STATEMENTS];

/// Fills the wallets' tables.
pub struct Wallets;

impl Projector for Wallets {
    fn name(&self) -> &'static str {
        "wallets"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["wallet"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[
            WalletBalance::DEFINITION,
            Lot::DEFINITION,
            Reservation::DEFINITION,
            Transaction::DEFINITION,
        ]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, keyring: &Keyring) -> Result<(), Poison> {
        match &entry.event {
            Event::Wallet(event) => {
                lot::apply(event, batch);
                reservation::apply(event, batch);
                let memo = memo(event, &Opener::of(entry, keyring))?;
                Movement { memo, ..movement(event, entry) }.record(entry, batch);
            }
            Event::User(_)
            | Event::Artist(_)
            | Event::Purchase(_)
            | Event::Webhook(_)
            | Event::Style(_)
            | Event::Model(_)
            | Event::Generation(_)
            | Event::Worker(_)
            | Event::Image(_)
            | Event::Like(_) => {}
        }
        Ok(())
    }
}

/// What the event moves between wallets, as its owner sees it.
fn movement(event: &WalletEvent, entry: &Entry) -> Movement {
    let at = entry.recorded.recorded_at;
    match event {
        WalletEvent::Granted { owner, asset, amount, source, .. } => Movement {
            posted: amount.get(),
            granted_at: Some(at),
            receiver: Some(*owner),
            ..Movement::of(*owner, *asset, Kind::of_grant(source))
        },
        WalletEvent::Held { owner, asset, draws, .. } => {
            Movement { held: total(draws), ..Movement::of(*owner, *asset, Kind::None) }
        }
        WalletEvent::Captured { owner, asset, generation, captured, released, .. } => Movement {
            posted: -total(captured),
            held: -total(captured) - total(released),
            sender: Some(*owner),
            generation: Some(*generation),
            ..Movement::of(*owner, *asset, Kind::GenerationPayment)
        },
        WalletEvent::Released { owner, asset, released, .. }
        | WalletEvent::HoldExpired { owner, asset, released, .. } => {
            Movement { held: -total(released), ..Movement::of(*owner, *asset, Kind::None) }
        }
        WalletEvent::LotExpired { owner, asset, amount, .. } => Movement {
            posted: -amount.get(),
            sender: Some(*owner),
            ..Movement::of(*owner, *asset, Kind::Expiry)
        },
        WalletEvent::TransferSent { owner, asset, transfer, to, draws, .. } => Movement {
            posted: -total(draws),
            sender: Some(*owner),
            receiver: Some(*to),
            ..Movement::of(*owner, *asset, Kind::Transfer(*transfer))
        },
        WalletEvent::TransferReceived { owner, asset, transfer, from, amount, .. } => Movement {
            posted: amount.get(),
            sender: Some(*from),
            receiver: Some(*owner),
            ..Movement::of(*owner, *asset, Kind::Transfer(*transfer))
        },
        WalletEvent::Earned { owner, asset, generation, style, payer, amount, .. } => Movement {
            posted: amount.get(),
            sender: Some(*payer),
            receiver: Some(*owner),
            generation: Some(*generation),
            style: Some(*style),
            ..Movement::of(*owner, *asset, Kind::ArtistEarning)
        },
    }
}

/// The sender's word to the receiver; only the sender's event carries it.
fn memo(event: &WalletEvent, opener: &Opener<'_>) -> Result<Option<String>, Poison> {
    match event {
        WalletEvent::TransferSent { memo, .. } => {
            memo.as_ref().map(|memo| opener.open(memo, "memo")).transpose()
        }
        WalletEvent::Granted { .. }
        | WalletEvent::Held { .. }
        | WalletEvent::Captured { .. }
        | WalletEvent::Released { .. }
        | WalletEvent::HoldExpired { .. }
        | WalletEvent::LotExpired { .. }
        | WalletEvent::TransferReceived { .. }
        | WalletEvent::Earned { .. } => Ok(None),
    }
}

/// How much the draws are together.
fn total(draws: &[Draw]) -> i64 {
    Amount::total(draws.iter().map(|draw| draw.amount))
}
