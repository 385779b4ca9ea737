//! Accounts of providers: signing up with one, linking and unlinking (IAM-15, IAM-16). Providers'
//! tokens are not kept; who somebody is there stands in the log as a hash and sealed.

use serde::{Deserialize, Serialize};

use super::{EmailClaim, PERSON_KEY, User, UserCommand, UserError, UserEvent, Username};
use crate::{Decision, Halt, Sealed, Stream, UserId, Work};

/// Who vouches for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Google, by OpenID Connect.
    Google,
    /// Discord, by OAuth 2.
    Discord,
}

impl Provider {
    /// The word in routes, claims and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Discord => "discord",
        }
    }
}

/// Somebody, as a provider knows them, without showing whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Whose account.
    pub provider: Provider,
    /// The store's HMAC-SHA256 of the provider's id, in hex.
    pub hash: String,
}

impl Subject {
    /// The value of claims: one account signs in one user, and is welcomed once.
    #[must_use]
    pub fn claim(&self) -> String {
        format!("{}:{}", self.provider.name(), self.hash)
    }
}

impl User {
    /// Whether this account of a provider is theirs.
    #[must_use]
    pub fn signs_in_with(&self, subject: &Subject) -> bool {
        self.credentials.has(subject)
    }
}

/// What a provider says of somebody, sealed for the user it is linked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The provider's id of the account.
    pub subject: Sealed,
    /// The address there, if the provider verified it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Sealed>,
    /// The name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Sealed>,
}

/// What concerns accounts of providers.
#[derive(Debug, Clone)]
pub enum OauthCommand {
    /// Sign up.
    Register {
        /// Who; drawn at the edge.
        user: UserId,
        /// The handle (IAM-02).
        username: Username,
        /// The address, if the provider verified it (IAM-03).
        email: Option<Sealed>,
        /// The free name (IAM-05).
        display_name: Sealed,
        /// The account they came with.
        subject: Subject,
    },
    /// Add a way to sign in.
    Link {
        /// Who.
        user: UserId,
        /// The account.
        subject: Subject,
        /// What it says.
        profile: Profile,
        /// Which password was checked: [`User::passwords`].
        passwords: u32,
    },
    /// Take a way to sign in away.
    Unlink {
        /// Who.
        user: UserId,
        /// Whose account.
        provider: Provider,
        /// Whether the place lets people sign in with a password (IAM-04).
        passwords_work: bool,
    },
}

impl User {
    pub(super) fn decide_oauth(&self, command: OauthCommand) -> Result<Vec<UserEvent>, UserError> {
        match command {
            OauthCommand::Register { user, username, email, display_name, subject } => {
                let verified = email.is_some().then_some(UserEvent::EmailVerified { user });
                let username = username.into();
                let registered =
                    UserEvent::RegisteredWithOauth { user, username, email, display_name, subject };
                Ok([registered].into_iter().chain(verified).collect())
            }
            OauthCommand::Link { passwords, .. } if passwords != self.passwords() => {
                Err(UserError::PasswordReplaced)
            }
            OauthCommand::Link { subject, .. } if self.credentials.has(&subject) => Ok(vec![]),
            OauthCommand::Link { subject, .. }
                if self.credentials.accounts.contains_key(&subject.provider) =>
            {
                Err(UserError::ProviderLinked)
            }
            OauthCommand::Link { user, subject, profile, .. } => {
                Ok(vec![UserEvent::OauthAccountLinked { user, subject, profile }])
            }
            OauthCommand::Unlink { user, provider, passwords_work } => {
                let linked = self.subject(provider).ok_or(UserError::NotLinked)?;
                if !self.credentials.can_do_without(provider, passwords_work) {
                    return Err(UserError::LastLoginMethod);
                }
                Ok(vec![UserEvent::OauthAccountUnlinked { user, subject: linked }])
            }
        }
    }

    /// All linked accounts.
    pub(super) fn subjects(&self) -> impl Iterator<Item = Subject> {
        let accounts = self.credentials.accounts.iter();
        accounts.map(|(provider, hash)| Subject { provider: *provider, hash: hash.clone() })
    }

    /// The linked account of a provider.
    #[must_use]
    pub fn subject(&self, provider: Provider) -> Option<Subject> {
        let hash = self.credentials.accounts.get(&provider)?.clone();
        Some(Subject { provider, hash })
    }
}

/// What makes an account of a provider sign in one user only.
const CLAIM: &str = "oauth";

fn claim(work: &mut Work<'_>, user: UserId, subject: &Subject) -> Result<(), Halt> {
    let owner = Stream::of::<User>(user).id;
    work.claim(CLAIM, subject.claim(), owner, UserError::OauthTaken)
}

/// An account that is unlinked may sign in somebody else.
pub(super) fn release(work: &mut Work<'_>, user: UserId, subject: &Subject) {
    work.release(CLAIM, subject.claim(), Stream::of::<User>(user).id);
}

/// Somebody signs up with an account of a provider. Not `Debug`: it carries a secret.
#[derive(Clone)]
pub struct RegisterWithOauth {
    /// Drawn at the edge.
    pub user: UserId,
    /// The handle; claimed without regard to case.
    pub username: Username,
    /// The address the provider verified, with what makes it unique.
    pub email: Option<(EmailClaim, Sealed)>,
    /// The free name, sealed under the new person's key.
    pub display_name: Sealed,
    /// The account.
    pub subject: Subject,
    /// What it says.
    pub profile: Profile,
    /// The new person's key, wrapped; goes to the vault.
    pub person_key: Vec<u8>,
}

impl Decision for RegisterWithOauth {
    type Reply = UserId;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::beginning::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<UserId, Halt> {
        let (user, subject) = (self.user, self.subject.clone());
        let register = OauthCommand::Register {
            user,
            username: self.username.clone(),
            email: self.email.as_ref().map(|(_, sealed)| sealed.clone()),
            display_name: self.display_name.clone(),
            subject: subject.clone(),
        };
        work.decide::<User>(user, UserCommand::Oauth(register))?;
        let (profile, passwords) = (self.profile.clone(), 0);
        let link = OauthCommand::Link { user, subject, profile, passwords };
        work.decide::<User>(user, UserCommand::Oauth(link))?;

        let owner = Stream::of::<User>(user).id;
        claim(work, user, &self.subject)?;
        if let Some((claim, _)) = &self.email {
            work.claim("email", claim.to_hex(), owner, UserError::EmailTaken)?;
        }
        work.claim("username", self.username.folded(), owner, UserError::UsernameTaken)?;
        work.keep(PERSON_KEY, user.to_string(), self.person_key.clone());
        Ok(user)
    }
}

/// A user adds an account of a provider.
#[derive(Debug, Clone)]
pub struct LinkOauth {
    /// Who.
    pub user: UserId,
    /// The account.
    pub subject: Subject,
    /// What it says.
    pub profile: Profile,
    /// Which password was checked: [`User::passwords`].
    pub passwords: u32,
}

impl Decision for LinkOauth {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let (user, subject, profile) = (self.user, self.subject.clone(), self.profile.clone());
        let link = OauthCommand::Link { user, subject, profile, passwords: self.passwords };
        if work.decide::<User>(user, UserCommand::Oauth(link))? > 0 {
            claim(work, user, &self.subject)?;
        }
        Ok(())
    }
}

/// A user takes an account of a provider away; never the last way to sign in.
#[derive(Debug, Clone, Copy)]
pub struct UnlinkOauth {
    /// Who.
    pub user: UserId,
    /// Whose account.
    pub provider: Provider,
    /// Whether the place lets people sign in with a password (IAM-04).
    pub passwords_work: bool,
}

impl Decision for UnlinkOauth {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { user, provider, passwords_work } = *self;
        let linked = work.state::<User>(user)?.subject(provider);
        let unlink = OauthCommand::Unlink { user, provider, passwords_work };
        work.decide::<User>(user, UserCommand::Oauth(unlink))?;
        if let Some(linked) = linked {
            release(work, user, &linked);
        }
        Ok(())
    }
}
