//! What staff do to an account. The one who asks is read in the same append: a role that is taken
//! away meanwhile no longer counts, and of two admins who remove each other one remains, since
//! whoever removes an admin is one.

use std::collections::BTreeSet;

use super::{Role, StandingCommand, Status, User, UserCommand, UserError};
use crate::aggregate::Stream;
use crate::work::{Decision, Halt, Work};
use crate::{Sealed, UserId};

/// Staff set which roles somebody has beside those they gave themselves (IAM-07).
#[derive(Debug, Clone)]
pub struct SetRoles {
    /// Who asks.
    pub by: UserId,
    /// Whose roles; never one's own.
    pub user: UserId,
    /// All they shall have of [`Role::GIVEN`].
    pub roles: BTreeSet<Role>,
}

impl Decision for SetRoles {
    type Reply = BTreeSet<Role>;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.by), Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<BTreeSet<Role>, Halt> {
        let user = self.user;
        let (by, whose) = may_judge(work, self.by, user)?;
        let given = |role: &&Role| Role::GIVEN.contains(role);
        let granted = self.roles.difference(&whose.roles).filter(given);
        let revoked = whose.roles.difference(&self.roles).filter(given);
        if let Some(role) = granted.clone().chain(revoked.clone()).find(|role| !by.may_give(**role))
        {
            return Err(UserError::RoleNotHeld { role: *role }.into());
        }
        for role in granted {
            work.decide::<User>(user, UserCommand::GrantRole { user, role: *role })?;
        }
        for role in revoked {
            work.decide::<User>(user, UserCommand::RevokeRole { user, role: *role })?;
        }
        Ok(work.state::<User>(user)?.roles.clone())
    }
}

/// Staff stop an account, or say anew why (IAM-08).
#[derive(Debug, Clone)]
pub struct Suspend {
    /// Who asks.
    pub by: UserId,
    /// Whom; never oneself.
    pub user: UserId,
    /// Why, sealed for the person it is about.
    pub reason: Sealed,
}

impl Decision for Suspend {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.by), Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { by, user, reason } = self.clone();
        may_judge(work, by, user)?;
        let suspend = UserCommand::Standing(StandingCommand::Suspend { user, reason });
        work.decide::<User>(user, suspend).map(|_| ())
    }
}

/// Staff let somebody in again (IAM-08).
#[derive(Debug, Clone)]
pub struct Reinstate {
    /// Who asks.
    pub by: UserId,
    /// Whom.
    pub user: UserId,
    /// Why, sealed for the person it is about.
    pub reason: Sealed,
}

impl Decision for Reinstate {
    type Reply = Status;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.by), Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Status, Halt> {
        let Self { by, user, reason } = self.clone();
        may_judge(work, by, user)?;
        let reinstate = UserCommand::Standing(StandingCommand::Reinstate { user, reason });
        work.decide::<User>(user, reinstate)?;
        Ok(work.state::<User>(user)?.status)
    }
}

/// Support judges users; only an admin judges an admin; nobody judges themselves.
fn may_judge(work: &mut Work<'_>, by: UserId, user: UserId) -> Result<(User, User), Halt> {
    let (by, whose) = both(work, by, user)?;
    if whose.roles.contains(&Role::Admin) && !by.roles.contains(&Role::Admin) {
        return Err(UserError::OnlyAdmins.into());
    }
    Ok((by, whose))
}

/// One of the staff as of now, and the other one whom it is about.
fn both(work: &mut Work<'_>, by: UserId, user: UserId) -> Result<(User, User), Halt> {
    if by == user {
        return Err(UserError::Oneself.into());
    }
    let staff = work.state::<User>(by)?.clone();
    staff.status.may_act()?;
    if !staff.roles.contains(&Role::Admin) && !staff.roles.contains(&Role::Support) {
        return Err(UserError::NotStaff.into());
    }
    let whose = work.state::<User>(user)?.clone();
    if whose.is_registered() { Ok((staff, whose)) } else { Err(UserError::NotFound.into()) }
}

impl User {
    /// Whoever is not an admin gives and takes only what they have themselves.
    fn may_give(&self, role: Role) -> bool {
        self.roles.contains(&Role::Admin) || self.roles.contains(&role)
    }
}
