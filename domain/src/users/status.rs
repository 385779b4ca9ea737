//! Where an account stands (IAM-08): active -> suspended / deactivated -> pending_deletion ->
//! erased; one machine, and which command it refuses where.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Role, Unspent, User, UserError, UserEvent};
use crate::input::text;
use crate::{Sealed, UserId};

text!(/** Why staff stop an account or let it in again, in words. */ JudgeReason, Line, 1..=500);

/// Where an account stands.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// May do everything that is theirs.
    #[default]
    Active,
    /// Stopped by staff: nothing is left to them but to take their data along, and to leave.
    Suspended,
    /// Stopped by the person: they get in to come back, to take their data, or to leave for good.
    Deactivated,
    /// Will be erased unless the person takes it back (P7).
    PendingDeletion,
    /// Nobody is behind it any more.
    Erased,
}

impl Status {
    /// As it is stored and shown.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
            Self::PendingDeletion => "pending_deletion",
            Self::Erased => "erased",
        }
    }

    /// Refuses what only an active account does.
    ///
    /// # Errors
    /// Why it may not act.
    pub fn may_act(self) -> Result<(), UserError> {
        match self {
            Self::Active => Ok(()),
            Self::Suspended => Err(UserError::Suspended),
            Self::Deactivated => Err(UserError::Deactivated),
            Self::PendingDeletion => Err(UserError::DeletionPending),
            Self::Erased => Err(UserError::NotFound),
        }
    }

    /// Refuses whoever may not even look: a deactivated person may, to come back or to leave.
    ///
    /// # Errors
    /// Suspended, or erased.
    pub fn may_look(self) -> Result<(), UserError> {
        match self {
            Self::Active | Self::Deactivated | Self::PendingDeletion => Ok(()),
            Self::Suspended => Err(UserError::Suspended),
            Self::Erased => Err(UserError::NotFound),
        }
    }

    /// Refuses whoever nobody is behind any more. Whom staff stopped may sign in: to take their data
    /// along and to leave is nobody's to deny (P7).
    ///
    /// # Errors
    /// Erased.
    pub fn may_sign_in(self) -> Result<(), UserError> {
        match self {
            Self::Active | Self::Deactivated | Self::PendingDeletion | Self::Suspended => Ok(()),
            Self::Erased => Err(UserError::NotFound),
        }
    }

    /// Whether `turn` changes anything here.
    ///
    /// # Errors
    /// What stands in its way.
    pub fn allows(self, turn: Turn) -> Result<bool, UserError> {
        use Status::{Active, Deactivated, Erased, PendingDeletion, Suspended};
        match (turn, self) {
            (_, Erased) => Err(UserError::NotFound),
            (Turn::Suspend | Turn::Deactivate | Turn::Reactivate, PendingDeletion) => {
                Err(UserError::DeletionPending)
            }
            (Turn::Deactivate | Turn::Reactivate, Suspended) => Err(UserError::Suspended),
            (Turn::CancelDeletion | Turn::Erase, Active | Suspended | Deactivated) => {
                Err(UserError::NoDeletionPending)
            }
            (Turn::Suspend, Active | Deactivated | Suspended) // The reason is another one.
            | (Turn::Reinstate, Suspended)
            | (Turn::Deactivate, Active)
            | (Turn::Reactivate, Deactivated)
            | (Turn::RequestDeletion, Active | Suspended | Deactivated)
            | (Turn::CancelDeletion | Turn::Erase, PendingDeletion) => Ok(true),
            (Turn::Reinstate, Active | Deactivated | PendingDeletion)
            | (Turn::Deactivate, Deactivated)
            | (Turn::Reactivate, Active)
            | (Turn::RequestDeletion, PendingDeletion) => Ok(false),
        }
    }
}

/// A step of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// By staff.
    Suspend,
    /// By staff.
    Reinstate,
    /// By the person.
    Deactivate,
    /// By the person.
    Reactivate,
    /// By the person.
    RequestDeletion,
    /// By the person; the account stands again where it stood before it was requested.
    CancelDeletion,
    /// By the process of P7, when the time to reconsider is over.
    Erase,
}

/// What changes where an account stands. Who may ask is [`super::Suspend`]'s and the caller's.
#[derive(Debug, Clone)]
pub enum StandingCommand {
    /// Staff stop the account.
    Suspend {
        /// Whose.
        user: UserId,
        /// Why, in words; about a person, so sealed for them.
        reason: Sealed,
    },
    /// Staff let the person in again.
    Reinstate {
        /// Whose.
        user: UserId,
        /// Why, in words.
        reason: Sealed,
    },
    /// The person rests.
    Deactivate {
        /// Who.
        user: UserId,
    },
    /// The person comes back.
    Reactivate {
        /// Who.
        user: UserId,
    },
    /// The person leaves for good (P7).
    RequestDeletion {
        /// Who.
        user: UserId,
        /// When it is due.
        due: DateTime<Utc>,
    },
    /// The person stays.
    CancelDeletion {
        /// Who.
        user: UserId,
    },
    /// The process of P7 is at its end.
    Erase {
        /// Who.
        user: UserId,
        /// What stays in the books.
        unspent: Unspent,
    },
}

impl StandingCommand {
    fn turn(&self) -> Turn {
        match self {
            Self::Suspend { .. } => Turn::Suspend,
            Self::Reinstate { .. } => Turn::Reinstate,
            Self::Deactivate { .. } => Turn::Deactivate,
            Self::Reactivate { .. } => Turn::Reactivate,
            Self::RequestDeletion { .. } => Turn::RequestDeletion,
            Self::CancelDeletion { .. } => Turn::CancelDeletion,
            Self::Erase { .. } => Turn::Erase,
        }
    }
}

impl User {
    /// Where the account stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    pub(super) fn decide_standing(
        &self,
        command: StandingCommand,
    ) -> Result<Vec<UserEvent>, UserError> {
        if !self.status.allows(command.turn())? {
            return Ok(vec![]);
        }
        Ok(vec![match command {
            StandingCommand::Suspend { user, reason } => UserEvent::Suspended { user, reason },
            StandingCommand::Reinstate { user, reason } => UserEvent::Reinstated { user, reason },
            // An admin is let go by another one, so that one always remains.
            StandingCommand::Deactivate { .. } | StandingCommand::RequestDeletion { .. }
                if self.roles.contains(&Role::Admin) =>
            {
                return Err(UserError::StillAdmin);
            }
            StandingCommand::Deactivate { user } => UserEvent::Deactivated { user },
            StandingCommand::Reactivate { user } => UserEvent::Reactivated { user },
            StandingCommand::RequestDeletion { user, due } => {
                UserEvent::DeletionRequested { user, due }
            }
            StandingCommand::CancelDeletion { user } => {
                UserEvent::DeletionCanceled { user, status: self.stay()? }
            }
            StandingCommand::Erase { user, unspent } => UserEvent::Erased { user, unspent },
        }])
    }
}
