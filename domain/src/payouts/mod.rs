//! Payouts: an artist's earnings on their way to a bank (ART-03, P8). The earnings are held from the
//! request on, and captured when the money has arrived, or released when it has not.

mod changed;
mod command;
mod error;
mod event;
mod request;
mod terms;
#[cfg(test)]
mod tests;
mod verdict;
mod view;

pub use changed::PayoutChanged;
pub use command::{PayoutCommand, Reason, Reference, Verdict};
pub use error::PayoutError;
pub use event::*;
pub use request::{RequestPayout, Requested};
pub use terms::{Deal, Terms};
pub use verdict::DecidePayout;
pub use view::ViewPayoutAccount;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};
use crate::{Amount, PayoutId, UserId};

/// Where a payout stands; `paid`, `rejected` and `failed` are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Asked for.
    Requested,
    /// To be transferred.
    Approved,
    /// Not to be transferred; the earnings are back.
    Rejected,
    /// The money has arrived.
    Paid,
    /// The bank did not take it; the earnings are back.
    Failed,
}

impl Status {
    /// The word in routes and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Paid => "paid",
            Self::Failed => "failed",
        }
    }
}

/// Only what a decision needs; `None` before it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout(Option<Request>);

/// What was asked for, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Whose earnings.
    pub artist: UserId,
    /// How much of them.
    pub amount: Amount,
    /// What is transferred, whole won.
    pub net: i64,
    /// Where it stands.
    pub status: Status,
}

aggregate!(Payout, "payout", PayoutCommand, PayoutEvent, PayoutError);

impl Decide for Payout {
    fn decide(&self, command: PayoutCommand) -> Result<Vec<PayoutEvent>, PayoutError> {
        match (command, self.0) {
            (PayoutCommand::Request { payout, artist, amount, deal, account }, None) => {
                Ok(vec![PayoutEvent::Requested { payout, artist, amount, deal, account }])
            }
            (PayoutCommand::Request { .. }, Some(_)) => Err(PayoutError::AlreadyOpen),
            (PayoutCommand::Decide { .. }, None) => Err(PayoutError::Unknown),
            (PayoutCommand::Decide { payout, verdict }, Some(request)) => {
                decide(verdict, request.status, payout)
            }
        }
    }
}

/// The same verdict again changes nothing.
fn decide(
    verdict: Verdict,
    status: Status,
    payout: PayoutId,
) -> Result<Vec<PayoutEvent>, PayoutError> {
    let (from, to) = verdict.step();
    if status == to {
        return Ok(vec![]);
    }
    if status != from {
        return Err(PayoutError::NotInState { status, needed: from });
    }
    Ok(vec![verdict.event(payout)])
}

impl Payout {
    /// What was asked for.
    ///
    /// # Errors
    /// [`PayoutError::Unknown`] if nothing was.
    pub fn request(&self) -> Result<Request, PayoutError> {
        self.0.ok_or(PayoutError::Unknown)
    }

    fn evolve(&mut self, event: PayoutEvent) {
        match event {
            PayoutEvent::Requested { artist, amount, deal, .. } => {
                let (net, status) = (deal.net, Status::Requested);
                self.0 = Some(Request { artist, amount, net, status });
            }
            PayoutEvent::Approved { .. } => self.reach(Status::Approved),
            PayoutEvent::Rejected { .. } => self.reach(Status::Rejected),
            PayoutEvent::Settled { .. } => self.reach(Status::Paid),
            PayoutEvent::Failed { .. } => self.reach(Status::Failed),
            PayoutEvent::AccountViewed { .. } => {}
        }
    }

    fn reach(&mut self, status: Status) {
        self.0 = self.0.map(|request| Request { status, ..request });
    }
}
