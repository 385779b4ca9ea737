//! The welcome grant (P1, LED-05).

use super::{Category, Grant, GrantSource, PRIORITY, Wallet, WalletKey, funds};
use crate::{Amount, Decision, Halt, LotId, Stream, UserId, Work};

/// Gives a new user the promo tokens that the configuration named at sign-up. Once per user,
/// whatever repeats; an amount of nothing grants nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantWelcome {
    /// Whom.
    pub user: UserId,
    /// How many tokens.
    pub amount: Amount,
}

impl Decision for GrantWelcome {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Wallet>(WalletKey::token(self.user))]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        if self.amount.is_zero() {
            return Ok(());
        }
        let grant = Grant {
            wallet: WalletKey::token(self.user),
            lot: LotId::welcome(self.user),
            amount: self.amount,
            source: GrantSource::Welcome,
            category: Category::Promo,
            priority: PRIORITY,
            effective_at: work.at(),
            expires_at: None,
        };
        funds::grant(work, grant)
    }
}
