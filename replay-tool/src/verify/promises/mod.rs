//! What money promised (b3.5, b3.6): a paid purchase is granted once, as it was bought; a completed
//! generation pays its artist once, as it was agreed; a failed one pays nobody; what one sends
//! another receives; earnings that a payout held leave once it is paid, and only then; a paid invoice
//! of a subscription is granted once; what support gives and takes is what was decided.

mod adjustments;
mod generations;
mod payouts;
mod purchases;
mod subscriptions;
mod transfers;

use domain::Event;

use super::finding::Findings;

const CHECK: &str = "promises";

/// What is still owed, and what was given.
#[derive(Debug, Default)]
pub struct Promises {
    purchases: purchases::Purchases,
    generations: generations::Generations,
    transfers: transfers::Transfers,
    payouts: payouts::Payouts,
    subscriptions: subscriptions::Subscriptions,
    adjustments: adjustments::Adjustments,
}

impl Promises {
    /// Sees one event.
    pub fn see(&mut self, event: &Event, position: i64, findings: &mut Findings) {
        match event {
            Event::Purchase(event) => self.purchases.see(event, position, findings),
            Event::Wallet(event) => {
                self.purchases.see_wallet(event, position, findings);
                self.generations.see_wallet(event, position, findings);
                self.transfers.see(event, position, findings);
                self.payouts.see_wallet(event, position, findings);
                self.subscriptions.see_wallet(event, position, findings);
                self.adjustments.see_wallet(event, position, findings);
            }
            Event::Payout(event) => self.payouts.see(event, position, findings),
            Event::Adjustment(event) => self.adjustments.see(event, position, findings),
            Event::Allowance(event) => self.adjustments.see_alone(event),
            Event::Generation(event) => self.generations.see(event, position, findings),
            Event::Subscription(event) => self.subscriptions.see(event, position),
            Event::Invoice(event) => self.subscriptions.see_invoice(event, position, findings),
            Event::User(event) => self.subscriptions.see_user(event, position, findings),
            Event::Plan(_)
            | Event::Package(_)
            | Event::Artist(_)
            | Event::Webhook(_)
            | Event::Style(_)
            | Event::Model(_)
            | Event::Worker(_)
            | Event::Image(_)
            | Event::Like(_)
            | Event::Session(_)
            | Event::Key(_)
            | Event::Export(_) => {}
        }
    }

    /// At the end of the log nothing is owed any more: a promise is kept in the append that makes
    /// it due.
    pub fn finish(&self, findings: &mut Findings) {
        self.purchases.finish(findings);
        self.generations.finish(findings);
        self.transfers.finish(findings);
        self.payouts.finish(findings);
        self.subscriptions.finish(findings);
        self.adjustments.finish(findings);
    }
}
