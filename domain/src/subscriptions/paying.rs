//! What the invoice of a change grants: what a better plan gives more for the rest of the month, or the
//! first month of another cycle. Once, when both were told.

use super::change::Kept;
use super::prices::Prices;
use super::{Period, Pin, Subscription, SubscriptionEvent, credits};
use crate::invoices::{Invoice, InvoiceEvent, mismatch, refund};
use crate::plans::Plan;
use crate::wallets::GrantSource;
use crate::work::{Halt, Work};
use crate::{Amount, InvoiceId, LotId, PlanId, SubscriptionId, UserId};

/// A paid invoice of a change: grants if the change was told, else is kept for it.
pub(super) fn pay(
    work: &mut Work<'_>,
    subscription: SubscriptionId,
    invoice: InvoiceId,
) -> Result<(), Halt> {
    let shown = &work.state::<Invoice>(invoice)?.known()?.shown;
    let fresh = Kept { invoice, at: shown.created_at, asked: Some(shown.asked) };
    let known = work.state::<Subscription>(subscription)?.known()?.clone();
    let (user, kept) = (known.user, known.kept.iter().find(|kept| kept.invoice == invoice));
    let Kept { at, asked, .. } = *kept.unwrap_or(&fresh);
    let prices = Prices::of(work, known.pins())?;
    let Some((change, running)) = known.payable(Kept { invoice, at, asked }, &prices) else {
        return match kept {
            Some(_) => Ok(()),
            None => keep(work, (subscription, user), fresh),
        };
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
    let paid = SubscriptionEvent::PlanChangePaid { subscription, user, invoice, change };
    work.record::<Subscription>(subscription, paid)
}

fn keep(
    work: &mut Work<'_>,
    (subscription, user): (SubscriptionId, UserId),
    Kept { invoice, at: created_at, asked }: Kept,
) -> Result<(), Halt> {
    let kept =
        SubscriptionEvent::ChangeInvoiceKept { subscription, user, invoice, created_at, asked };
    work.record::<Subscription>(subscription, kept)
}

/// Changes have come whose invoices were kept. Answers whether any had. An invoice that asks for less
/// than the change beside it costs stays, and people are told: it may be another's.
pub(super) fn pay_kept(work: &mut Work<'_>, subscription: SubscriptionId) -> Result<bool, Halt> {
    if work.state::<Subscription>(subscription)?.known()?.kept.is_empty() {
        return Ok(false);
    }
    let mut known = work.state::<Subscription>(subscription)?.known()?.clone();
    let (prices, mut paid) = (Prices::of(work, known.pins())?, false);
    while let Some(invoice) = known.payable_kept(&prices) {
        pay(work, subscription, invoice)?;
        refund::take_back(work, invoice)?; // It may have been given back while it was kept.
        known = work.state::<Subscription>(subscription)?.known()?.clone();
        paid = true;
    }
    for kept in &known.kept {
        if let Some((least, asked)) = known.short_of(*kept, &prices).zip(kept.asked) {
            mismatch::too_little(work, kept.invoice, (least, asked))?;
        }
    }
    Ok(paid)
}

/// How many credits a month one plan gives more than another.
fn more(work: &mut Work<'_>, from: Pin, to: Pin) -> Result<Amount, Halt> {
    let mut credits = |pin: Pin| -> Result<Amount, Halt> {
        let plan = work.state::<Plan>(PlanId::of(pin.plan))?;
        Ok(plan.terms(pin.version).map_or(Amount::ZERO, |terms| terms.credits))
    };
    Ok(credits(to)?.minus(credits(from)?))
}
