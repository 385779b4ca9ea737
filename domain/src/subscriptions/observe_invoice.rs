//! Lemon Squeezy shows an invoice: what was paid is granted once, what was given back is taken back.

use super::{
    Credits, Period, Pin, Seen, Shop, Subscription, SubscriptionEvent, credits, follow, paying,
};
use crate::aggregate::Stream;
use crate::invoices::{
    BillingReason, Invoice, InvoiceCommand, InvoiceEvent, InvoiceSnapshot, Mismatch, mismatch,
    refund,
};
use crate::plans::Cycle;
use crate::wallets::{Billing, GrantSource};
use crate::work::{Decision, Halt, Work};
use crate::{InvoiceId, LotId, SubscriptionId};

/// Brings an invoice, the credits it paid for and its subscription in line with what is shown, in
/// one append (P3.ii, P3.iii). An invoice of an unknown subscription changes nothing and is
/// [`Seen::Deferred`] (P3.iv).
#[derive(Debug, Clone)]
pub struct ObserveInvoice {
    /// Our side.
    pub shop: Shop,
    /// What is shown.
    pub invoice: InvoiceSnapshot,
}

impl Decision for ObserveInvoice {
    type Reply = Seen;

    fn streams(&self) -> Vec<Stream> {
        vec![
            Stream::of::<Subscription>(self.invoice.subscription()),
            Stream::of::<Invoice>(self.invoice.id()),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Seen, Halt> {
        let (shown, subscription) = (&self.invoice, self.invoice.subscription());
        self.shop.admit(shown.store, shown.test_mode)?;
        let Ok(known) = work.state::<Subscription>(subscription)?.known() else {
            return Ok(Seen::Deferred);
        };
        let (user, id) = (known.user, shown.id());
        let observe = InvoiceCommand::Observe { user, shown: shown.clone() };
        if work.decide::<Invoice>(id, observe)? == 0 {
            return Ok(Seen::Nothing);
        }
        let (status, reason, at, is_due) = {
            let invoice = work.state::<Invoice>(id)?.known()?;
            let (shown, granted) = (&invoice.shown, invoice.granted.is_some());
            let is_due = shown.status.was_paid() && !granted;
            (shown.status, shown.reason, shown.created_at, is_due)
        };
        if is_due && mismatch::is_our_currency(work, id)? {
            match reason {
                BillingReason::Initial | BillingReason::Renewal => {
                    let pin = work.state::<Subscription>(subscription)?.known()?.pin_at(at);
                    open_period(work, subscription, id, pin)?;
                    mismatch::compare_price(work, id, pin)?;
                }
                BillingReason::Updated => paying::pay(work, subscription, id)?,
            }
        }
        refund::take_back(work, id)?;
        let now = work.at();
        follow::follow(work, subscription, now)?;
        let mismatch = work.state::<Invoice>(id)?.known()?.mismatch.as_ref().filter(|_| is_due);
        let word = mismatch.map_or(status.word(), Mismatch::word);
        Ok(Seen::Applied { effect: format!("invoice.{word}") })
    }
}

/// A month or a year of `pin` was paid: its credits, or those of its first month, are granted.
pub(super) fn open_period(
    work: &mut Work<'_>,
    subscription: SubscriptionId,
    invoice: InvoiceId,
    pin: Pin,
) -> Result<(), Halt> {
    let (reason, at) = {
        let shown = &work.state::<Invoice>(invoice)?.known()?.shown;
        (shown.reason, shown.created_at)
    };
    let known = work.state::<Subscription>(subscription)?.known()?;
    let user = known.user;
    let period = Period::paid(at, pin, &known.shown);
    let renewed = SubscriptionEvent::Renewed { subscription, user, invoice, reason, pin, period };
    work.record::<Subscription>(subscription, renewed)?;
    let newest = work.state::<Subscription>(subscription)?.known()?.paid_by == Some(invoice);
    let first = match pin.cycle {
        Cycle::Yearly if newest => credits::grant_month(work, subscription)?,
        // A year that was told of when the next one had begun is over: it leaves its trace.
        Cycle::Yearly | Cycle::Monthly => None,
    };
    let (lot, amount, expires_at) = match first {
        Some(first) => first,
        None => {
            let billing = match reason {
                BillingReason::Initial => Billing::Initial,
                BillingReason::Renewal | BillingReason::Updated => Billing::Renewal,
            };
            let source = GrantSource::Invoice { subscription, invoice, billing };
            let lot = LotId::invoice(invoice);
            let credits = Credits::of(work, (user, pin), (lot, source), period)?;
            let amount = credits.amount;
            credits.grant(work)?;
            (lot, amount, period.to)
        }
    };
    let granted =
        InvoiceEvent::CreditsGranted { invoice, subscription, user, lot, amount, expires_at };
    work.record::<Invoice>(invoice, granted)
}
