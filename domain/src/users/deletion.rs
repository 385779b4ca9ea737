//! Leaving for good (IAM-08, P7): asked for, time to reconsider, erased step by step by the
//! process `account_deletion`.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{StandingCommand, Status, User, UserCommand, UserError};
use crate::aggregate::Stream;
use crate::wallets::{Wallet, WalletKey};
use crate::work::{Decision, Halt, Work};
use crate::{Amount, UserId};

/// Vault kind of the timer that begins the erasure; the key is the user's id.
pub const ACCOUNT_DELETION: &str = "account-deletion";
/// How long a person can take it back (P7).
pub const TIME_TO_RECONSIDER: TimeDelta = TimeDelta::days(14);

/// What an erasure waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// Money for a purchase may still have come, or is on its way back.
    PurchaseInDoubt,
    /// Earnings are on their way to a bank.
    OpenPayout,
}

/// What an erased person had not spent. It stays in the books under the pseudonymous id: nothing
/// is destroyed in silence, and what was paid for can still be given back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unspent {
    /// Tokens bought with money.
    pub paid_tokens: Amount,
    /// Tokens that were a present.
    pub promo_tokens: Amount,
    /// What an artist earned and was not paid out.
    pub earnings: Amount,
}

/// A deletion that was asked for and can perhaps still be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// When the erasure begins.
    pub due: DateTime<Utc>,
    /// Where the account stood before, and stands again if it is taken back.
    pub from: Status,
    /// From now on it cannot be taken back: something is erased already.
    pub begun: bool,
}

/// A person asks to be forgotten, which nobody does whose earnings are on their way to a bank.
/// Asking again changes nothing; answers when the erasure begins.
#[derive(Debug, Clone, Copy)]
pub struct RequestDeletion {
    /// Who.
    pub user: UserId,
}

impl Decision for RequestDeletion {
    type Reply = DateTime<Utc>;

    fn streams(&self) -> Vec<Stream> {
        let earnings = Stream::of::<Wallet>(WalletKey::earning(self.user));
        vec![Stream::of::<User>(self.user), earnings]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<DateTime<Utc>, Halt> {
        let (user, due) = (self.user, work.at() + TIME_TO_RECONSIDER);
        if work.state::<Wallet>(WalletKey::earning(user))?.pays_out() {
            return Err(UserError::PayoutOpen.into());
        }
        let request = StandingCommand::RequestDeletion { user, due };
        if work.decide::<User>(user, UserCommand::Standing(request))? > 0 {
            work.schedule(ACCOUNT_DELETION, user.to_string(), due, Vec::new());
        }
        Ok(work.state::<User>(user)?.leaving().map_or(due, |leaving| leaving.due))
    }
}

/// A person stays after all, which nobody does who is not leaving.
#[derive(Debug, Clone, Copy)]
pub struct CancelDeletion {
    /// Who.
    pub user: UserId,
}

impl Decision for CancelDeletion {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let user = self.user;
        let cancel = UserCommand::Standing(StandingCommand::CancelDeletion { user });
        work.decide::<User>(user, cancel)?;
        work.forget(ACCOUNT_DELETION, user.to_string());
        Ok(())
    }
}

impl User {
    /// The deletion under way, if there is one.
    #[must_use]
    pub fn leaving(&self) -> Option<Leaving> {
        self.leaving
    }

    /// Where the account stands again when the deletion is taken back.
    pub(super) fn stay(&self) -> Result<Status, UserError> {
        match self.leaving {
            Some(Leaving { begun: true, .. }) => Err(UserError::ErasureBegun),
            Some(leaving) => Ok(leaving.from),
            None => Ok(self.status),
        }
    }

    pub(super) fn asked_to_leave(&mut self, due: DateTime<Utc>) {
        self.leaving = Some(Leaving { due, from: self.status, begun: false });
        self.status = Status::PendingDeletion;
    }

    pub(super) fn change_leaving(&mut self, change: impl FnOnce(&mut Leaving)) {
        if let Some(leaving) = &mut self.leaving {
            change(leaving);
        }
    }

    /// Only that there was somebody is left.
    pub(super) fn forget(&mut self) {
        let epoch = self.epoch; // Sessions opened before are over.
        *self = Self { registered: true, status: Status::Erased, epoch, ..Self::default() };
    }
}
