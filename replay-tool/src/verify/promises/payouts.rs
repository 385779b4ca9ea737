//! Each payout that was paid captured exactly the earnings it was asked for, once; one that was not
//! captured nothing (P8).

use std::collections::HashMap;

use domain::payouts::PayoutEvent;
use domain::wallets::{Purpose, WalletEvent};
use domain::{Amount, PayoutId};

use super::CHECK;
use crate::verify::finding::Findings;

/// Payouts and what became of them.
#[derive(Debug, Default)]
pub(super) struct Payouts(HashMap<PayoutId, Deal>);

/// One payout; positions where it happened.
#[derive(Debug, Default)]
struct Deal {
    amount: Amount,
    settled: Option<i64>,
    captured: Option<i64>,
}

impl Payouts {
    pub(super) fn see(&mut self, event: &PayoutEvent, position: i64, findings: &mut Findings) {
        match event {
            PayoutEvent::Requested { payout, amount, .. } => {
                self.0.entry(*payout).or_default().amount = *amount;
            }
            PayoutEvent::Settled { payout, .. } => {
                let deal = self.0.entry(*payout).or_default();
                if deal.settled.replace(position).is_some() {
                    findings.at(CHECK, position, format!("payout {payout} was settled twice"));
                }
            }
            PayoutEvent::Approved { .. }
            | PayoutEvent::Rejected { .. }
            | PayoutEvent::Failed { .. }
            | PayoutEvent::Canceled { .. }
            | PayoutEvent::AccountViewed { .. } => {}
        }
    }

    pub(super) fn see_wallet(
        &mut self,
        event: &WalletEvent,
        position: i64,
        findings: &mut Findings,
    ) {
        let WalletEvent::Captured { purpose: Purpose::Payout(payout), captured, .. } = event else {
            return;
        };
        let deal = self.0.entry(*payout).or_default();
        let (paid, asked) =
            (Amount::total(captured.iter().map(|draw| draw.amount)), deal.amount.get());
        if paid != asked {
            findings.at(CHECK, position, format!("payout {payout} took {paid}, not {asked}"));
        }
        if deal.captured.replace(position).is_some() {
            findings.at(CHECK, position, format!("payout {payout} was captured twice"));
        }
    }

    pub(super) fn finish(&self, findings: &mut Findings) {
        for (payout, deal) in &self.0 {
            match (deal.settled, deal.captured) {
                (Some(position), None) => {
                    let detail = format!("payout {payout} was settled and took no earnings");
                    findings.at(CHECK, position, detail);
                }
                (None, Some(position)) => {
                    let detail = format!("payout {payout} took earnings and was never settled");
                    findings.at(CHECK, position, detail);
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
    }
}
