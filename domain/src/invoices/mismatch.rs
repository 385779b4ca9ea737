//! What is billed is compared with what is agreed: the currency plans are sold in, and the price of the
//! version that is somebody's.

use super::{Invoice, InvoiceEvent, Mismatch};
use crate::plans::{self, Plan};
use crate::subscriptions::Pin;
use crate::work::{Halt, Work};
use crate::{InvoiceId, PlanId};

/// Whether it is billed in the currency that plans are sold in. If not, that is recorded.
pub(crate) fn is_our_currency(work: &mut Work<'_>, invoice: InvoiceId) -> Result<bool, Halt> {
    let shown = work.state::<Invoice>(invoice)?.known()?.shown.currency.clone();
    if shown.eq_ignore_ascii_case(plans::CURRENCY) {
        return Ok(true);
    }
    record(work, invoice, Mismatch::Currency { shown })?;
    Ok(false)
}

/// Records it if less was asked for than a month or a year of `pin` costs, discounts aside. A plan with
/// a price by contract costs what was asked for.
pub(crate) fn compare_price(work: &mut Work<'_>, invoice: InvoiceId, pin: Pin) -> Result<(), Halt> {
    let terms = work.state::<Plan>(PlanId::of(pin.plan))?.terms(pin.version);
    let price = terms.and_then(|terms| terms.price(pin.cycle));
    let shown = work.state::<Invoice>(invoice)?.known()?.shown.asked;
    match price {
        Some(expected) if shown < expected => {
            record(work, invoice, Mismatch::Price { expected, shown })
        }
        Some(_) | None => Ok(()),
    }
}

/// Records that it asks for less (the second, in minor units) than the change it may be for costs at
/// least (the first).
pub(crate) fn too_little(
    work: &mut Work<'_>,
    invoice: InvoiceId,
    (expected, shown): (i64, i64),
) -> Result<(), Halt> {
    record(work, invoice, Mismatch::Price { expected, shown })
}

/// Once for each difference.
fn record(work: &mut Work<'_>, invoice: InvoiceId, mismatch: Mismatch) -> Result<(), Halt> {
    let known = work.state::<Invoice>(invoice)?.known()?;
    if known.mismatch.as_ref() == Some(&mismatch) {
        return Ok(());
    }
    let (subscription, user) = (known.shown.subscription(), known.user);
    let event = InvoiceEvent::Mismatched { invoice, subscription, user, mismatch };
    work.record::<Invoice>(invoice, event)
}
