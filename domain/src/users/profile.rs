//! What others see of a person, and one change of it (IAM-02, 05, 06).

use chrono::{DateTime, Utc};

use super::{User, UserCommand, UserError, UserEvent, Username, username};
use crate::aggregate::Stream;
use crate::images::Image;
use crate::input::{Shape, TextError, bounded, text};
use crate::names::{legible, nobody_of_ours};
use crate::work::{Decision, Halt, Work};
use crate::{ImageId, Sealed, UserId};

text!(/** The free name people see (IAM-05). */ DisplayName, Line, 1..=100);

impl DisplayName {
    /// A name that somebody may choose for themselves: none that reads like Folio's own.
    ///
    /// # Errors
    /// As [`DisplayName::parse`], or it is reserved.
    pub fn chosen(text: &str) -> Result<Self, TextError> {
        nobody_of_ours(text).and_then(|()| Self::parse(text))
    }
}

/// A few words about oneself (IAM-06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bio(String);

impl Bio {
    /// The most characters.
    pub const CHARS_MAX: usize = 1_000;

    /// Any words, with line breaks, and nothing hidden among them.
    ///
    /// # Errors
    /// Empty, too long, or with characters that are not seen.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        bounded(&legible(text)?, Shape::Prose, 1, Self::CHARS_MAX).map(Self)
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What changes of a profile: `None` stays, `Some(None)` goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The free name.
    pub display_name: Option<Sealed>,
    /// A few words about oneself.
    pub bio: Option<Option<Sealed>>,
    /// The picture that stands for the person.
    pub avatar: Option<Option<ImageId>>,
}

impl ProfileChange {
    fn events(self, user: UserId) -> Vec<UserEvent> {
        if self == Self::default() {
            return Vec::new();
        }
        let Self { display_name, bio, avatar } = self;
        vec![UserEvent::ProfileUpdated { user, display_name, bio, avatar }]
    }
}

/// What can be asked of a person's handle, profile and settings.
#[derive(Debug, Clone)]
pub enum ProfileCommand {
    /// Take another handle; the claims are [`UpdateMe`]'s (IAM-02).
    ChangeUsername {
        /// Who.
        user: UserId,
        /// The new handle.
        username: Username,
        /// When it was asked.
        at: DateTime<Utc>,
    },
    /// Give up a former handle; the claim is [`super::ReleaseUsername`]'s (IAM-02).
    ReleaseUsername {
        /// Whose it was.
        user: UserId,
        /// The handle in the form in which handles are compared.
        username: String,
    },
    /// Change what others see (IAM-05, IAM-06).
    Update {
        /// Whose.
        user: UserId,
        /// What changes.
        change: ProfileChange,
    },
    /// Keep settings; all of them, merged at the edge (IAM-06).
    SetPreferences {
        /// Whose.
        user: UserId,
        /// The document as sealed JSON.
        preferences: Sealed,
    },
}

impl User {
    /// The handle as chosen; empty before signing up.
    #[must_use]
    pub fn username(&self) -> &str {
        self.handles.current()
    }

    /// How many events there were: what ETags say (c0.3).
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Refuses a change to what is not what its caller saw (c0.3).
    ///
    /// # Errors
    /// [`UserError::VersionMismatch`].
    pub fn expect(&self, version: Option<u64>) -> Result<(), UserError> {
        match version {
            Some(version) if version != self.version => {
                Err(UserError::VersionMismatch { version: self.version })
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn decide_profile(
        &self,
        command: ProfileCommand,
    ) -> Result<Vec<UserEvent>, UserError> {
        match command {
            ProfileCommand::ReleaseUsername { user, username } => {
                Ok(self.handles.release(user, username)) // Whatever their standing.
            }
            ProfileCommand::ChangeUsername { user, username, at } => {
                self.status.may_act()?;
                self.handles.change(user, username, at)
            }
            ProfileCommand::Update { user, change } => {
                self.status.may_act()?;
                Ok(change.events(user))
            }
            ProfileCommand::SetPreferences { user, preferences } => {
                self.status.may_act()?;
                Ok(vec![UserEvent::PreferencesChanged { user, preferences }])
            }
        }
    }
}

/// A person changes handle and profile, all of it or nothing.
#[derive(Debug, Clone)]
pub struct UpdateMe {
    /// Who.
    pub user: UserId,
    /// The new handle.
    pub username: Option<Username>,
    /// What else changes.
    pub change: ProfileChange,
    /// The version the caller saw, if that matters (c0.3).
    pub version: Option<u64>,
}

impl UpdateMe {
    fn avatar(&self) -> Option<ImageId> {
        self.change.avatar.flatten()
    }
}

impl Decision for UpdateMe {
    /// The version after it.
    type Reply = u64;

    fn streams(&self) -> Vec<Stream> {
        let avatar = self.avatar().map(Stream::of::<Image>);
        [Stream::of::<User>(self.user)].into_iter().chain(avatar).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<u64, Halt> {
        let user = self.user;
        work.state::<User>(user)?.expect(self.version)?;
        if let Some(image) = self.avatar()
            && !work.state::<Image>(image)?.may_represent(user)
        {
            return Err(UserError::NotYourImage.into());
        }
        if let Some(username) = &self.username {
            username::change(work, user, username)?;
        }
        let change = self.change.clone();
        let command = ProfileCommand::Update { user, change };
        work.decide::<User>(user, UserCommand::Profile(command))?;
        Ok(work.state::<User>(user)?.version())
    }
}
