//! Step 12: letters that wait for a mail server go, and with them the address. After the erasure no
//! other is written.

use crate::aggregate::Stream;
use crate::mail::MAIL;
use crate::work::{Decision, Halt, Work};

/// Takes letters out of the outbox.
#[derive(Debug, Clone)]
pub struct ForgetLetters {
    /// Their keys ([`crate::mail::Mail::key`]); at most [`super::PAGE_MAX`].
    pub letters: Vec<String>,
}

impl Decision for ForgetLetters {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        for letter in &self.letters {
            work.forget(MAIL, letter.clone());
        }
        Ok(())
    }
}
