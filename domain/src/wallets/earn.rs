//! What artists earn: what was paid less the platform's share.

use super::{WalletEvent, WalletKey};
use crate::{Amount, GenerationId, StyleId, UserId};

/// Basis points in a whole.
const WHOLE: i64 = 10_000;

/// The platform's share of what was paid, in basis points, rounded down: what does not divide is the
/// artist's. Above 10,000 counts as all.
#[must_use]
pub fn fee(gross: Amount, basis_points: u32) -> Amount {
    let share = i64::from(basis_points).min(WHOLE);
    // 10^12 * 10^4 fits an i64, and a part of an amount is an amount.
    Amount::new(gross.get() * share / WHOLE).unwrap_or(gross)
}

/// What a captured hold earns its artist.
#[derive(Debug, Clone, Copy)]
pub struct Earn {
    /// The artist.
    pub artist: UserId,
    /// For what.
    pub generation: GenerationId,
    /// With which style.
    pub style: StyleId,
    /// Who paid.
    pub payer: UserId,
    /// What the payer paid.
    pub gross: Amount,
    /// The platform's share as fixed at the request, in basis points; above 10,000 counts as all.
    pub fee_basis_points: u32,
}

impl Earn {
    /// The platform's share, rounded down: what does not divide is the artist's.
    #[must_use]
    pub fn fee(&self) -> Amount {
        fee(self.gross, self.fee_basis_points)
    }

    /// The artist's share: gross less fee.
    #[must_use]
    pub fn net(&self) -> Amount {
        self.gross.minus(self.fee())
    }

    /// The fact this becomes; `None` when nothing is left for the artist.
    #[must_use]
    pub fn event(self) -> Option<WalletEvent> {
        let (wallet, amount) = (WalletKey::earning(self.artist), self.net());
        (!amount.is_zero()).then(|| WalletEvent::Earned {
            owner: wallet.owner,
            asset: wallet.asset,
            generation: self.generation,
            style: self.style,
            payer: self.payer,
            gross: self.gross,
            fee: self.fee(),
            amount,
        })
    }
}
