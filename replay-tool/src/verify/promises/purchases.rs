//! Each approved purchase is granted once, to its buyer, as many tokens as were bought; each grant
//! has its source, and each user one welcome (LED-05).

use std::collections::{HashMap, HashSet};

use domain::purchases::PurchaseEvent;
use domain::wallets::{GrantSource, WalletEvent};
use domain::{Amount, PurchaseId, UserId};

use super::CHECK;
use crate::verify::finding::Findings;

/// Purchases and what became of them.
#[derive(Debug, Default)]
pub(super) struct Purchases {
    deals: HashMap<PurchaseId, Deal>,
    welcomed: HashSet<UserId>,
}

/// One purchase; positions where it happened.
#[derive(Debug, Default)]
struct Deal {
    agreed: Option<(UserId, Amount)>,
    approved: Option<i64>,
    granted: Option<i64>,
}

impl Purchases {
    pub(super) fn see(&mut self, event: &PurchaseEvent, position: i64, findings: &mut Findings) {
        match event {
            PurchaseEvent::Initiated { purchase, buyer, tokens, .. } => {
                self.deals.entry(*purchase).or_default().agreed = Some((*buyer, *tokens));
            }
            PurchaseEvent::Approved { purchase, .. } => {
                let deal = self.deals.entry(*purchase).or_default();
                if deal.approved.replace(position).is_some() {
                    findings.at(CHECK, position, format!("purchase {purchase} was approved twice"));
                }
            }
            PurchaseEvent::Tampered { .. }
            | PurchaseEvent::ConfirmRequested { .. }
            | PurchaseEvent::Declined { .. }
            | PurchaseEvent::PutInDoubt { .. }
            | PurchaseEvent::DepositAwaited { .. }
            | PurchaseEvent::TokensGranted { .. }
            | PurchaseEvent::Mismatched { .. }
            | PurchaseEvent::Canceled { .. }
            | PurchaseEvent::Expired { .. } => {}
        }
    }

    pub(super) fn see_wallet(
        &mut self,
        event: &WalletEvent,
        position: i64,
        findings: &mut Findings,
    ) {
        let WalletEvent::Granted { owner, amount, source, .. } = event else { return };
        match source {
            GrantSource::Purchase { purchase } => {
                let deal = self.deals.entry(*purchase).or_default();
                if deal.granted.replace(position).is_some() {
                    findings.at(CHECK, position, format!("purchase {purchase} was granted twice"));
                }
                if deal.agreed.is_some_and(|agreed| agreed != (*owner, *amount)) {
                    let detail = format!("purchase {purchase} was granted otherwise than bought");
                    findings.at(CHECK, position, detail);
                }
            }
            GrantSource::Welcome => {
                if !self.welcomed.insert(*owner) {
                    findings.at(CHECK, position, format!("user {owner} was welcomed twice"));
                }
            }
            GrantSource::MakeGood { .. }
            | GrantSource::Invoice { .. }
            | GrantSource::Month { .. }
            | GrantSource::Upgrade { .. }
            | GrantSource::Rollover { .. }
            | GrantSource::Bonus { .. }
            | GrantSource::Adjustment { .. } => {}
        }
    }

    pub(super) fn finish(&self, findings: &mut Findings) {
        for (purchase, deal) in &self.deals {
            match (deal.approved, deal.granted) {
                (Some(position), None) => {
                    let detail = format!("purchase {purchase} was paid and not granted");
                    findings.at(CHECK, position, detail);
                }
                (None, Some(position)) => {
                    let detail = format!("purchase {purchase} was granted and not paid");
                    findings.at(CHECK, position, detail);
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
    }
}
