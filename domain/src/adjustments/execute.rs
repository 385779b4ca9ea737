//! Asking for an adjustment and deciding about it; the wallet moves in the append that says yes.

use serde::{Deserialize, Serialize};

use super::{
    Adjustment, AdjustmentCommand, AdjustmentError, Allowance, Change, Reason, Request, Status,
    UseAllowance, Verdict,
};
use crate::aggregate::Stream;
use crate::purchases::UNSPENT_LOTS_MAX;
use crate::users::{self, User};
use crate::wallets::{
    Category, DailyLimit, Grant, GrantSource, PRIORITY, Wallet, WalletError, WalletKey, funds,
};
use crate::work::{Decision, Halt, Work};
use crate::{AdjustmentId, Amount, Asset, LotId, UserId};

/// Support gives to a wallet or takes from it; beyond what one person may move in a day it waits for
/// a second one.
#[derive(Debug, Clone)]
pub struct RequestAdjustment {
    /// The adjustment, drawn at the edge.
    pub adjustment: AdjustmentId,
    /// Whose wallet, of TOKEN or CREDIT.
    pub wallet: WalletKey,
    /// What is to be done to it.
    pub change: Change,
    /// Why.
    pub reason: Reason,
    /// Who asks.
    pub by: UserId,
    /// How much whoever asks may give and take in a day, all wallets together, without a second
    /// person.
    pub alone: DailyLimit,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which.
    pub adjustment: AdjustmentId,
    /// Where it stands.
    pub status: Status,
    /// How much was given or taken.
    pub moved: Amount,
    /// How much could not be taken, and is owed.
    pub owed: Amount,
}

impl Decision for RequestAdjustment {
    type Reply = Outcome;

    fn streams(&self) -> Vec<Stream> {
        vec![
            Stream::beginning::<Adjustment>(self.adjustment),
            Stream::of::<User>(self.wallet.owner),
            Stream::of::<Wallet>(self.wallet),
            Stream::of::<Allowance>(self.by),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Outcome, Halt> {
        let Self { adjustment, wallet, change, reason, by, alone } = self.clone();
        let owner = work.state::<User>(wallet.owner)?;
        if !owner.is_registered() || owner.status() == users::Status::Erased {
            return Err(AdjustmentError::NobodyThere.into());
        }
        if wallet.asset == Asset::Earning {
            return Err(AdjustmentError::OnlyEarned.into());
        }
        if change.amount().is_zero() {
            return Err(WalletError::NothingToMove.into());
        }
        if matches!(change, Change::Grant { expires_at: Some(end), .. } if end <= work.at()) {
            return Err(AdjustmentError::EndsTooSoon.into());
        }
        let request = AdjustmentCommand::Request { adjustment, wallet, change, reason, by };
        work.decide::<Adjustment>(adjustment, request)?;
        let (amount, at) = (change.amount(), work.at());
        let Some(day) = work.state::<Allowance>(by)?.day(alone, at, amount) else {
            return outcome(work, adjustment);
        };
        work.decide::<Allowance>(by, UseAllowance { by, adjustment, amount, day })?;
        execute(work, adjustment)
    }
}

/// A second person says yes or no.
#[derive(Debug, Clone)]
pub struct DecideAdjustment {
    /// Which.
    pub adjustment: AdjustmentId,
    /// Who decides.
    pub by: UserId,
    /// Yes or no.
    pub verdict: Verdict,
}

impl Decision for DecideAdjustment {
    type Reply = Outcome;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Adjustment>(self.adjustment)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Outcome, Halt> {
        let Self { adjustment, by, verdict } = self.clone();
        let yes = verdict == Verdict::Approve;
        let command = AdjustmentCommand::Decide { adjustment, by, verdict };
        let news = work.decide::<Adjustment>(adjustment, command)? > 0;
        if yes && news { execute(work, adjustment) } else { outcome(work, adjustment) }
    }
}

/// What has become of it so far.
fn outcome(work: &mut Work<'_>, adjustment: AdjustmentId) -> Result<Outcome, Halt> {
    let Request { status, moved, owed, .. } = work.state::<Adjustment>(adjustment)?.request()?;
    Ok(Outcome { adjustment, status, moved, owed })
}

fn execute(work: &mut Work<'_>, adjustment: AdjustmentId) -> Result<Outcome, Halt> {
    let Request { wallet, change, .. } = work.state::<Adjustment>(adjustment)?.request()?;
    let at = work.at();
    let given = |amount, source, category, expires_at| Grant {
        wallet,
        lot: LotId::adjustment(adjustment),
        amount,
        source,
        category,
        priority: PRIORITY,
        effective_at: at,
        expires_at,
        rollover: None,
    };
    let lots = work.state::<Wallet>(wallet)?.lots().len();
    let room = |grant| {
        let full = WalletError::TooManyLots { max: UNSPENT_LOTS_MAX };
        if lots < UNSPENT_LOTS_MAX { Ok(grant) } else { Err(full) }
    };
    let (moved, owed) = match change {
        Change::Grant { amount, expires_at } => {
            let source = GrantSource::Bonus { adjustment };
            let grant = given(amount, source, Category::Promo, expires_at);
            funds::grant(work, room(grant)?)?;
            (amount, Amount::ZERO)
        }
        Change::Add { amount } => {
            let source = GrantSource::Adjustment { adjustment };
            let grant = given(amount, source, Category::Paid, None);
            funds::grant(work, room(grant)?)?;
            (amount, Amount::ZERO)
        }
        Change::Take { amount } => {
            let taken = funds::take(work, wallet, adjustment, amount)?;
            (taken.revoked, taken.owed)
        }
    };
    let command = AdjustmentCommand::Executed { adjustment, moved, owed };
    work.decide::<Adjustment>(adjustment, command)?;
    outcome(work, adjustment)
}
