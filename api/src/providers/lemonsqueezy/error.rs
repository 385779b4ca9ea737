//! Why Lemon Squeezy did not do what it was asked, by what is to be done about it.

use std::time::Duration;

/// Why there is no answer to work with.
#[derive(Debug, thiserror::Error)]
pub enum LemonSqueezyError {
    /// No store is connected.
    #[error("no Lemon Squeezy store is connected: set FOLIO_LEMONSQUEEZY_STORE")]
    NotConnected,
    /// It said no. The detail is for the log: vendor texts are not shown.
    #[error("Lemon Squeezy answered {status}: {detail}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said.
        detail: String,
    },
    /// More was asked than it answers in a minute (d2.1).
    #[error("Lemon Squeezy is asked too often, again in {retry_after:?}")]
    Busy {
        /// When to ask again.
        retry_after: Duration,
    },
    /// It answered something that is not of its documented shape.
    #[error("Lemon Squeezy answered {status} with a body that does not parse")]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// What serde said.
        #[source]
        cause: serde_json::Error,
    },
    /// No answer: whether it worked on it is not known.
    #[error("no answer from Lemon Squeezy")]
    NoAnswer(#[source] reqwest::Error),
}

/// What is to be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Ask again later: nothing says that it will not work.
    Passing,
    /// There is no such thing there.
    NotFound,
    /// Its state does not allow what was asked.
    Refused,
    /// Our key or our request is wrong: somebody must look.
    OurFault,
}

impl LemonSqueezyError {
    /// What is to be done.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::NotConnected => Class::OurFault,
            Self::Refused { status: 404 | 410, .. } => Class::NotFound,
            Self::Refused { status: 409 | 422, .. } => Class::Refused,
            Self::Refused { status: 408 | 425 | 429 | 500.., .. } => Class::Passing,
            Self::Refused { .. } => Class::OurFault,
            // A proxy's page in its place, most likely.
            Self::Unreadable { .. } | Self::Busy { .. } | Self::NoAnswer(_) => Class::Passing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_classed_by_what_is_to_be_done() {
        let class = |status| LemonSqueezyError::Refused { status, detail: String::new() }.class();
        for (status, expected) in [
            (400, Class::OurFault),
            (401, Class::OurFault),
            (403, Class::OurFault),
            (404, Class::NotFound),
            (409, Class::Refused),
            (422, Class::Refused),
            (429, Class::Passing),
            (500, Class::Passing),
            (503, Class::Passing),
        ] {
            assert_eq!(class(status), expected, "{status}");
        }
        let busy = LemonSqueezyError::Busy { retry_after: Duration::from_secs(1) };
        assert_eq!(busy.class(), Class::Passing);
    }
}
