//! Each adjustment by support that was executed moved exactly what it says, once, agreed by two or
//! counted as what one moved alone; one that was not executed moved nothing (LED-15).

use std::collections::HashMap;

use domain::adjustments::{AdjustmentEvent, AllowanceEvent, Change};
use domain::wallets::{Draw, GrantSource, RevokeReason, WalletEvent};
use domain::{AdjustmentId, Amount, Asset, UserId};

use super::CHECK;
use crate::verify::finding::Findings;

/// Adjustments and what became of them.
#[derive(Debug, Default)]
pub(super) struct Adjustments(HashMap<AdjustmentId, Deal>);

/// One adjustment; positions where it happened.
#[derive(Debug, Default)]
struct Deal {
    asked: Option<(UserId, Asset, Change, UserId)>,
    /// Where, and how much was given or taken, and owed.
    executed: Option<(i64, i64, i64)>,
    /// Where the wallet moved last, and how much altogether.
    moved: Option<(i64, i64)>,
    owed: i64,
    /// A second person said yes, or it counts as what one moved alone.
    allowed: bool,
}

impl Adjustments {
    pub(super) fn see(&mut self, event: &AdjustmentEvent, position: i64, findings: &mut Findings) {
        match event {
            AdjustmentEvent::Requested { adjustment, owner, asset, change, by, .. } => {
                self.deal(*adjustment).asked = Some((*owner, *asset, *change, *by));
            }
            AdjustmentEvent::Approved { adjustment, by }
            | AdjustmentEvent::Rejected { adjustment, by, .. } => {
                let deal = self.deal(*adjustment);
                deal.allowed |= matches!(event, AdjustmentEvent::Approved { .. });
                let asked = deal.asked;
                if asked.is_none_or(|(owner, _, _, asker)| [owner, asker].contains(by)) {
                    let detail = format!("adjustment {adjustment} was decided by who may not");
                    findings.at(CHECK, position, detail);
                }
            }
            AdjustmentEvent::Executed { adjustment, moved, owed } => {
                let executed = (position, moved.get(), owed.get());
                if self.deal(*adjustment).executed.replace(executed).is_some() {
                    let detail = format!("adjustment {adjustment} was executed twice");
                    findings.at(CHECK, position, detail);
                }
            }
        }
    }

    pub(super) fn see_alone(&mut self, event: &AllowanceEvent) {
        match event {
            AllowanceEvent::Used { adjustment, .. } => self.deal(*adjustment).allowed = true,
        }
    }

    pub(super) fn see_wallet(
        &mut self,
        event: &WalletEvent,
        position: i64,
        findings: &mut Findings,
    ) {
        let (adjustment, moved, owed) = match event {
            WalletEvent::Granted {
                source: GrantSource::Bonus { adjustment } | GrantSource::Adjustment { adjustment },
                amount,
                ..
            } => (*adjustment, amount.get(), 0),
            WalletEvent::Adjusted { adjustment, paid, promo, .. } => {
                (*adjustment, total(paid) + total(promo), 0)
            }
            WalletEvent::DebtRecorded {
                reason: RevokeReason::Adjustment { adjustment },
                amount,
                ..
            } => (*adjustment, 0, amount.get()),
            WalletEvent::Granted { .. }
            | WalletEvent::DebtRecorded { .. }
            | WalletEvent::Held { .. }
            | WalletEvent::Captured { .. }
            | WalletEvent::Released { .. }
            | WalletEvent::HoldExpired { .. }
            | WalletEvent::LotExpired { .. }
            | WalletEvent::TransferSent { .. }
            | WalletEvent::TransferReceived { .. }
            | WalletEvent::Earned { .. }
            | WalletEvent::Revoked { .. }
            | WalletEvent::DebtSettled { .. }
            | WalletEvent::OverrunAbsorbed { .. }
            | WalletEvent::TipSent { .. }
            | WalletEvent::TipEarned { .. }
            | WalletEvent::AlertsSet { .. }
            | WalletEvent::RanLow { .. }
            | WalletEvent::EndsSoon { .. } => return,
        };
        let deal = self.deal(adjustment);
        if deal
            .asked
            .is_none_or(|(owner, asset, ..)| (owner, asset) != (event.owner(), event.asset()))
        {
            let detail = format!("adjustment {adjustment} moved another wallet than it names");
            findings.at(CHECK, position, detail);
        }
        deal.moved = Some((position, deal.moved.map_or(0, |(_, before)| before) + moved));
        deal.owed += owed;
    }

    pub(super) fn finish(&self, findings: &mut Findings) {
        for (adjustment, deal) in &self.0 {
            let moved = deal.moved.map_or(0, |(_, moved)| moved);
            let wish = deal.asked.map_or(0, |(_, _, change, _)| change.amount().get());
            match (deal.executed, deal.moved) {
                (Some((position, said, owed)), _)
                    if (said, owed) != (moved, deal.owed) || said + owed != wish =>
                {
                    let detail = format!("adjustment {adjustment} moved otherwise than it says");
                    findings.at(CHECK, position, detail);
                }
                (Some((position, ..)), _) if !deal.allowed => {
                    let detail = format!("adjustment {adjustment} was executed by nobody's leave");
                    findings.at(CHECK, position, detail);
                }
                (None, Some((position, _))) => {
                    let detail = format!("adjustment {adjustment} moved money unexecuted");
                    findings.at(CHECK, position, detail);
                }
                (Some(_), _) | (None, None) => {}
            }
        }
    }

    fn deal(&mut self, adjustment: AdjustmentId) -> &mut Deal {
        self.0.entry(adjustment).or_default()
    }
}

fn total(draws: &[Draw]) -> i64 {
    Amount::total(draws.iter().map(|draw| draw.amount))
}
