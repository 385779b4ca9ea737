//! Asking for a picture: funds held, request accepted and queued in one append (P5.2).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::funding;
use super::price::price;
use super::timers::set_queue_expiry;
use super::{AcceptedPrice, Generation, GenerationCommand, Line, Order, Parameters};
use crate::aggregate::Stream;
use crate::styles::Style;
use crate::wallets::{Wallet, WalletKey};
use crate::work::{Decision, Halt, Work};
use crate::{Amount, GenerationId, StyleId, UserId};

/// How long a generation may wait for a worker (P5.8).
pub const QUEUE_WAIT_MAX: TimeDelta = TimeDelta::hours(24);

/// How long after the longest wait a running attempt is given up.
pub(super) const GRACE: TimeDelta = TimeDelta::hours(1);

/// The hold outlives both, so that its own expiry only ever finds what a defect left (P5.8).
const HOLD_BEYOND_WAIT: TimeDelta = TimeDelta::hours(2);

/// A queue, and its weight in it (QUE-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// For example `free`.
    pub name: &'static str,
    /// Higher first.
    pub priority: i32,
}

impl Lane {
    /// Where everybody without a plan waits.
    pub const FREE: Self = Self { name: "free", priority: 10 };
}

/// A user asks for a picture in a published style.
#[derive(Debug, Clone)]
pub struct RequestGeneration {
    /// Drawn at the edge.
    pub generation: GenerationId,
    /// Who asks and pays.
    pub user: UserId,
    /// With which style.
    pub style: StyleId,
    /// What is wanted, within bounds, sealed, with a concrete seed.
    pub parameters: Parameters,
    /// What the caller agreed to pay.
    pub accepted: AcceptedPrice,
    /// What its GPU time needs, if credits are asked for at all: [`super::gpu_credits`].
    pub credits: Option<Amount>,
    /// The platform's share of the licence fee, from configuration; fixed here for this job.
    pub fee_basis_points: u32,
    /// Publish when done.
    pub is_public: bool,
    /// Which queue.
    pub lane: Lane,
    /// How long it may wait for a worker; [`QUEUE_WAIT_MAX`].
    pub queue_wait: TimeDelta,
    /// Which ended generation of theirs it asks for once more.
    pub retried_from: Option<GenerationId>,
}

/// What the caller is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Which.
    pub generation: GenerationId,
    /// What was held.
    pub lines: Vec<Line>,
}

impl Decision for RequestGeneration {
    type Reply = Accepted;

    fn streams(&self) -> Vec<Stream> {
        vec![
            Stream::beginning::<Generation>(self.generation),
            Stream::of::<Style>(self.style),
            Stream::of::<Wallet>(WalletKey::token(self.user)),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Accepted, Halt> {
        let (generation, at) = (self.generation, work.at());
        let terms = work.state::<Style>(self.style)?.terms()?;
        let lines = self.accepted.check(price(terms, self.user, self.credits), at)?;

        let order = Order {
            user: self.user,
            style: self.style,
            artist: terms.artist,
            model: terms.model,
            parameters: self.parameters.clone(),
            lines: lines.clone(),
            fee_basis_points: self.fee_basis_points,
            is_public: self.is_public,
            lane: self.lane,
            retried_from: self.retried_from,
        };
        let request = GenerationCommand::Request(generation, Box::new(order));
        work.decide::<Generation>(generation, request)?;
        let ends_at = at + self.queue_wait;
        set_queue_expiry(work, generation, ends_at, ends_at + GRACE)?;
        funding::hold(work, (generation, self.user), &lines, ends_at + HOLD_BEYOND_WAIT)?;
        Ok(Accepted { generation, lines })
    }
}
