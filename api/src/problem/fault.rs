//! Faults of ours, and those of what we stand on: what is worth another try says so.

use deadpool_postgres::PoolError;
use eventstore::WriterError;

use super::{Problem, RETRY, Slug};
use crate::passwords::PasswordFault;
use crate::providers::identity::IdentityError;

impl Problem {
    /// Ours to mend; the cause is logged, never shown. When it is only that the database is away,
    /// asking again helps, and the answer says so.
    #[must_use]
    pub fn fault(cause: impl Into<anyhow::Error>) -> Self {
        let cause = cause.into();
        let problem = if cause.chain().any(is_away) {
            Self::new(Slug::UpstreamUnavailable, "The database does not answer.").retry_after(RETRY)
        } else {
            Self::new(Slug::Internal, "The request could not be worked off.")
        };
        problem.because(cause)
    }
}

impl From<WriterError> for Problem {
    fn from(error: WriterError) -> Self {
        let detail = error.to_string();
        match error {
            WriterError::Busy { retry_after } => {
                Self::new(Slug::ReducedCapacity, "Nothing was done.").retry_after(retry_after)
            }
            WriterError::OutcomeUnknown => {
                Self::new(Slug::OutcomeUnknown, detail).retry_after(RETRY)
            }
            WriterError::KeyReused => Self::new(Slug::IdempotencyKeyReused, detail),
            WriterError::AnswerGone { .. } => Self::new(Slug::AnswerGone, detail),
            WriterError::OutOfBounds(_) | WriterError::Fault(_) => Self::fault(error),
            WriterError::ShuttingDown => {
                Self::new(Slug::ReducedCapacity, "Nothing was done.").retry_after(RETRY)
            }
        }
    }
}

impl From<PasswordFault> for Problem {
    fn from(error: PasswordFault) -> Self {
        match error {
            PasswordFault::Busy => {
                Self::new(Slug::ReducedCapacity, "Nothing was done.").retry_after(RETRY)
            }
            PasswordFault::Broken(_) => Self::fault(error),
        }
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Unbelievable(why) => Self::new(Slug::ProviderRefused, why),
            IdentityError::Refused { .. } => {
                Self::new(Slug::ProviderRefused, "Begin anew.").because(error)
            }
            IdentityError::Away(_) => {
                let detail = "The provider does not answer.";
                Self::new(Slug::UpstreamUnavailable, detail).retry_after(RETRY).because(error)
            }
        }
    }
}

/// Whether an error says that the database cannot be reached, or is going away or coming back.
fn is_away(error: &(dyn std::error::Error + 'static)) -> bool {
    const CLASSES: [&str; 3] = ["08", "53", "57"];
    if error.is::<PoolError>() {
        return true;
    }
    let Some(error) = error.downcast_ref::<tokio_postgres::Error>() else { return false };
    let passing = |code: &str| CLASSES.iter().any(|class| code.starts_with(class));
    error.is_closed() || error.code().is_some_and(|code| passing(code.code()))
}

/// Turns a fault of ours into a problem where `?` alone would lose what was being done.
pub trait OrFault<T> {
    /// The value, or a 500 whose log line says what was being done.
    ///
    /// # Errors
    /// The fault.
    fn or_fault(self, doing: &'static str) -> Result<T, Problem>;
}

impl<T, E: Into<anyhow::Error>> OrFault<T> for Result<T, E> {
    fn or_fault(self, doing: &'static str) -> Result<T, Problem> {
        self.map_err(|e| Problem::fault(e.into().context(doing)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_worth_another_try_and_a_bug_is_not() {
        let away = anyhow::Error::from(PoolError::Closed).context("read a wallet");
        assert_eq!(Problem::fault(away).slug(), Slug::UpstreamUnavailable);
        assert_eq!(Problem::fault(anyhow::anyhow!("a bug")).slug(), Slug::Internal);
    }
}
