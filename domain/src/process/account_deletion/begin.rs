//! Step 1: whether the time has come and nothing stands in the way.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::Stream;
use crate::purchases::Purchase;
use crate::users::{ACCOUNT_DELETION, Obstacle, Status, User, UserEvent};
use crate::wallets::{Wallet, WalletKey};
use crate::work::{Decision, Halt, Work};
use crate::{PurchaseId, UserId};

/// When an erasure that had to wait is tried again.
pub const LOOK_AGAIN: TimeDelta = TimeDelta::days(1);

/// Begins the erasure of an account whose deletion is due, unless money may still be under way.
#[derive(Debug, Clone)]
pub struct BeginErasure {
    /// Whose.
    pub user: UserId,
    /// Those of their purchases that were open when somebody looked.
    pub purchases: Vec<PurchaseId>,
}

/// Whether the steps follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Begun {
    /// They do; perhaps again, if a process died among them or just after.
    Yes,
    /// The timer rings again then.
    Later(DateTime<Utc>),
    /// It was taken back.
    No,
}

impl Decision for BeginErasure {
    type Reply = Begun;

    fn streams(&self) -> Vec<Stream> {
        let purchases = self.purchases.iter().map(|purchase| Stream::of::<Purchase>(*purchase));
        let wallets = [WalletKey::earning(self.user), WalletKey::token(self.user)];
        let wallets = wallets.into_iter().map(Stream::of::<Wallet>);
        [Stream::of::<User>(self.user)].into_iter().chain(wallets).chain(purchases).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Begun, Halt> {
        let user = self.user;
        let person = work.state::<User>(user)?;
        match person.leaving() {
            None if person.status() == Status::Erased => return Ok(Begun::Yes),
            None => return Ok(Begun::No),
            Some(leaving) if leaving.begun => return Ok(Begun::Yes),
            Some(leaving) if leaving.due > work.at() => return Ok(Begun::Later(leaving.due)),
            Some(_) => {}
        }
        if let Some(obstacle) = self.obstacle(work)? {
            let due = work.at() + LOOK_AGAIN;
            work.record::<User>(user, UserEvent::DeletionPostponed { user, due, obstacle })?;
            work.schedule(ACCOUNT_DELETION, user.to_string(), due, Vec::new());
            return Ok(Begun::Later(due));
        }
        work.record::<User>(user, UserEvent::ErasureBegun { user })?;
        Ok(Begun::Yes)
    }
}

impl BeginErasure {
    /// Money that is under way in either direction.
    fn obstacle(&self, work: &mut Work<'_>) -> Result<Option<Obstacle>, Halt> {
        if work.state::<Wallet>(WalletKey::earning(self.user))?.pays_out() {
            return Ok(Some(Obstacle::OpenPayout));
        }
        // Whoever leaves may ask for money back until now: what was asked for since somebody looked
        // is held in the wallet.
        if work.state::<Wallet>(WalletKey::token(self.user))?.gives_back() {
            return Ok(Some(Obstacle::PurchaseInDoubt));
        }
        for purchase in &self.purchases {
            if work.state::<Purchase>(*purchase)?.is_open() {
                return Ok(Some(Obstacle::PurchaseInDoubt));
            }
        }
        Ok(None)
    }
}
