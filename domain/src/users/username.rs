//! Handles change now and then; the one left behind stays blocked for a while, so that nobody is
//! taken for who had it (IAM-02).

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{ProfileCommand, User, UserCommand, UserError, UserEvent, Username};
use crate::UserId;
use crate::aggregate::Stream;
use crate::work::{Decision, Halt, Work};

/// Vault kind of the timer that gives a former handle free; the key is the handle as compared.
pub const USERNAME_RELEASE: &str = "username-release";
/// The scope in which handles are unique.
pub(super) const SCOPE: &str = "username";
/// How long a handle is kept at least: whoever changes it may do so again after that.
const KEPT: TimeDelta = TimeDelta::days(14);
/// How long a handle that was left stays blocked.
const BLOCKED: TimeDelta = TimeDelta::days(30);

/// The handles one person holds: at most the present one and those of the last [`BLOCKED`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Handles {
    current: String,
    changed_at: Option<DateTime<Utc>>,
    /// As compared.
    former: BTreeSet<String>,
}

impl Handles {
    pub(super) fn current(&self) -> &str {
        &self.current
    }

    /// The first choice is free: at sign-up a handle may have been made up. So is another case.
    pub(super) fn change(
        &self,
        user: UserId,
        username: Username,
        at: DateTime<Utc>,
    ) -> Result<Vec<UserEvent>, UserError> {
        if username.as_str() == self.current {
            return Ok(Vec::new());
        }
        match self.changed_at.map(|changed_at| changed_at + KEPT) {
            Some(until) if at < until && username.folded() != fold(&self.current) => {
                Err(UserError::UsernameChangedLately { until })
            }
            Some(_) | None => Ok(vec![UserEvent::UsernameChanged {
                user,
                username: username.into(),
                former: self.current.clone(),
                at,
            }]),
        }
    }

    pub(super) fn release(&self, user: UserId, username: String) -> Vec<UserEvent> {
        if self.former.contains(&username) {
            vec![UserEvent::UsernameReleased { user, username }]
        } else {
            Vec::new() // Taken back, or given free before.
        }
    }

    pub(super) fn begin(&mut self, username: String) {
        self.current = username;
    }

    pub(super) fn changed(&mut self, username: String, at: DateTime<Utc>) {
        let former = std::mem::replace(&mut self.current, username);
        if fold(&former) == fold(&self.current) {
            return; // Nobody else is meant.
        }
        self.former.insert(fold(&former));
        self.former.remove(&fold(&self.current));
        self.changed_at = Some(at);
    }

    pub(super) fn released(&mut self, username: &str) {
        self.former.remove(username);
    }
}

/// The form in which handles are compared, of one that is known to be well formed.
fn fold(username: &str) -> String {
    username.to_ascii_lowercase()
}

/// Claims the new handle, keeps the old one's claim, and sets the timer that gives it free.
pub(super) fn change(work: &mut Work<'_>, user: UserId, username: &Username) -> Result<(), Halt> {
    let former = fold(work.state::<User>(user)?.username());
    let (at, username) = (work.at(), username.clone());
    let folded = username.folded();
    let command = UserCommand::Profile(ProfileCommand::ChangeUsername { user, username, at });
    if work.decide::<User>(user, command)? == 0 || former == folded {
        return Ok(()); // The same, or the same in another case.
    }
    let owner = Stream::of::<User>(user).id;
    work.claim(SCOPE, folded.clone(), owner, UserError::UsernameTaken)?;
    work.forget(USERNAME_RELEASE, folded); // It may be one's own former handle.
    let release = ReleaseUsername { user, username: former.clone() };
    let bytes = serde_json::to_vec(&release).map_err(|fault| Halt::Fault(fault.to_string()))?;
    work.schedule(USERNAME_RELEASE, former, at + BLOCKED, bytes);
    Ok(())
}

/// A former handle becomes free for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseUsername {
    /// Whose it was.
    pub user: UserId,
    /// The handle as compared.
    pub username: String,
}

impl Decision for ReleaseUsername {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { user, username } = self.clone();
        let command = ProfileCommand::ReleaseUsername { user, username: username.clone() };
        if work.decide::<User>(user, UserCommand::Profile(command))? > 0 {
            work.release(SCOPE, username, Stream::of::<User>(user).id);
        }
        Ok(())
    }
}

/// What a timer of this context asks for when it rings; `None` when its kind is another context's.
///
/// # Errors
/// It is ours but cannot be read.
pub fn timer(kind: &str, bytes: &[u8]) -> Result<Option<ReleaseUsername>, serde_json::Error> {
    (kind == USERNAME_RELEASE).then(|| serde_json::from_slice(bytes)).transpose()
}
