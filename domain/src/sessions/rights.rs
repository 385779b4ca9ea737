//! What a person may do, as access tokens state it.

use serde::{Deserialize, Serialize};

use crate::artists::Artist;
use crate::plans::Tier;
use crate::users::{Role, Status, User, UserError};
use crate::{Halt, UserId, Work};

/// What a person may do, read in the append that lets them in: never older than that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Who.
    pub user: UserId,
    /// Beside that of a plain user, sorted.
    pub roles: Vec<Role>,
    /// Where their account stands: what it refuses, no role gives.
    pub status: Status,
    /// What they pay for.
    pub tier: Tier,
}

impl Rights {
    /// Those of a user who has nothing but an account.
    #[must_use]
    pub fn plain(user: UserId) -> Self {
        Self { user, roles: Vec::new(), status: Status::Active, tier: Tier::Free }
    }
}

/// The rights of a person who may sign in, and the epoch their sessions must have.
pub(super) fn of(user: UserId, work: &mut Work<'_>) -> Result<(Rights, u32), Halt> {
    let person = work.state::<User>(user)?;
    if !person.is_registered() {
        Err(UserError::NotFound)?;
    }
    person.status().may_sign_in()?;
    let (epoch, status, tier) = (person.epoch(), person.status(), person.membership().tier);
    let mut roles = person.roles().clone();
    if work.state::<Artist>(user)?.is_registered() {
        roles.insert(Role::Artist);
    }
    let roles = roles.into_iter().collect();
    Ok((Rights { user, roles, status, tier }, epoch))
}
