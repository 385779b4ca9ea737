//! The welcome grant (P1, LED-05).

use super::{Category, Grant, GrantSource, PRIORITY, Wallet, WalletError, WalletKey, funds};
use crate::users::Subject;
use crate::{Amount, Decision, Halt, LotId, Stream, UserId, Work};

/// Gives a new user the promo tokens that the configuration named at sign-up. Once per user,
/// whatever repeats, and once per account of a provider, whoever comes back with it (P1); an amount
/// of nothing grants nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantWelcome {
    /// Whom.
    pub user: UserId,
    /// How many tokens.
    pub amount: Amount,
    /// The account they signed up with, if it was a provider's.
    pub subject: Option<Subject>,
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
        if let Some(subject) = &self.subject {
            // Never released: neither unlinking nor leaving makes an account new again.
            let owner = Stream::of::<Wallet>(WalletKey::token(self.user)).id;
            work.claim("welcome", subject.claim(), owner, WalletError::AlreadyWelcomed)?;
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
            rollover: None,
        };
        funds::grant(work, grant)
    }
}
