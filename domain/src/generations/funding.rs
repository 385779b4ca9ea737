//! The two sides of a price: TOKEN for the style, CREDIT for the GPU (LED-12, P5). Both are set aside
//! in the append that queues the job, or neither.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{GenerationError, Job, Line};
use crate::wallets::{Purpose, ReleaseReason, Wallet, WalletCommand, WalletKey, funds};
use crate::{Amount, Asset, GenerationId, Halt, HoldId, UserId, Work};

/// One credit is one GPU second (LED-09).
const MS_PER_CREDIT: u64 = 1_000;
/// What is set aside beyond the p95 of GPU time, as a fraction: 11/10.
const HEADROOM: (u64, u64) = (11, 10);

/// What is set aside for the GPU of one picture, of which 95 in 100 take at most so long:
/// `ceil(p95 seconds x 1.1)`. No time at all needs no credits.
#[must_use]
pub fn gpu_credits(p95_ms: u64) -> Option<Amount> {
    let (times, part) = HEADROOM;
    let credits = p95_ms.saturating_mul(times).div_ceil(MS_PER_CREDIT * part);
    let credits = i64::try_from(credits).ok().and_then(|credits| Amount::new(credits).ok());
    credits.or(Some(Amount::MAX)).filter(|credits| !credits.is_zero())
}

/// What one asset lacks, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funding {
    /// Of what.
    pub asset: Asset,
    /// How much is needed.
    pub needed: Amount,
    /// How much can be spent now.
    pub available: i64,
}

/// Sets aside every line, each in its own wallet.
pub(super) fn hold(
    work: &mut Work<'_>,
    (generation, user): (GenerationId, UserId),
    lines: &[Line],
    expires_at: DateTime<Utc>,
) -> Result<(), Halt> {
    if lines.len() > 1 {
        affordable(work, user, lines)?;
    }
    for line in lines {
        let wallet = WalletKey { owner: user, asset: line.asset };
        let purpose = Purpose::Generation(generation);
        funds::hold(work, wallet, purpose, line.amount, Some(expires_at))?;
    }
    Ok(())
}

/// Who lacks both should hear of both.
fn affordable(work: &mut Work<'_>, user: UserId, lines: &[Line]) -> Result<(), Halt> {
    let at = work.at();
    let mut all = Vec::new();
    for line in lines {
        let wallet = WalletKey { owner: user, asset: line.asset };
        let available = work.state::<Wallet>(wallet)?.spendable(at);
        all.push(Funding { asset: line.asset, needed: line.amount, available });
    }
    if all.iter().any(|funding| funding.available < funding.needed.get()) {
        return Err(GenerationError::Unfunded { lines: all }.into());
    }
    Ok(())
}

/// Spends the credits of a picture that is there: its GPU seconds, begun ones whole, at least one,
/// and never more than was set aside. What it took beyond that is ours. Answers what was spent.
pub(super) fn spend_gpu(
    work: &mut Work<'_>,
    generation: GenerationId,
    job: &Job,
    gpu_ms: u64,
) -> Result<Amount, Halt> {
    if job.credits.is_zero() {
        return Ok(Amount::ZERO);
    }
    let wallet = credit(job.user);
    let took = seconds(gpu_ms.max(1));
    let spent = took.min(job.credits);
    funds::capture_for(work, wallet, HoldId::from(generation), (spent, job.style))?;
    let beyond = took.minus(spent);
    if !beyond.is_zero() {
        let purpose = Purpose::Generation(generation);
        let absorb = WalletCommand::Absorb { wallet, purpose, amount: beyond };
        work.decide::<Wallet>(wallet, absorb)?;
    }
    Ok(spent)
}

/// The credits of a job that ended without a picture: what a canceled attempt had used by then is
/// spent (P5.7), everything else goes back. Answers what was spent.
pub(super) fn give_back_gpu(
    work: &mut Work<'_>,
    generation: GenerationId,
    job: &Job,
    (reason, used_ms): (ReleaseReason, u64),
) -> Result<Amount, Halt> {
    let (wallet, hold) = (credit(job.user), HoldId::from(generation));
    if job.credits.is_zero() || !work.state::<Wallet>(wallet)?.holds().contains_key(&hold) {
        return Ok(Amount::ZERO);
    }
    let spent = seconds(used_ms).min(job.credits);
    if spent.is_zero() {
        funds::release(work, wallet, hold, reason)?;
    } else {
        funds::capture_for(work, wallet, hold, (spent, job.style))?;
    }
    Ok(spent)
}

/// Begun seconds count.
fn seconds(ms: u64) -> Amount {
    let seconds = i64::try_from(ms.div_ceil(MS_PER_CREDIT)).unwrap_or(i64::MAX);
    Amount::new(seconds).unwrap_or(Amount::MAX)
}

const fn credit(user: UserId) -> WalletKey {
    WalletKey { owner: user, asset: Asset::Credit }
}
