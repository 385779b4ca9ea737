//! The end of a generation, whichever it is: the money goes where it belongs, the clocks stop.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::funding::{give_back_gpu, spend_gpu};
use super::timers::{set_queue_expiry, stop_all};
use super::{Generation, GenerationCommand, Job, Status};
use crate::aggregate::Stream;
use crate::wallets::{Earn, ReleaseReason, Wallet, WalletKey, funds};
use crate::work::{Decision, Halt, Work};
use crate::{Amount, GenerationId, HoldId, UserId};

/// How often a generation that is being painted past its longest wait is looked at.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(15);

/// Where the money went: tokens, and credits if it needed any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Spent.
    pub captured: Amount,
    /// Given back to the lots they came from.
    pub released: Amount,
    /// The artist's share of what was spent.
    pub artist_paid: Amount,
    /// Spent credits.
    #[serde(default)]
    pub credits_captured: Amount,
    /// Credits given back.
    #[serde(default)]
    pub credits_released: Amount,
}

/// Settles a generation that has just ended, in the append of its end. `gpu_ms` is what a picture took,
/// or a canceled attempt had taken; a failure costs nothing whatever it took.
pub(super) fn close(
    work: &mut Work<'_>,
    generation: GenerationId,
    gpu_ms: u64,
) -> Result<Settlement, Halt> {
    let state = work.state::<Generation>(generation)?;
    let (status, job) = (state.status(), state.job()?.clone());
    let back = |work: &mut Work<'_>, reason, used_ms| {
        let credits = give_back_gpu(work, generation, &job, (reason, used_ms))?;
        Ok::<_, Halt>((give_back(work, generation, &job, reason)?, credits))
    };
    let (settlement, credits_captured) = match status {
        Status::Completed => {
            let credits = spend_gpu(work, generation, &job, gpu_ms)?;
            (pay(work, generation, &job)?, credits)
        }
        Status::Failed => back(work, ReleaseReason::Failed, 0)?,
        Status::Canceled => back(work, ReleaseReason::Canceled, gpu_ms)?,
        Status::Queued | Status::Retrying | Status::Processing => {
            return Err(Halt::Fault(format!("{generation} is settled before its end")));
        }
    };
    let credits_released = job.credits.minus(credits_captured);
    let settlement = Settlement { credits_captured, credits_released, ..settlement };
    work.decide::<Generation>(generation, GenerationCommand::Settle(generation, settlement))?;
    stop_all(work, generation);
    Ok(settlement)
}

/// Spends what was held; the artist earns it less the platform's share.
fn pay(work: &mut Work<'_>, generation: GenerationId, job: &Job) -> Result<Settlement, Halt> {
    if job.tokens.is_zero() {
        return Ok(Settlement::default());
    }
    let (wallet, spent) = (WalletKey::token(job.user), (job.tokens, job.style));
    funds::capture_for(work, wallet, HoldId::from(generation), spent)?;
    let artist_paid = match job.earner {
        Some((artist, style)) => {
            let (payer, gross, fee_basis_points) = (job.user, job.tokens, job.fee_basis_points);
            let earn = Earn { artist, generation, style, payer, gross, fee_basis_points };
            funds::earn(work, earn)?
        }
        None => Amount::ZERO,
    };
    Ok(Settlement { captured: job.tokens, artist_paid, ..Settlement::default() })
}

/// Gives back what was held. A hold that its own timer has closed was given back then.
fn give_back(
    work: &mut Work<'_>,
    generation: GenerationId,
    job: &Job,
    reason: ReleaseReason,
) -> Result<Settlement, Halt> {
    let (wallet, hold) = (WalletKey::token(job.user), HoldId::from(generation));
    if !job.tokens.is_zero() && work.state::<Wallet>(wallet)?.holds().contains_key(&hold) {
        funds::release(work, wallet, hold, reason)?;
    }
    Ok(Settlement { released: job.tokens, ..Settlement::default() })
}

/// The owner steps back, before there are pictures; all tokens go back, and the credits a GPU
/// has not used (P5.7). Answers where they went.
#[derive(Debug, Clone, Copy)]
pub struct CancelGeneration {
    /// Which.
    pub generation: GenerationId,
    /// Who asks.
    pub user: UserId,
}

impl Decision for CancelGeneration {
    type Reply = Settlement;

    fn streams(&self) -> Vec<Stream> {
        let wallet = Stream::of::<Wallet>(WalletKey::token(self.user));
        vec![Stream::of::<Generation>(self.generation), wallet]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Settlement, Halt> {
        let Self { generation, user } = *self;
        let at = work.at();
        let used_ms = work.state::<Generation>(generation)?.painted_ms(at);
        work.decide::<Generation>(generation, GenerationCommand::Cancel(generation, user))?;
        close(work, generation, used_ms)
    }
}

/// The watchdog over the queue rang (P5.8): one that still waits is canceled, one that is being
/// painted is looked at again until `gives_up_at`. Nothing happens if it has ended.
#[derive(Debug, Clone, Copy)]
pub struct ExpireQueuedGeneration {
    /// Which.
    pub generation: GenerationId,
    /// From when on not even a running attempt may go on.
    pub gives_up_at: DateTime<Utc>,
}

impl Decision for ExpireQueuedGeneration {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Generation>(self.generation)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { generation, gives_up_at } = *self;
        let give_up = gives_up_at <= work.at();
        let command = GenerationCommand::Expire { generation, give_up };
        if work.decide::<Generation>(generation, command)? > 0 {
            close(work, generation, 0)?;
        } else if work.state::<Generation>(generation)?.status() == Status::Processing {
            let again = gives_up_at.min(work.at() + LOOK_AGAIN);
            set_queue_expiry(work, generation, again, gives_up_at)?;
        }
        Ok(())
    }
}
