//! The double-entry ledger: what each fact of a wallet moves, and from where to where (D11).
//!
//! Every event becomes movements, every movement two entries of opposite sign in one asset: the sum
//! per asset and event is zero because nothing else can be written.
//!
//! | event | from | to |
//! |---|---|---|
//! | granted, paid or promo | `platform:mint` or `platform:promo` | user available |
//! | held | user available | user held |
//! | captured | user held | `platform:redeemed` if spent, `platform:paid_out` if paid out, `platform:mint` if refunded; what is released, user available |
//! | released, hold expired | user held | user available |
//! | lot expired, paid or promo | user available | `platform:mint` or `platform:promo` |
//! | transfer sent | sender available | receiver available |
//! | transfer received | | (the sender's event posted both sides) |
//! | earned | `platform:payable` | artist available, in EARNING |
//! | revoked, paid or promo | user available | `platform:mint` or `platform:promo` |
//! | debt recorded | user owed, which falls below zero by it | `platform:mint` |
//! | debt settled | user available | user owed |
//! | adjusted, paid or promo | user available | `platform:mint` or `platform:promo` |
//! | overrun absorbed | `platform:absorbed` | `platform:redeemed` |
//! | tip sent | user available | `platform:redeemed` |
//! | tip earned | `platform:payable` | artist available, in EARNING |
//! | alerts set, ran low, ends soon | | (nothing moved) |

use serde::{Deserialize, Serialize};

use crate::wallets::{Category, Draw, Purpose, WalletEvent};
use crate::{Amount, Asset, UserId};

/// Who has something. Users' accounts are never negative; the platform's are the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Account {
    /// What a user can spend, unless its lot has ended.
    Available(UserId),
    /// What is set aside for a user's work.
    Held(UserId),
    /// What a user owes, as a number below zero: it was taken back and not there any more.
    Owed(UserId),
    /// Where what was paid for comes from.
    Mint,
    /// Where presents come from.
    Promo,
    /// Where spent tokens end.
    Redeemed,
    /// What work took beyond what was set aside for it: the platform's loss.
    Absorbed,
    /// Where earnings end that reached their artist's bank.
    PaidOut,
    /// What the platform owes to artists.
    Payable,
}

impl Account {
    /// Whether it is what a user has, and so never negative.
    #[must_use]
    pub const fn is_user(self) -> bool {
        match self {
            Self::Available(_) | Self::Held(_) => true,
            Self::Owed(_)
            | Self::Mint
            | Self::Promo
            | Self::Redeemed
            | Self::Absorbed
            | Self::PaidOut
            | Self::Payable => false,
        }
    }

    /// Its place in the chart, without whose it is: for example `user:available`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Available(_) => "user:available",
            Self::Held(_) => "user:held",
            Self::Owed(_) => "user:owed",
            Self::Mint => "platform:mint",
            Self::Promo => "platform:promo",
            Self::Redeemed => "platform:redeemed",
            Self::Absorbed => "platform:absorbed",
            Self::PaidOut => "platform:paid_out",
            Self::Payable => "platform:payable",
        }
    }
}

/// Text that names no account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no account")]
pub struct NotAnAccount(String);

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Available(user) => write!(f, "user:{user}:available"),
            Self::Held(user) => write!(f, "user:{user}:held"),
            Self::Owed(user) => write!(f, "user:{user}:owed"),
            Self::Mint
            | Self::Promo
            | Self::Redeemed
            | Self::Absorbed
            | Self::PaidOut
            | Self::Payable => f.write_str(self.kind()),
        }
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}

impl std::str::FromStr for Account {
    type Err = NotAnAccount;

    fn from_str(text: &str) -> Result<Self, NotAnAccount> {
        let platform =
            [Self::Mint, Self::Promo, Self::Redeemed, Self::Absorbed, Self::PaidOut, Self::Payable];
        if let Some(account) = platform.into_iter().find(|account| account.to_string() == text) {
            return Ok(account);
        }
        let of_user = || {
            let (id, _) = text.strip_prefix("user:")?.split_once(':')?;
            let user = UserId(uuid::Uuid::try_parse(id).ok()?);
            let accounts = [Self::Available(user), Self::Held(user), Self::Owed(user)];
            accounts.into_iter().find(|account| account.to_string() == text)
        };
        of_user().ok_or_else(|| NotAnAccount(text.to_owned()))
    }
}

impl TryFrom<String> for Account {
    type Error = NotAnAccount;

    fn try_from(text: String) -> Result<Self, NotAnAccount> {
        text.parse()
    }
}

/// One side of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whose book.
    pub account: Account,
    /// Of what.
    pub asset: Asset,
    /// In minor units; above zero is more, below is less. Never zero.
    pub amount: i64,
}

/// The entries of one event, from-side before to-side; they sum to zero.
#[must_use]
pub fn postings(event: &WalletEvent) -> Vec<Entry> {
    match event {
        WalletEvent::Granted { owner, asset, amount, category, .. } => {
            between(*asset, source(*category), Account::Available(*owner), amount.get())
        }
        WalletEvent::Held { owner, asset, draws, .. } => {
            between(*asset, Account::Available(*owner), Account::Held(*owner), total(draws))
        }
        WalletEvent::Captured { owner, asset, purpose, captured, released, .. } => {
            let held = Account::Held(*owner);
            let mut entries = between(*asset, held, end(*purpose), total(captured));
            let back = Account::Available(*owner);
            entries.extend(between(*asset, held, back, total(released)));
            entries
        }
        WalletEvent::Released { owner, asset, released, .. }
        | WalletEvent::HoldExpired { owner, asset, released, .. } => {
            between(*asset, Account::Held(*owner), Account::Available(*owner), total(released))
        }
        WalletEvent::LotExpired { owner, asset, amount, category, .. } => {
            between(*asset, Account::Available(*owner), source(*category), amount.get())
        }
        WalletEvent::TransferSent { owner, asset, to, draws, .. } => {
            between(*asset, Account::Available(*owner), Account::Available(*to), total(draws))
        }
        WalletEvent::TransferReceived { .. } => vec![], // The sender's event posted both sides.
        WalletEvent::Earned { owner, asset, amount, .. }
        | WalletEvent::TipEarned { owner, asset, amount, .. } => {
            between(*asset, Account::Payable, Account::Available(*owner), amount.get())
        }
        WalletEvent::Revoked { owner, asset, amount, category, .. } => {
            between(*asset, Account::Available(*owner), source(*category), amount.get())
        }
        WalletEvent::DebtRecorded { owner, asset, amount, .. } => {
            between(*asset, Account::Owed(*owner), Account::Mint, amount.get())
        }
        WalletEvent::DebtSettled { owner, asset, draws } => {
            between(*asset, Account::Available(*owner), Account::Owed(*owner), total(draws))
        }
        WalletEvent::Adjusted { owner, asset, paid, promo, .. } => {
            let from = Account::Available(*owner);
            let mut entries = between(*asset, from, Account::Mint, total(paid));
            entries.extend(between(*asset, from, Account::Promo, total(promo)));
            entries
        }
        WalletEvent::OverrunAbsorbed { asset, amount, .. } => {
            between(*asset, Account::Absorbed, Account::Redeemed, amount.get())
        }
        WalletEvent::TipSent { owner, asset, draws, .. } => {
            between(*asset, Account::Available(*owner), Account::Redeemed, total(draws))
        }
        WalletEvent::AlertsSet { .. }
        | WalletEvent::RanLow { .. }
        | WalletEvent::EndsSoon { .. } => vec![],
    }
}

/// What an event adds to what its owner owes; below zero when it pays.
#[must_use]
pub fn owed(event: &WalletEvent) -> i64 {
    let owed = Account::Owed(event.owner());
    let entries = postings(event).into_iter().filter(|entry| entry.account == owed);
    -entries.map(|entry| entry.amount).sum::<i64>()
}

/// What an event changes in its owner's own wallet: available, and held. Differs from the postings
/// only for a received transfer, which its sender's event posted.
#[must_use]
pub fn movement(event: &WalletEvent) -> (i64, i64) {
    if let WalletEvent::TransferReceived { amount, .. } = event {
        return (amount.get(), 0);
    }
    let owner = event.owner();
    let sum = |account| {
        let entries = postings(event).into_iter().filter(|entry| entry.account == account);
        entries.map(|entry| entry.amount).sum()
    };
    (sum(Account::Available(owner)), sum(Account::Held(owner)))
}

/// The only way entries come to be.
fn between(asset: Asset, from: Account, to: Account, amount: i64) -> Vec<Entry> {
    if amount == 0 {
        return vec![];
    }
    vec![Entry { account: from, asset, amount: -amount }, Entry { account: to, asset, amount }]
}

/// Where lots of this category come from, and go back to when they end.
const fn source(category: Category) -> Account {
    match category {
        Category::Paid => Account::Mint,
        Category::Promo => Account::Promo,
    }
}

/// Where what was held for this ends when it is captured.
const fn end(purpose: Purpose) -> Account {
    match purpose {
        Purpose::Generation(_) => Account::Redeemed,
        Purpose::Payout(_) => Account::PaidOut,
        Purpose::Refund(_) => Account::Mint,
    }
}

fn total(draws: &[Draw]) -> i64 {
    Amount::total(draws.iter().map(|draw| draw.amount))
}

#[cfg(test)]
mod tests;
