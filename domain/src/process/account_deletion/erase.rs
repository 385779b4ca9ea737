//! Step 10: keys of programs end, names become free, secrets and the person's key are destroyed,
//! nobody is behind the id any more. The wallets stay: what was not spent is said in the event.

use super::Claim;
use crate::aggregate::Stream;
use crate::keys::{ApiKeys, KeyCommand};
use crate::process::plan_subscription::CHECKOUT;
use crate::users::{
    PASSWORD, PERSON_KEY, StandingCommand, Status, USERNAME_RELEASE, Unspent, User, UserCommand,
};
use crate::wallets::{Category, Wallet, WalletKey};
use crate::work::{Decision, Halt, Work};
use crate::{Amount, UserId};

/// What of a person is unique, and becomes free.
const SCOPES: [&str; 3] = [HANDLE, "email", "oauth"];
/// Of these, what a timer waits for that would give a former one free.
const HANDLE: &str = "username";
/// What of a person lies in the vault, under their id. Later kinds join here.
const SECRETS: [&str; 3] = [PASSWORD, PERSON_KEY, CHECKOUT];

/// Erases a person. Again, it changes nothing. The timer is left to whoever rang it: it ends with
/// the last step, not with this one.
#[derive(Debug, Clone)]
pub struct Erase {
    /// Whom.
    pub user: UserId,
    /// Every claim of their stream.
    pub claims: Vec<Claim>,
}

impl Decision for Erase {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        let wallets = [WalletKey::token(self.user), WalletKey::earning(self.user)];
        let wallets = wallets.into_iter().map(Stream::of::<Wallet>);
        let own = [Stream::of::<User>(self.user), Stream::of::<ApiKeys>(self.user)];
        own.into_iter().chain(wallets).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let user = self.user;
        if work.state::<User>(user)?.status() == Status::Erased {
            return Ok(());
        }
        let keys: Vec<_> = work.state::<ApiKeys>(user)?.live().map(|(key, _)| key).collect();
        for key in keys {
            work.decide::<ApiKeys>(user, KeyCommand::Revoke { user, key })?;
        }
        let unspent = unspent(work, user)?;
        let erase = UserCommand::Standing(StandingCommand::Erase { user, unspent });
        work.decide::<User>(user, erase)?;
        let owner = Stream::of::<User>(user).id;
        for Claim { scope, value } in &self.claims {
            let scope = SCOPES.into_iter().find(|known| known == scope).ok_or_else(|| {
                Halt::Fault(format!("nobody knows what becomes of the claim {scope:?}"))
            })?;
            work.release(scope, value.clone(), owner);
            if scope == HANDLE {
                work.forget(USERNAME_RELEASE, value.clone()); // It is free already, and names them.
            }
        }
        for secret in SECRETS {
            work.forget(secret, user.to_string());
        }
        Ok(())
    }
}

fn unspent(work: &mut Work<'_>, user: UserId) -> Result<Unspent, Halt> {
    let tokens = work.state::<Wallet>(WalletKey::token(user))?;
    let of = |category: Category| {
        let lots = tokens.lots().values().filter(|lot| lot.terms.category == category);
        amount(Amount::total(lots.flat_map(|lot| [lot.remaining, lot.held])))
    };
    let (paid_tokens, promo_tokens) = (of(Category::Paid)?, of(Category::Promo)?);
    let earnings = amount(work.state::<Wallet>(WalletKey::earning(user))?.posted())?;
    Ok(Unspent { paid_tokens, promo_tokens, earnings })
}

fn amount(total: i64) -> Result<Amount, Halt> {
    Amount::new(total).map_err(|e| Halt::Fault(format!("a wallet holds {total}: {e}")))
}
