//! Money given back takes credits with it (P3): the share of the invoice's lot, counted from all that
//! was given back so far, as far as it is not spent. What is spent is no debt: it was paid for. What is
//! held may be spent or come back: it is owed, and what comes back pays it.

use super::{Invoice, InvoiceEvent};
use crate::subscriptions::{Subscription, SubscriptionEvent};
use crate::wallets::{Draw, Revocation, RevokeReason, Wallet, WalletKey, funds};
use crate::work::{Halt, Work};
use crate::{Amount, InvoiceId, LotId};

/// Takes back what is not taken back yet; of what granted nothing yet, nothing, until it does. A
/// year's refund takes from the month that runs; once it is whole, the months that are left get
/// nothing.
pub(crate) fn take_back(work: &mut Work<'_>, invoice: InvoiceId) -> Result<(), Halt> {
    let known = work.state::<Invoice>(invoice)?.known()?.clone();
    let (subscription, user) = (known.shown.subscription(), known.user);
    let (refunded, total) = (known.shown.refunded, known.shown.total);
    let Some(granted) = known.granted.filter(|_| refunded > known.refunded) else { return Ok(()) };
    let paid = work.state::<Subscription>(subscription)?.known()?;
    let year = paid.year_of(invoice);
    let lot = match &year {
        Some(month) => LotId::month(subscription, month),
        None => granted.0,
    };
    let share = share(granted.1, refunded, total);
    let wallet = WalletKey::credit(user);
    let (left, owed) = work.state::<Wallet>(wallet)?.unspent(lot, share.minus(known.taken));
    let revoked = left.iter().fold(Amount::ZERO, |sum, draw| sum.plus(draw.amount));
    let event = InvoiceEvent::Refunded {
        invoice,
        subscription,
        user,
        refunded,
        total,
        lot,
        share,
        revoked,
        owed,
    };
    work.record::<Invoice>(invoice, event)?;
    let reason = RevokeReason::InvoiceRefunded { invoice };
    for Draw { lot, amount } in left {
        funds::revoke(work, Revocation { wallet, lot, amount, reason })?;
    }
    if !owed.is_zero() {
        // Nothing is left there but what is held, so all of it becomes debt.
        funds::revoke(work, Revocation { wallet, lot, amount: owed, reason })?;
    }
    if year.is_some() && refunded >= total {
        let stopped = SubscriptionEvent::YearStopped { subscription, user, invoice };
        work.record::<Subscription>(subscription, stopped)?;
    }
    Ok(())
}

/// `floor(lot * refunded / total)`; all of it if all was given back, or if it was for nothing.
fn share(lot: Amount, refunded: i64, total: i64) -> Amount {
    if refunded >= total {
        return lot;
    }
    let share = i128::from(lot.get()) * i128::from(refunded) / i128::from(total);
    i64::try_from(share).ok().and_then(|share| Amount::new(share).ok()).unwrap_or(lot)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

    use super::*;

    #[test]
    fn a_share_is_rounded_down_and_a_whole_refund_is_all() {
        let lot = Amount::new(5_000).unwrap();
        assert_eq!(share(lot, 1_000, 2_500).get(), 2_000);
        assert_eq!(share(lot, 1, 2_501).get(), 1);
        assert_eq!(share(lot, 2_500, 2_500), lot);
        assert_eq!(share(lot, 0, 0), lot, "a voucher paid it");
        let most = Amount::MAX;
        assert_eq!(share(most, i64::MAX - 1, i64::MAX).get(), most.get() - 1, "no overflow");
    }
}
