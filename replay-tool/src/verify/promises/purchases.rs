//! Each approved purchase is granted once, to its buyer, as many tokens as were bought, and again only
//! after its deposit was taken back; for money that went back, exactly the tokens went that the
//! purchase says, by refund, by revoking or as debt, and never more money than was paid. Each grant
//! has its source, and each user one welcome (LED-05).

use std::collections::{HashMap, HashSet};

use domain::purchases::PurchaseEvent;
use domain::wallets::{GrantSource, Purpose, RevokeReason, WalletEvent};
use domain::{Amount, PurchaseId, RefundId, UserId};

use super::CHECK;
use crate::verify::finding::Findings;

/// Purchases and what became of them.
#[derive(Debug, Default)]
pub(super) struct Purchases {
    deals: HashMap<PurchaseId, Deal>,
    refunds: HashMap<RefundId, PurchaseId>,
    welcomed: HashSet<UserId>,
}

/// One purchase; positions where it happened.
#[derive(Debug, Default)]
struct Deal {
    agreed: Option<(UserId, Amount)>,
    price: i64,
    /// Unless the deposit was taken back since.
    approved: Option<i64>,
    granted: Option<i64>,
    /// Tokens that went back for money: as the purchase says, and as wallets say.
    told: i64,
    taken: i64,
    /// Whole won that went back.
    repaid: i64,
    last: i64,
}

impl Deal {
    /// Tokens, and the money they went for, by the purchase.
    fn goes_back(&mut self, tokens: Amount, won: i64, position: i64) {
        self.told += tokens.get();
        self.repaid += won;
        self.last = position;
    }

    /// Tokens, by a wallet.
    fn took(&mut self, tokens: i64, position: i64) {
        self.taken += tokens;
        self.last = position;
    }
}

impl Purchases {
    pub(super) fn see(&mut self, event: &PurchaseEvent, position: i64, findings: &mut Findings) {
        match event {
            PurchaseEvent::Initiated { purchase, buyer, tokens, amount, .. } => {
                let deal = self.deals.entry(*purchase).or_default();
                (deal.agreed, deal.price) = (Some((*buyer, *tokens)), *amount);
            }
            PurchaseEvent::Approved { purchase, .. } => {
                let deal = self.deals.entry(*purchase).or_default();
                if deal.approved.replace(position).is_some() {
                    findings.at(CHECK, position, format!("purchase {purchase} was approved twice"));
                }
            }
            PurchaseEvent::DepositReversed { purchase, tokens, .. } => {
                let deal = self.deals.entry(*purchase).or_default();
                (deal.approved, deal.granted) = (None, None);
                deal.goes_back(*tokens, 0, position);
            }
            PurchaseEvent::CanceledExternally { purchase, cancels, tokens, .. } => {
                let won = cancels.iter().map(|cancel| cancel.amount).sum();
                self.deals.entry(*purchase).or_default().goes_back(*tokens, won, position);
            }
            PurchaseEvent::RefundRequested { purchase, refund, .. } => {
                self.refunds.insert(*refund, *purchase);
            }
            PurchaseEvent::RefundExecuted { purchase, tokens, amount, .. } => {
                self.deals.entry(*purchase).or_default().goes_back(*tokens, *amount, position);
            }
            PurchaseEvent::Tampered { .. }
            | PurchaseEvent::ConfirmRequested { .. }
            | PurchaseEvent::Declined { .. }
            | PurchaseEvent::PutInDoubt { .. }
            | PurchaseEvent::DepositAccountIssued { .. }
            | PurchaseEvent::RefundApproved { .. }
            | PurchaseEvent::RefundRejected { .. }
            | PurchaseEvent::RefundPutInDoubt { .. }
            | PurchaseEvent::RefundFailed { .. }
            | PurchaseEvent::ReconcileRequested { .. }
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
        match event {
            WalletEvent::Granted { owner, amount, source, .. } => {
                self.see_grant((*owner, *amount), source, position, findings);
            }
            WalletEvent::Captured { purpose: Purpose::Refund(refund), captured, .. } => {
                let Some(purchase) = self.refunds.get(refund) else {
                    let detail = format!("refund {refund} took tokens and was never asked for");
                    findings.at(CHECK, position, detail);
                    return;
                };
                let tokens = Amount::total(captured.iter().map(|draw| draw.amount));
                self.deals.entry(*purchase).or_default().took(tokens, position);
            }
            WalletEvent::Revoked { amount, reason, .. }
            | WalletEvent::DebtRecorded { amount, reason, .. } => {
                if let RevokeReason::PaymentCanceled { purchase } = reason {
                    self.deals.entry(*purchase).or_default().took(amount.get(), position);
                }
            }
            WalletEvent::Captured { .. }
            | WalletEvent::Held { .. }
            | WalletEvent::Released { .. }
            | WalletEvent::HoldExpired { .. }
            | WalletEvent::LotExpired { .. }
            | WalletEvent::TransferSent { .. }
            | WalletEvent::TransferReceived { .. }
            | WalletEvent::Earned { .. }
            | WalletEvent::DebtSettled { .. }
            | WalletEvent::Adjusted { .. }
            | WalletEvent::OverrunAbsorbed { .. }
            | WalletEvent::TipSent { .. }
            | WalletEvent::TipEarned { .. }
            | WalletEvent::AlertsSet { .. }
            | WalletEvent::RanLow { .. }
            | WalletEvent::EndsSoon { .. } => {}
        }
    }

    fn see_grant(
        &mut self,
        grant: (UserId, Amount),
        source: &GrantSource,
        position: i64,
        findings: &mut Findings,
    ) {
        match source {
            GrantSource::Purchase { purchase } => {
                let deal = self.deals.entry(*purchase).or_default();
                if deal.granted.replace(position).is_some() {
                    findings.at(CHECK, position, format!("purchase {purchase} was granted twice"));
                }
                if deal.agreed.is_some_and(|agreed| agreed != grant) {
                    let detail = format!("purchase {purchase} was granted otherwise than bought");
                    findings.at(CHECK, position, detail);
                }
            }
            GrantSource::Welcome => {
                if !self.welcomed.insert(grant.0) {
                    findings.at(CHECK, position, format!("user {} was welcomed twice", grant.0));
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
            let Deal { told, taken, repaid, price, last, .. } = deal;
            if told != taken {
                let detail =
                    format!("purchase {purchase} gave {told} tokens back, wallets {taken}");
                findings.at(CHECK, *last, detail);
            }
            if repaid > price {
                let detail = format!("purchase {purchase} gave {repaid} won back of {price}");
                findings.at(CHECK, *last, detail);
            }
        }
    }
}
