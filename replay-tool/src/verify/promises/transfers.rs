//! What one user sends another receives, in the same append (LED-06).

use std::collections::HashMap;

use domain::wallets::WalletEvent;
use domain::{Amount, Asset, TransferId, UserId};

use super::CHECK;
use crate::verify::finding::Findings;

/// Transfers that were sent and not received yet: at no end of a block is there any.
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
            WalletEvent::Granted { .. }
            | WalletEvent::Held { .. }
            | WalletEvent::Captured { .. }
            | WalletEvent::Released { .. }
            | WalletEvent::HoldExpired { .. }
            | WalletEvent::LotExpired { .. }
            | WalletEvent::Earned { .. }
            | WalletEvent::Revoked { .. }
            | WalletEvent::DebtRecorded { .. }
            | WalletEvent::DebtSettled { .. } => {}
        }
    }

    pub(super) fn finish(&self, findings: &mut Findings) {
        for (transfer, sent) in &self.0 {
            let detail = format!("transfer {transfer} was sent and never received");
            findings.at(CHECK, sent.position, detail);
        }
    }
}
