//! Signing up: the person, both claims and both secrets in one append.

use super::{EmailClaim, User, UserCommand, UserError, Username};
use crate::aggregate::Stream;
use crate::work::{Decision, Halt, Work};
use crate::{Sealed, UserId};

/// Vault kind of a password's PHC string; the key is the user's id.
pub const PASSWORD: &str = "password";
/// Vault kind of the wrapped key that opens a person's sealed fields; the key is the user's id.
pub const PERSON_KEY: &str = "person-key";

/// A person signs up with e-mail and password (IAM-02, 03, 05). Not `Debug`: it carries secrets.
#[derive(Clone)]
pub struct RegisterUser {
    /// Drawn at the edge.
    pub user: UserId,
    /// The handle; claimed without regard to case.
    pub username: Username,
    /// What makes the address unique without showing it.
    pub email_claim: EmailClaim,
    /// The address, sealed under the new person's key.
    pub email: Sealed,
    /// The free name, sealed under the new person's key.
    pub display_name: Sealed,
    /// The argon2id hash as a PHC string; goes to the vault, never into an event (D12).
    pub password_phc: Vec<u8>,
    /// The new person's key, wrapped; goes to the vault, and erasure destroys it there.
    pub person_key: Vec<u8>,
}

impl Decision for RegisterUser {
    type Reply = UserId;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::beginning::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<UserId, Halt> {
        let command = UserCommand::Register {
            user: self.user,
            username: self.username.clone(),
            email: self.email.clone(),
            display_name: self.display_name.clone(),
        };
        work.decide::<User>(self.user, command)?;

        let owner = Stream::of::<User>(self.user).id;
        work.claim(
            super::username::SCOPE,
            self.username.folded(),
            owner,
            UserError::UsernameTaken,
        )?;
        work.claim("email", self.email_claim.to_hex(), owner, UserError::EmailTaken)?;
        work.keep(PASSWORD, self.user.to_string(), self.password_phc.clone());
        work.keep(PERSON_KEY, self.user.to_string(), self.person_key.clone());
        Ok(self.user)
    }
}
