//! What an error of the database means for a batch (log protocol, B13 and B14).

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// What to do after a failed append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The statement may or may not be in the log, or may still get there.
    Unknown,
    /// Some unit of the batch is poison; nothing was written.
    Poison,
    /// Nothing was written, and the same may succeed a moment later.
    Again,
    /// Nothing was written: too much load, locks held too long, disk full.
    Busy,
    /// Nothing was written, and nothing will be: privileges, a missing function.
    Fault,
}

/// A failed append and what it means.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) failure: Failure,
    /// The whole chain of sources, for the log and for whoever is told of a fault.
    pub(super) reason: String,
}

impl Failed {
    /// Reads an error. Without a state it is the connection, or an answer that makes no sense.
    pub(super) fn of(error: &Error) -> Self {
        let failure = error.code().map_or(Failure::Unknown, Failure::of_state);
        let mut reason = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(error) = source {
            reason = format!("{reason}: {error}");
            source = error.source();
        }
        Self { failure, reason }
    }

    /// What was sent may be in the log.
    pub(super) fn unknown(reason: &str) -> Self {
        Self { failure: Failure::Unknown, reason: reason.to_owned() }
    }
}

impl Failure {
    fn of_state(state: &SqlState) -> Self {
        let code = state.code();
        match code {
            "40001" | "40P01" => Self::Again,
            "55P03" | "57014" => Self::Busy,
            "53400" => Self::Poison,
            // Written to a standby, or in a transaction that was thrown out: connect anew.
            "25006" | "25P02" | "25P03" => Self::Unknown,
            _ => match code.get(..2) {
                Some("22" | "23" | "54") => Self::Poison,
                Some("08" | "57") => Self::Unknown,
                Some("53") => Self::Busy,
                Some(_) | None => Self::Fault,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_of_sql_errors_has_one_meaning() {
        let of = |code| Failure::of_state(&SqlState::from_code(code));
        for poison in ["22P05", "23505", "23514", "53400", "54000"] {
            assert_eq!(of(poison), Failure::Poison, "{poison}");
        }
        for unknown in ["08006", "57P01", "57P02", "57P03", "25006"] {
            assert_eq!(of(unknown), Failure::Unknown, "{unknown}");
        }
        for busy in ["55P03", "57014", "53100", "53200"] {
            assert_eq!(of(busy), Failure::Busy, "{busy}");
        }
        assert_eq!(of("40001"), Failure::Again);
        assert_eq!(of("42501"), Failure::Fault);
    }
}
