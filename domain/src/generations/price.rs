//! What a picture costs, and whether that is what the caller agreed to (P5.1).

use chrono::{DateTime, Utc};

use super::{GenerationError, Line};
use crate::styles::Terms;
use crate::{Amount, Asset, UserId};

/// What `user` pays for one picture on these terms: the licence fee, unless the style is their own
/// or a present (P5, STY-07), and the credits for its GPU time, where it needs any. An empty list
/// costs nothing.
#[must_use]
pub fn price(terms: Terms, user: UserId, credits: Option<Amount>) -> Vec<Line> {
    let licence = Line { asset: Asset::Token, amount: terms.tokens, payee: Some(terms.artist) };
    let is_free = terms.artist == user || terms.tokens.is_zero();
    let gpu = credits.map(|amount| Line { asset: Asset::Credit, amount, payee: None });
    (!is_free).then_some(licence).into_iter().chain(gpu).collect()
}

/// What the caller agreed to pay.
#[derive(Debug, Clone)]
pub enum AcceptedPrice {
    /// Exactly what was quoted, until then, whatever it costs meanwhile (P5.1).
    Quote {
        /// As [`price`] said.
        lines: Vec<Line>,
        /// Until when it holds.
        expires_at: DateTime<Utc>,
    },
    /// Whatever it costs now, up to so many tokens.
    AtMost(Amount),
}

impl AcceptedPrice {
    /// The lines to hold, if the caller agreed to them.
    ///
    /// # Errors
    /// The quote ran out, or it costs more than was accepted.
    pub fn check(&self, lines: Vec<Line>, at: DateTime<Utc>) -> Result<Vec<Line>, GenerationError> {
        match self {
            Self::Quote { expires_at, .. } if *expires_at <= at => {
                Err(GenerationError::QuoteExpired { lines })
            }
            Self::Quote { lines: quoted, .. } => Ok(quoted.clone()),
            Self::AtMost(max) if tokens(&lines) > *max => {
                Err(GenerationError::CostAboveMax { cost: tokens(&lines), max: *max })
            }
            Self::AtMost(_) => Ok(lines),
        }
    }
}

fn tokens(lines: &[Line]) -> Amount {
    amount(lines, Asset::Token)
}

/// The line of an asset; nothing, if there is none.
pub(super) fn amount(lines: &[Line], asset: Asset) -> Amount {
    lines.iter().find(|line| line.asset == asset).map_or(Amount::ZERO, |line| line.amount)
}
