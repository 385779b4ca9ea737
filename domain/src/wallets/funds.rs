//! The movements of a wallet together with their timers, for units of work that span more than the
//! wallet: whoever holds funds cannot forget to set the timer that gives them back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Earn, ExpireHold, ExpireLot, Grant, HOLD_EXPIRY, Hold, LOT_EXPIRY, LOT_NOTICE, NOTICE, NewHold,
    Purpose, ReleaseReason, Revocation, Wallet, WalletCommand, WalletKey, WarnOfEnd,
};
use crate::{AdjustmentId, Amount, Halt, HoldId, LotId, StyleId, Work};

/// Adds a lot, with the timer that ends it if it has an end.
///
/// # Errors
/// Refusals of [`WalletCommand::Grant`].
pub fn grant(work: &mut Work<'_>, grant: Grant) -> Result<(), Halt> {
    let (wallet, lot) = (grant.wallet, grant.lot);
    if work.decide::<Wallet>(wallet, WalletCommand::Grant(grant))? > 0 {
        schedule_end(work, wallet, lot)?; // Unless all of it paid a debt.
    }
    Ok(())
}

/// Sets funds aside, with the timer that gives them back at `expires_at`, if they have such an end.
///
/// # Errors
/// Refusals of [`WalletCommand::Hold`], [`super::WalletError::InsufficientFunds`] above all.
pub fn hold(
    work: &mut Work<'_>,
    wallet: WalletKey,
    purpose: Purpose,
    amount: Amount,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(), Halt> {
    let (hold, at) = (HoldId::from(purpose), work.at());
    let new = NewHold { wallet, hold, purpose, amount, at, expires_at };
    let held = work.decide::<Wallet>(wallet, WalletCommand::Hold(new))? > 0;
    if let Some(due) = expires_at.filter(|_| held) {
        let ring = ExpireHold { wallet, hold, due };
        work.schedule(HOLD_EXPIRY, key(wallet, hold), due, bytes(&ring)?);
    }
    Ok(())
}

/// Sets aside what is left of one lot, `at_most` of it, until whoever asked gives it back or takes it:
/// no timer does. Answers how much.
///
/// # Errors
/// [`super::WalletError::LotSpent`] when nothing is left, and refusals of [`WalletCommand::HoldLot`].
pub fn hold_lot(
    work: &mut Work<'_>,
    wallet: WalletKey,
    lot: LotId,
    purpose: Purpose,
    at_most: Amount,
) -> Result<Amount, Halt> {
    let (hold, at) = (HoldId::from(purpose), work.at());
    let new = NewHold { wallet, hold, purpose, amount: at_most, at, expires_at: None };
    work.decide::<Wallet>(wallet, WalletCommand::HoldLot(new, lot))?;
    let held = work.state::<Wallet>(wallet)?.holds().get(&hold).map_or(0, Hold::amount);
    Ok(Amount::new(held).unwrap_or(at_most)) // Never more than was asked for.
}

/// Takes back `amount` of a lot: what is left of it at once, and what is spent, ended or held by
/// others as debt, which later income pays first (P2.8). Who must leave no debt asks for no more
/// than [`Wallet::left`]. A wallet does not remember what it gave back: whoever asks does.
///
/// # Errors
/// Refusals of [`WalletCommand::Revoke`].
pub fn revoke(work: &mut Work<'_>, revocation: Revocation) -> Result<Revoked, Halt> {
    let Revocation { wallet, lot, amount, .. } = revocation;
    let revoked = work.state::<Wallet>(wallet)?.left(lot).min(amount);
    work.decide::<Wallet>(wallet, WalletCommand::Revoke(revocation))?;
    Ok(Revoked { revoked, owed: amount.minus(revoked) })
}

/// What taking back brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Taken from the lot.
    pub revoked: Amount,
    /// Missing, and owed from then on.
    pub owed: Amount,
}

/// Spends `amount` of a hold, gives the rest back and stops its timer.
///
/// # Errors
/// Refusals of [`WalletCommand::Capture`].
pub fn capture(
    work: &mut Work<'_>,
    wallet: WalletKey,
    hold: HoldId,
    amount: Amount,
) -> Result<(), Halt> {
    capture_for(work, wallet, hold, (amount, None))
}

/// As [`capture`], for work with a style.
///
/// # Errors
/// Refusals of [`WalletCommand::Capture`].
pub fn capture_for(
    work: &mut Work<'_>,
    wallet: WalletKey,
    hold: HoldId,
    (amount, style): (Amount, Option<StyleId>),
) -> Result<(), Halt> {
    let at = work.at();
    close(work, wallet, hold, WalletCommand::Capture { hold, amount, style, at })
}

/// Gives a hold back and stops its timer.
///
/// # Errors
/// Refusals of [`WalletCommand::Release`].
pub fn release(
    work: &mut Work<'_>,
    wallet: WalletKey,
    hold: HoldId,
    reason: ReleaseReason,
) -> Result<(), Halt> {
    let at = work.at();
    close(work, wallet, hold, WalletCommand::Release { hold, reason, at })
}

/// Adds an artist's share to the EARNING wallet without looking at it: nothing can refuse it, so a
/// popular artist is no bottleneck. Answers the share.
///
/// # Errors
/// None but faults.
pub fn earn(work: &mut Work<'_>, earn: Earn) -> Result<Amount, Halt> {
    let net = earn.net();
    if let Some(event) = earn.event() {
        work.append_blind::<Wallet>(WalletKey::earning(earn.artist), event)?;
    }
    Ok(net)
}

/// Ends a lot; what its plan lets live on gets a timer of its own.
pub(super) fn expire_lot(work: &mut Work<'_>, ring: ExpireLot) -> Result<(), Halt> {
    let ExpireLot { wallet, lot, due } = ring;
    if work.decide::<Wallet>(wallet, WalletCommand::ExpireLot { lot, due })? > 0 {
        schedule_end(work, wallet, LotId::rollover(lot))?;
    }
    Ok(())
}

pub(super) fn expire_hold(work: &mut Work<'_>, ring: ExpireHold) -> Result<(), Halt> {
    let ExpireHold { wallet, hold, due } = ring;
    let at = work.at();
    close(work, wallet, hold, WalletCommand::ExpireHold { hold, due, at })
}

/// Closes a hold one way or another. A lot with an end gets its timer again, for it may have rung
/// while nothing was left but what was held; so does one that makes another good.
fn close(
    work: &mut Work<'_>,
    wallet: WalletKey,
    hold: HoldId,
    command: WalletCommand,
) -> Result<(), Halt> {
    let state = work.state::<Wallet>(wallet)?;
    let draws = state.holds().get(&hold).map(|open| open.draws.clone()).unwrap_or_default();
    work.decide::<Wallet>(wallet, command)?;
    if !work.state::<Wallet>(wallet)?.holds().contains_key(&hold) {
        work.forget(HOLD_EXPIRY, key(wallet, hold));
    }
    let successors = |lot| [lot, LotId::make_good(hold, lot), LotId::rollover(lot)];
    let lots = draws.iter().flat_map(|draw| successors(draw.lot));
    for lot in lots {
        schedule_end(work, wallet, lot)?;
    }
    Ok(())
}

/// Sets the timer of a lot that is there and has an end.
fn schedule_end(work: &mut Work<'_>, wallet: WalletKey, lot: LotId) -> Result<(), Halt> {
    let open = work.state::<Wallet>(wallet)?.lots().get(&lot);
    let Some(end) = open.and_then(|lot| lot.terms.expires_at) else { return Ok(()) };
    let notice = end - NOTICE;
    if notice > work.at() {
        let ring = WarnOfEnd { wallet, lot, end };
        work.schedule(LOT_NOTICE, key(wallet, lot), notice, bytes(&ring)?);
    }
    let ring = ExpireLot { wallet, lot, due: end };
    work.schedule(LOT_EXPIRY, key(wallet, lot), end, bytes(&ring)?);
    Ok(())
}

/// Takes back what can be spent, whatever it came by, up to `amount`; the rest is owed (LED-15).
///
/// # Errors
/// Refusals of [`WalletCommand::Take`].
pub fn take(
    work: &mut Work<'_>,
    wallet: WalletKey,
    adjustment: AdjustmentId,
    amount: Amount,
) -> Result<Revoked, Halt> {
    let at = work.at();
    let before = work.state::<Wallet>(wallet)?.owed();
    work.decide::<Wallet>(wallet, WalletCommand::Take { wallet, adjustment, amount, at })?;
    let owed = work.state::<Wallet>(wallet)?.owed() - before;
    let owed = Amount::new(owed).unwrap_or(amount); // A part of the amount.
    Ok(Revoked { revoked: amount.minus(owed), owed })
}

/// A timer's key: one generation may hold in two wallets.
fn key(wallet: WalletKey, part: impl std::fmt::Display) -> String {
    format!("{}.{part}", wallet.id())
}

fn bytes(ring: &impl Serialize) -> Result<Vec<u8>, Halt> {
    serde_json::to_vec(ring).map_err(|e| Halt::Fault(e.to_string()))
}
