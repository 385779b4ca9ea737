//! Whatever is asked of several wallets in whatever order, the books balance (LED-16).

use std::collections::BTreeMap;

use chrono::Duration;
use proptest::prelude::*;

use super::*;
use crate::given::Given;
use crate::users::{User, UserEvent};
use crate::wallets::{
    DailyLimit, Earn, ExpireHold, ExpireLot, Grant, PRIORITY, Revocation, Rollover, TransferTokens,
    Wallet, WalletKey, funds,
};
use crate::{Decision, Event, Halt, Sealed, Stream, Work};

/// Something that may be asked; most of it can be refused, and that is fine.
#[derive(Debug, Clone)]
enum Wish {
    Grant { user: u128, lot: u128, amount: i64, promo: bool, minutes: Option<i64> },
    Hold { user: u128, job: u128, amount: i64 },
    Capture { user: u128, job: u128, amount: i64 },
    Release { user: u128, job: u128, failed: bool },
    EndHold { user: u128, job: u128 },
    EndLot { user: u128, lot: u128 },
    Transfer { from: u128, to: u128, amount: i64 },
    Earn { artist: u128, gross: i64 },
    Revoke { user: u128, lot: u128, amount: i64 },
    Take { user: u128, amount: i64 },
    Wait { minutes: i64 },
}

const USERS: std::ops::Range<u128> = 1..4;

fn wish() -> impl Strategy<Value = Wish> {
    let (user, job, lot) = (USERS, 70..75u128, 10..16u128);
    let amount = || 0..40i64;
    let end = prop::option::of(1..30i64);
    prop_oneof![
        4 => (user.clone(), lot.clone(), amount(), any::<bool>(), end).prop_map(
            |(user, lot, amount, promo, minutes)| Wish::Grant { user, lot, amount, promo, minutes }
        ),
        4 => (user.clone(), job.clone(), amount())
            .prop_map(|(user, job, amount)| Wish::Hold { user, job, amount }),
        2 => (user.clone(), job.clone(), amount())
            .prop_map(|(user, job, amount)| Wish::Capture { user, job, amount }),
        2 => (user.clone(), job.clone(), any::<bool>())
            .prop_map(|(user, job, failed)| Wish::Release { user, job, failed }),
        1 => (user.clone(), job).prop_map(|(user, job)| Wish::EndHold { user, job }),
        2 => (user.clone(), lot).prop_map(|(user, lot)| Wish::EndLot { user, lot }),
        3 => (user.clone(), user.clone(), amount())
            .prop_map(|(from, to, amount)| Wish::Transfer { from, to, amount }),
        1 => (user, amount()).prop_map(|(artist, gross)| Wish::Earn { artist, gross }),
        2 => (USERS, 10..16u128, amount())
            .prop_map(|(user, lot, amount)| Wish::Revoke { user, lot, amount }),
        1 => (USERS, amount()).prop_map(|(user, amount)| Wish::Take { user, amount }),
        2 => (1..20i64).prop_map(|minutes| Wish::Wait { minutes }),
    ]
}

fn key(user: u128) -> WalletKey {
    WalletKey::token(UserId(id(user)))
}

impl Decision for Wish {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let at = work.at();
        let job = |job| GenerationId(id(job));
        match *self {
            Self::Grant { user, lot, amount: tokens, promo, minutes } => {
                let category = if promo { Category::Promo } else { Category::Paid };
                let grant = Grant {
                    wallet: key(user),
                    lot: LotId(id(lot)),
                    amount: amount(tokens),
                    source: GrantSource::MakeGood { lot: LotId(id(0)) },
                    category,
                    priority: PRIORITY,
                    effective_at: at,
                    expires_at: minutes.map(|n| at + Duration::minutes(n)),
                    rollover: minutes.filter(|n| n % 2 == 0).map(|_| Rollover::Percent(50)),
                };
                funds::grant(work, grant)
            }
            Self::Hold { user, job: n, amount: tokens } => funds::hold(
                work,
                key(user),
                Purpose::Generation(job(n)),
                amount(tokens),
                Some(at + Duration::minutes(15)),
            ),
            Self::Capture { user, job: n, amount: tokens } => {
                funds::capture(work, key(user), job(n).into(), amount(tokens))
            }
            Self::Release { user, job: n, failed } => {
                let reason = if failed { ReleaseReason::Failed } else { ReleaseReason::Canceled };
                funds::release(work, key(user), job(n).into(), reason)
            }
            Self::EndHold { user, job: n } => {
                ExpireHold { wallet: key(user), hold: job(n).into(), due: at }.decide(work)
            }
            Self::EndLot { user, lot } => {
                ExpireLot { wallet: key(user), lot: LotId(id(lot)), due: at }.decide(work)
            }
            Self::Transfer { from, to, amount: tokens } => {
                let (from, to) = (UserId(id(from)), UserId(id(to)));
                let (transfer, amount) = (TransferId(id(90)), amount(tokens));
                let zone = chrono::FixedOffset::east_opt(0).unwrap();
                let limit = DailyLimit { amount: Amount::MAX, zone };
                let transfer = TransferTokens { transfer, from, to, amount, memo: None, limit };
                transfer.decide(work).map(drop)
            }
            Self::Earn { artist, gross } => {
                let earn = Earn {
                    artist: UserId(id(artist)),
                    generation: JOB,
                    style: StyleId(id(3)),
                    payer: MINA,
                    gross: amount(gross),
                    fee_basis_points: 1_000,
                };
                funds::earn(work, earn).map(drop)
            }
            Self::Revoke { user, lot, amount: tokens } => {
                let reason = RevokeReason::PaymentCanceled { purchase: PurchaseId(id(lot)) };
                let (wallet, lot, amount) = (key(user), LotId(id(lot)), amount(tokens));
                funds::revoke(work, Revocation { wallet, lot, amount, reason }).map(drop)
            }
            Self::Take { user, amount: tokens } => {
                let adjustment = AdjustmentId(id(95));
                funds::take(work, key(user), adjustment, amount(tokens)).map(drop)
            }
            Self::Wait { .. } => Ok(()),
        }
    }
}

/// Balances as the postings tell them.
#[derive(Default)]
struct Books(BTreeMap<(Account, Asset), i64>);

impl Books {
    /// Posts one event: it sums to zero, and no user's account falls below zero.
    fn post(&mut self, event: &Event) {
        let Event::Wallet(event) = event else { return };
        let mut sum = 0;
        for Entry { account, asset, amount } in postings(event) {
            sum += amount;
            let balance = self.0.entry((account, asset)).or_default();
            *balance += amount;
            assert!(*balance >= 0 || !account.is_user(), "{account} falls to {balance}");
        }
        assert_eq!(sum, 0, "{event:?}");
    }

    fn of(&self, account: Account, asset: Asset) -> i64 {
        self.0.get(&(account, asset)).copied().unwrap_or(0)
    }

    /// What the postings say is what the wallet says.
    fn agree(&self, log: &Given, key: WalletKey) {
        let wallet = log.state::<Wallet>(key);
        let booked =
            [Account::Available, Account::Held].map(|part| self.of(part(key.owner), key.asset));
        assert_eq!(booked, [wallet.available(), wallet.held()], "{key:?}");
        let owed = self.of(Account::Owed(key.owner), key.asset);
        assert_eq!(-owed, wallet.owed(), "{key:?}");
        let holds: i64 = wallet.holds().values().map(crate::wallets::Hold::amount).sum();
        assert_eq!(holds, wallet.held(), "held is the sum of the holds");
    }
}

fn registered(user: UserId) -> UserEvent {
    let sealed = || Sealed { person: user.0, nonce: String::new(), ct: String::new() };
    let (email, display_name) = (sealed(), sealed());
    UserEvent::Registered { user, username: format!("u{user}"), email, display_name }
}

proptest! {
    #[test]
    fn the_books_balance_at_every_prefix_and_agree_with_the_wallets(
        wishes in prop::collection::vec(wish(), 1..120),
    ) {
        let mut log = USERS.fold(Given::nothing(), |log, n| {
            let user = UserId(id(n));
            log.event::<User>(user, registered(user))
        });
        let mut books = Books::default();
        for wish in wishes {
            if let Wish::Wait { minutes } = wish {
                log.later(Duration::minutes(minutes));
            }
            for event in log.when(&wish).map(|accepted| accepted.events).unwrap_or_default() {
                books.post(&event);
            }
            for user in USERS {
                books.agree(&log, key(user));
                books.agree(&log, WalletKey::earning(UserId(id(user))));
            }
        }
        prop_assert_eq!(books.0.values().sum::<i64>(), 0);
    }
}
