//! Step 1: whether the time has come and nothing stands in the way.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::Stream;
use crate::purchases::Purchase;
use crate::users::{ACCOUNT_DELETION, Obstacle, User, UserEvent};
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
    /// They do; perhaps again.
    Yes,
    /// The timer rings again then.
    Later(DateTime<Utc>),
    /// It was taken back, or is done.
    No,
}

impl Decision for BeginErasure {
    type Reply = Begun;

    fn streams(&self) -> Vec<Stream> {
        let purchases = self.purchases.iter().map(|purchase| Stream::of::<Purchase>(*purchase));
        std::iter::once(Stream::of::<User>(self.user)).chain(purchases).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Begun, Halt> {
        let user = self.user;
        match work.state::<User>(user)?.leaving() {
            None => return Ok(Begun::No),
            Some(leaving) if leaving.begun => return Ok(Begun::Yes),
            Some(leaving) if leaving.due > work.at() => return Ok(Begun::Later(leaving.due)),
            Some(_) => {}
        }
        for purchase in &self.purchases {
            let status = work.state::<Purchase>(*purchase)?.status();
            if status.is_some_and(|status| status.is_open()) {
                let (due, obstacle) = (work.at() + LOOK_AGAIN, Obstacle::PurchaseInDoubt);
                work.record::<User>(user, UserEvent::DeletionPostponed { user, due, obstacle })?;
                work.schedule(ACCOUNT_DELETION, user.to_string(), due, Vec::new());
                return Ok(Begun::Later(due));
            }
        }
        work.record::<User>(user, UserEvent::ErasureBegun { user })?;
        Ok(Begun::Yes)
    }
}
