//! Payouts: an artist's earnings on their way to a bank (ART-03, P8). The earnings are held from the
//! request on, and captured when the money has arrived, or released when it has not.

mod cancel;
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

pub use cancel::CancelPayout;
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
use crate::{Amount, UserId};

/// Where a payout stands; all but the first two are final.
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
    /// Its artist wants it no more; the earnings are back.
    Canceled,
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
            Self::Canceled => "canceled",
        }
    }
}

/// Only what a decision needs; nothing before it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    request: Option<Request>,
    /// What was said of it last.
    said: Option<PayoutEvent>,
}

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
        match (command, self.request) {
            (PayoutCommand::Request { payout, artist, amount, deal, account }, None) => {
                Ok(vec![PayoutEvent::Requested { payout, artist, amount, deal, account }])
            }
            (PayoutCommand::Request { .. }, Some(_)) => Err(PayoutError::AlreadyOpen),
            (PayoutCommand::Decide { .. }, None) => Err(PayoutError::Unknown),
            (PayoutCommand::Decide { payout, by, verdict }, Some(Request { status, .. })) => {
                let (from, to) = verdict.step();
                let event = verdict.event(payout, by);
                if self.said.as_ref() == Some(&event) {
                    Ok(vec![])
                } else if status == to {
                    Err(PayoutError::SaidOtherwise { status, how: self.how() })
                } else if status != from {
                    Err(PayoutError::NotInState { status, needed: from })
                } else {
                    Ok(vec![event])
                }
            }
        }
    }
}

impl Payout {
    /// What was said last, for whoever says otherwise.
    fn how(&self) -> String {
        match &self.said {
            Some(PayoutEvent::Approved { .. }) => ", by somebody else".to_owned(),
            Some(PayoutEvent::Settled { reference, .. }) => format!(", as {reference}"),
            Some(PayoutEvent::Rejected { reason, .. } | PayoutEvent::Failed { reason, .. }) => {
                format!(", because: {reason}")
            }
            Some(
                PayoutEvent::Requested { .. }
                | PayoutEvent::Canceled { .. }
                | PayoutEvent::AccountViewed { .. },
            )
            | None => String::new(),
        }
    }

    /// What was asked for.
    ///
    /// # Errors
    /// [`PayoutError::Unknown`] if nothing was.
    pub fn request(&self) -> Result<Request, PayoutError> {
        self.request.ok_or(PayoutError::Unknown)
    }

    fn evolve(&mut self, event: PayoutEvent) {
        let status = match &event {
            PayoutEvent::Requested { artist, amount, deal, .. } => {
                let (artist, amount, net) = (*artist, *amount, deal.net);
                self.request = Some(Request { artist, amount, net, status: Status::Requested });
                return;
            }
            PayoutEvent::Approved { .. } => Status::Approved,
            PayoutEvent::Rejected { .. } => Status::Rejected,
            PayoutEvent::Settled { .. } => Status::Paid,
            PayoutEvent::Failed { .. } => Status::Failed,
            PayoutEvent::Canceled { .. } => Status::Canceled,
            PayoutEvent::AccountViewed { .. } => return,
        };
        self.request = self.request.map(|request| Request { status, ..request });
        self.said = Some(event);
    }
}
