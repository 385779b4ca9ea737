//! Each paid invoice is granted once, each month of a year once; each grant of a subscription has its
//! source, and is what was promised; for an invoice that was given back exactly the credits go that it
//! says, from lots or as debt; a tier is the fold of its changes (b3.5, IAM-09).

use std::collections::{HashMap, HashSet};

use domain::invoices::{BillingReason, InvoiceEvent, Mismatch};
use domain::plans::Tier;
use domain::subscriptions::SubscriptionEvent;
use domain::users::UserEvent;
use domain::wallets::{GrantSource, RevokeReason, WalletEvent};
use domain::{Amount, InvoiceId, LotId, UserId};

use super::CHECK;
use crate::verify::finding::Findings;

/// What subscriptions promised and gave.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    /// Invoices of a period that were paid.
    paid: HashMap<InvoiceId, i64>,
    granted: HashSet<InvoiceId>,
    /// Billed in another currency.
    withheld: HashSet<InvoiceId>,
    promised: HashMap<LotId, Promise>,
    given: HashMap<LotId, Promise>,
    returns: HashMap<InvoiceId, Return>,
    tiers: HashMap<UserId, Tier>,
}

/// A lot, whose, how much, and where it was said.
#[derive(Debug, Clone, Copy)]
struct Promise {
    user: UserId,
    amount: Amount,
    position: i64,
}

/// Credits that went for an invoice that was given back: taken and owed.
#[derive(Debug, Default)]
struct Return {
    told: (i64, i64),
    done: (i64, i64),
    last: i64,
}

impl Subscriptions {
    pub(super) fn see_invoice(
        &mut self,
        event: &InvoiceEvent,
        position: i64,
        findings: &mut Findings,
    ) {
        match event {
            InvoiceEvent::Observed { invoice, shown, .. } => {
                let of_period = shown.reason != BillingReason::Updated;
                if of_period && shown.status.was_paid() {
                    self.paid.entry(*invoice).or_insert(position);
                }
            }
            InvoiceEvent::CreditsGranted { invoice, user, lot, amount, .. } => {
                if !self.granted.insert(*invoice) {
                    findings.at(CHECK, position, format!("invoice {invoice} was granted twice"));
                }
                self.promise(*lot, Promise { user: *user, amount: *amount, position });
            }
            InvoiceEvent::Mismatched { invoice, mismatch: Mismatch::Currency { .. }, .. } => {
                self.withheld.insert(*invoice); // Nothing is to be granted for it.
            }
            InvoiceEvent::Mismatched { mismatch: Mismatch::Price { .. }, .. } => {}
            InvoiceEvent::Refunded { invoice, revoked, owed, .. } => {
                let back = self.returns.entry(*invoice).or_default();
                back.told = (back.told.0 + revoked.get(), back.told.1 + owed.get());
                back.last = position;
            }
        }
    }

    pub(super) fn see(&mut self, event: &SubscriptionEvent, position: i64) {
        if let SubscriptionEvent::MonthGranted { user, lot, amount, .. } = event {
            self.promise(*lot, Promise { user: *user, amount: *amount, position });
        }
    }

    pub(super) fn see_wallet(
        &mut self,
        event: &WalletEvent,
        position: i64,
        findings: &mut Findings,
    ) {
        self.see_return(event, position);
        let WalletEvent::Granted { owner, lot, amount, source, .. } = event else { return };
        match source {
            GrantSource::Invoice { .. }
            | GrantSource::Month { .. }
            | GrantSource::Upgrade { .. } => {
                let given = Promise { user: *owner, amount: *amount, position };
                if self.given.insert(*lot, given).is_some() {
                    findings.at(CHECK, position, format!("lot {lot} was granted twice"));
                }
            }
            GrantSource::Welcome
            | GrantSource::Purchase { .. }
            | GrantSource::MakeGood { .. }
            | GrantSource::Rollover { .. }
            | GrantSource::Bonus { .. }
            | GrantSource::Adjustment { .. } => {}
        }
    }

    fn see_return(&mut self, event: &WalletEvent, position: i64) {
        let (reason, taken, owed) = match event {
            WalletEvent::Revoked { reason, amount, .. } => (reason, amount.get(), 0),
            WalletEvent::DebtRecorded { reason, amount, .. } => (reason, 0, amount.get()),
            WalletEvent::Granted { .. }
            | WalletEvent::Held { .. }
            | WalletEvent::Captured { .. }
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
            | WalletEvent::EndsSoon { .. } => return,
        };
        if let RevokeReason::InvoiceRefunded { invoice } = reason {
            let back = self.returns.entry(*invoice).or_default();
            back.done = (back.done.0 + taken, back.done.1 + owed);
            back.last = position;
        }
    }

    pub(super) fn see_user(&mut self, event: &UserEvent, position: i64, findings: &mut Findings) {
        if let UserEvent::TierChanged { user, from, to, .. } = event {
            let known = self.tiers.insert(*user, *to).unwrap_or_default();
            if known != *from {
                let detail = format!("user {user} changed from the tier {from}, which was {known}");
                findings.at(CHECK, position, detail);
            }
        }
        if let UserEvent::EntitlementsChanged { user, entitlements, .. } = event {
            let known = self.tiers.get(user).copied().unwrap_or_default();
            if known != entitlements.plan {
                let plan = entitlements.plan;
                let detail = format!("user {user} is {known} and was given what {plan} gives");
                findings.at(CHECK, position, detail);
            }
        }
    }

    pub(super) fn finish(&self, findings: &mut Findings) {
        for (invoice, position) in &self.paid {
            if self.granted.contains(invoice) == self.withheld.contains(invoice) {
                let what = match self.granted.contains(invoice) {
                    true => "was granted in another currency",
                    false => "was paid and not granted",
                };
                findings.at(CHECK, *position, format!("invoice {invoice} {what}"));
            }
        }
        for (invoice, back) in self.returns.iter().filter(|(_, back)| back.told != back.done) {
            let detail = format!("invoice {invoice} was given back and credits went otherwise");
            findings.at(CHECK, back.last, detail);
        }
        for (lot, promise) in &self.promised {
            let kept = self
                .given
                .get(lot)
                .is_some_and(|given| (given.user, given.amount) == (promise.user, promise.amount));
            if !kept {
                let detail = format!("lot {lot} of a subscription was not granted as promised");
                findings.at(CHECK, promise.position, detail);
            }
        }
        for (lot, given) in &self.given {
            if !self.promised.contains_key(lot) {
                let detail = format!("lot {lot} was granted and no subscription promised it");
                findings.at(CHECK, given.position, detail);
            }
        }
    }

    /// A plan without credits promises none. An invoice of a year speaks of its first month's lot.
    fn promise(&mut self, lot: LotId, promise: Promise) {
        if !promise.amount.is_zero() {
            self.promised.entry(lot).or_insert(promise);
        }
    }
}
