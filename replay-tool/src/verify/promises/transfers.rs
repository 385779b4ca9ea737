//! What one user sends another receives, in the same append (LED-06); what is given to an artist is
//! earned, less the platform's share.

use std::collections::HashMap;

use domain::wallets::WalletEvent;
use domain::{Amount, Asset, TransferId, UserId};

use super::CHECK;
use crate::verify::finding::Findings;

/// Transfers and tips that were sent and not received yet: at no end of a block is there any.
#[derive(Debug, Default)]
pub(super) struct Transfers(HashMap<TransferId, Sent>);

#[derive(Debug)]
struct Sent {
    what: What,
    position: i64,
}

/// From, to, of what, how much.
type What = (UserId, UserId, Asset, i64);

impl Transfers {
    pub(super) fn see(&mut self, event: &WalletEvent, position: i64, findings: &mut Findings) {
        match event {
            WalletEvent::TransferSent { owner, asset, transfer, to, draws, .. } => {
                let amount = Amount::total(draws.iter().map(|draw| draw.amount));
                let what = (*owner, *to, *asset, amount);
                self.0.insert(*transfer, Sent { what, position });
            }
            WalletEvent::TransferReceived { owner, asset, transfer, from, amount, .. } => {
                let received = (*from, *owner, *asset, amount.get());
                if self.0.remove(transfer).is_none_or(|sent| sent.what != received) {
                    let detail = format!("transfer {transfer} was received otherwise than sent");
                    findings.at(CHECK, position, detail);
                }
            }
            WalletEvent::TipSent { owner, artist, tip, draws, .. } => {
                let amount = Amount::total(draws.iter().map(|draw| draw.amount));
                let what = (*owner, *artist, Asset::Earning, amount);
                self.0.insert(*tip, Sent { what, position });
            }
            WalletEvent::TipEarned { owner, asset, tip, amount } => {
                let received = (tip.payer, *owner, *asset, tip.gross.get());
                let whole = tip.fee.plus(*amount) == tip.gross;
                if !whole || self.0.remove(&tip.tip).is_none_or(|sent| sent.what != received) {
                    let detail = format!("tip {} was earned otherwise than given", tip.tip);
                    findings.at(CHECK, position, detail);
                }
            }
            WalletEvent::Granted { .. }
            | WalletEvent::Held { .. }
            | WalletEvent::Captured { .. }
            | WalletEvent::Released { .. }
            | WalletEvent::HoldExpired { .. }
            | WalletEvent::LotExpired { .. }
            | WalletEvent::Earned { .. }
            | WalletEvent::Revoked { .. }
            | WalletEvent::DebtRecorded { .. }
            | WalletEvent::DebtSettled { .. }
            | WalletEvent::Adjusted { .. }
            | WalletEvent::OverrunAbsorbed { .. }
            | WalletEvent::AlertsSet { .. }
            | WalletEvent::RanLow { .. }
            | WalletEvent::EndsSoon { .. } => {}
        }
    }

    pub(super) fn finish(&self, findings: &mut Findings) {
        for (transfer, sent) in &self.0 {
            let detail = format!("transfer {transfer} was sent and never received");
            findings.at(CHECK, sent.position, detail);
        }
    }
}
