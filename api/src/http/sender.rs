//! Where a request came from (SEC-06): in an event only sealed, with the key of the person who
//! asked, so that it dies with that key.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{METADATA, Sealed};
use eventstore::seal::{Keyring, SealError};
use uuid::Uuid;

/// What is kept of a `User-Agent`, in bytes; the rest says nothing more.
const USER_AGENT_BYTES_MAX: usize = 256;
/// Persons whose last sender is kept sealed.
const PERSONS_MAX: usize = 20_000;

/// Address and program of a client, in plain.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender {
    ip: Option<IpAddr>,
    user_agent: Option<Arc<str>>,
}

impl std::fmt::Debug for Sender {
    /// Nothing: what is personal does not get into logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sender(…)")
    }
}

/// The same as events carry it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealedSender {
    /// The address.
    pub ip: Option<Sealed>,
    /// The program.
    pub user_agent: Option<Sealed>,
}

impl Sender {
    /// As the connection and its headers say.
    #[must_use]
    pub fn new(ip: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        let user_agent = user_agent.map(|text| {
            let end = text.floor_char_boundary(USER_AGENT_BYTES_MAX);
            text[..end].into()
        });
        Self { ip, user_agent }
    }

    /// Seals both fields with whatever seals a field of this name.
    ///
    /// # Errors
    /// It does not.
    pub fn sealed(
        &self,
        seal: impl Fn(&str, &str) -> Result<Sealed, SealError>,
    ) -> Result<SealedSender, SealError> {
        let ip = self.ip.map(|ip| seal("ip", &ip.to_string())).transpose()?;
        let user_agent = self.user_agent.as_ref().map(|text| seal("user_agent", text));
        Ok(SealedSender { ip, user_agent: user_agent.transpose()? })
    }
}

/// The last sender of each person, sealed once: most ask again from where they asked before, and
/// then a command costs no cipher.
#[derive(Default)]
pub struct Senders(Mutex<HashMap<Uuid, (Sender, Arc<SealedSender>)>>);

impl Senders {
    /// The sender sealed for a person; nothing for one whose key was destroyed.
    ///
    /// # Errors
    /// Their key cannot be read.
    pub async fn seal(
        &self,
        keyring: &Keyring,
        person: Uuid,
        sender: &Sender,
    ) -> Result<Arc<SealedSender>, SealError> {
        match self.known(person, sender) {
            Some(known) => Ok(known),
            None => Box::pin(self.seal_anew(keyring, person, sender)).await,
        }
    }

    async fn seal_anew(
        &self,
        keyring: &Keyring,
        person: Uuid,
        sender: &Sender,
    ) -> Result<Arc<SealedSender>, SealError> {
        keyring.preload(&[person]).await?;
        let seal = |field: &str, text: &str| keyring.seal_loaded(person, (METADATA, field), text);
        let sealed = match sender.sealed(seal) {
            Err(SealError::Erased(_)) => return Ok(Arc::default()),
            sealed => Arc::new(sealed?),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= PERSONS_MAX {
            all.clear(); // Sealing again is cheap; whom to let go is not worth knowing.
        }
        all.insert(person, (sender.clone(), Arc::clone(&sealed)));
        Ok(sealed)
    }

    /// Lets go of a person: after their key was destroyed.
    pub fn forget(&self, person: Uuid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&person);
    }

    fn known(&self, person: Uuid, sender: &Sender) -> Option<Arc<SealedSender>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&person).filter(|(known, _)| known == sender).map(|(_, sealed)| Arc::clone(sealed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_user_agent_is_cut_between_characters() {
        let long = format!("a{}", "é".repeat(USER_AGENT_BYTES_MAX));
        let sender = Sender::new(None, Some(&long));
        assert_eq!(sender.user_agent.map(|text| text.len()), Some(USER_AGENT_BYTES_MAX - 1));
    }

    #[test]
    fn what_is_personal_does_not_get_into_logs() {
        let sender = Sender::new(Some(IpAddr::from([203, 0, 113, 7])), Some("Planted/1.0"));
        assert_eq!(format!("{sender:?}"), "Sender(…)");
    }
}
