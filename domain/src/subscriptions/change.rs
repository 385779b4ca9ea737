//! A better plan, or another cycle, in the middle of what was paid (SUB-07): credits come when both
//! the change and its invoice were told, in whichever order.

use super::{Period, Subscription, SubscriptionEvent, credits};
use crate::invoices::{Invoice, InvoiceEvent};
use crate::plans::Plan;
use crate::wallets::GrantSource;
use crate::work::{Halt, Work};
use crate::{Amount, InvoiceId, LotId, PlanId, SubscriptionId};

/// A paid invoice of a change: grants if the change was told, else is kept for it.
pub(super) fn pay(
    work: &mut Work<'_>,
    subscription: SubscriptionId,
    invoice: InvoiceId,
) -> Result<(), Halt> {
    let at = work.state::<Invoice>(invoice)?.known()?.shown.created_at;
    let known = work.state::<Subscription>(subscription)?.known()?;
    let (user, kept) = (known.user, known.kept);
    let change = known.change_paid_at(at);
    // Before the first period was paid there is nothing to grant a share of.
    let Some((change, running)) = change.zip(known.running()) else {
        if kept != Some((invoice, at)) {
            let event = SubscriptionEvent::ChangeInvoiceKept {
                subscription,
                user,
                invoice,
                created_at: at,
            };
            work.record::<Subscription>(subscription, event)?;
        }
        return Ok(());
    };
    if change.from.cycle != change.to.cycle {
        // Its invoice may be older than what first showed the change: not the plan of then.
        super::observe_invoice::open_period(work, subscription, invoice, change.to)?;
    } else {
        let more = more(work, change.from, change.to)?;
        let period = Period { from: at, to: running.to };
        let (lot, amount) = (LotId::invoice(invoice), running.share(more, at));
        let source = GrantSource::Upgrade { subscription, invoice: Some(invoice) };
        let mut credits = credits::Credits::of(work, (user, change.to), (lot, source), period)?;
        credits.amount = amount;
        let granted = InvoiceEvent::CreditsGranted {
            invoice,
            subscription,
            user,
            lot,
            amount,
            expires_at: period.to,
        };
        work.record::<Invoice>(invoice, granted)?;
        credits.grant(work)?;
    }
    let paid = SubscriptionEvent::PlanChangePaid { subscription, user, invoice };
    work.record::<Subscription>(subscription, paid)
}

/// The change has come whose invoice was kept. Answers whether it had.
pub(super) fn pay_kept(work: &mut Work<'_>, subscription: SubscriptionId) -> Result<bool, Halt> {
    let known = work.state::<Subscription>(subscription)?.known()?;
    match known.kept {
        Some((invoice, at)) if known.change_paid_at(at).is_some() && known.running().is_some() => {
            pay(work, subscription, invoice)?;
            Ok(true)
        }
        Some(_) | None => Ok(false),
    }
}

/// How many credits a month one plan gives more than another.
fn more(work: &mut Work<'_>, from: super::Pin, to: super::Pin) -> Result<Amount, Halt> {
    let mut credits = |pin: super::Pin| -> Result<Amount, Halt> {
        let plan = work.state::<Plan>(PlanId::of(pin.plan))?;
        Ok(plan.terms(pin.version).map_or(Amount::ZERO, |terms| terms.credits))
    };
    Ok(credits(to)?.minus(credits(from)?))
}
