//! Whatever is asked of a wallet in whatever order, it agrees with a small model of it: coins. Every
//! unit is a coin of its own that lies free or in the hand of a hold; nothing is ever added up.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::*;
use crate::wallets::burn::MAKE_GOOD;
use crate::{AdjustmentId, Decide, HoldId};

const TOKENS: WalletKey = WalletKey::token(MINA);
/// How many sequences, of how many steps at most.
const CASES: u32 = 3_000;
const STEPS_MAX: usize = 60;

/// What may be asked; most of it can be refused, and that must agree too.
#[derive(Debug, Clone)]
enum Ask {
    Grant { lot: u128, n: i64, promo: bool, minutes: Option<i64> },
    Hold { job: u128, n: i64 },
    HoldLot { job: u128, lot: u128, n: i64 },
    Capture { job: u128, n: i64 },
    Release { job: u128, failed: bool },
    Revoke { lot: u128, n: i64 },
    Take { n: i64 },
    Send { n: i64 },
    EndLot { lot: u128 },
    Wait { minutes: i64 },
}

fn ask() -> impl Strategy<Value = Ask> {
    let (job, lot, n) = (|| 70..74u128, || 10..15u128, || 0..20i64);
    prop_oneof![
        5 => (lot(), n(), any::<bool>(), prop::option::of(1..30i64))
            .prop_map(|(lot, n, promo, minutes)| Ask::Grant { lot, n, promo, minutes }),
        4 => (job(), n()).prop_map(|(job, n)| Ask::Hold { job, n }),
        2 => (job(), lot(), n()).prop_map(|(job, lot, n)| Ask::HoldLot { job, lot, n }),
        3 => (job(), n()).prop_map(|(job, n)| Ask::Capture { job, n }),
        3 => (job(), any::<bool>()).prop_map(|(job, failed)| Ask::Release { job, failed }),
        2 => (lot(), n()).prop_map(|(lot, n)| Ask::Revoke { lot, n }),
        1 => n().prop_map(|n| Ask::Take { n }),
        2 => n().prop_map(|n| Ask::Send { n }),
        2 => lot().prop_map(|lot| Ask::EndLot { lot }),
        2 => (1..15i64).prop_map(|minutes| Ask::Wait { minutes }),
    ]
}

/// What a coin came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mint {
    end: Option<DateTime<Utc>>,
    paid: bool,
    since: DateTime<Utc>,
    granted: i64,
}

#[derive(Debug, Default)]
struct Coins {
    mints: BTreeMap<LotId, Mint>,
    free: Vec<LotId>,
    hands: BTreeMap<HoldId, Vec<LotId>>,
    owed: i64,
}

impl Coins {
    /// Whether the wallet should have accepted.
    fn play(&mut self, ask: &Ask, at: DateTime<Utc>) -> bool {
        match *ask {
            Ask::Grant { lot: n, n: count, promo, minutes } => {
                let end = minutes.map(|m| at + Duration::minutes(m));
                let mint = Mint { end, paid: !promo, since: at, granted: count };
                if self.is_open(lot(n)) {
                    let known = self.mints[&lot(n)];
                    return known.granted == count && known.paid == mint.paid;
                }
                count > 0 && self.put(lot(n), mint)
            }
            Ask::Hold { job, n } => {
                let hold = HoldId(id(job));
                if let Some(hand) = self.hands.get(&hold) {
                    return many(hand.len()) == n;
                }
                let coins = self.usable(at, |_| true);
                n > 0 && many(coins.len()) >= n && self.hand_over(hold, &coins, n)
            }
            Ask::HoldLot { job, lot: from, n } => self.hold_lot(HoldId(id(job)), lot(from), n, at),
            Ask::Capture { job, n } => {
                let Some(hand) = self.hands.get(&HoldId(id(job))).cloned() else { return false };
                if n == 0 || n > many(hand.len()) {
                    return false;
                }
                self.hands.remove(&HoldId(id(job)));
                let back = hand[few(n)..].to_vec();
                self.come_back(&back, (at, None))
            }
            Ask::Release { job, failed } => {
                let hold = HoldId(id(job));
                let Some(hand) = self.hands.remove(&hold) else { return false };
                self.come_back(&hand, (at, failed.then_some(hold)))
            }
            Ask::Revoke { lot: from, n } => {
                n > 0 && {
                    let taken = self.lose(lot(from), n);
                    self.owed += n - taken;
                    true
                }
            }
            Ask::Take { n } => {
                n > 0 && {
                    let coins = self.usable(at, |_| true);
                    let taken: Vec<_> = coins.into_iter().take(few(n)).collect();
                    self.lose_each(&taken);
                    self.owed += n - many(taken.len());
                    true
                }
            }
            Ask::Send { n } => {
                let coins = self.usable(at, |mint| mint.paid);
                n > 0 && many(coins.len()) >= n && {
                    self.lose_each(&coins[..few(n)]);
                    true
                }
            }
            Ask::EndLot { lot: n } => {
                if self.has_ended(lot(n), at) {
                    self.free.retain(|coin| *coin != lot(n));
                }
                true
            }
            Ask::Wait { .. } => true,
        }
    }

    fn hold_lot(&mut self, hold: HoldId, lot: LotId, n: i64, at: DateTime<Utc>) -> bool {
        if let Some(hand) = self.hands.get(&hold) {
            return hand.iter().all(|coin| *coin == lot);
        }
        let mut coins = self.usable(at, |_| true);
        coins.retain(|coin| *coin == lot);
        let count = n.min(many(coins.len()));
        count > 0 && self.hand_over(hold, &coins, count)
    }

    fn is_open(&self, lot: LotId) -> bool {
        self.free.contains(&lot) || self.hands.values().any(|hand| hand.contains(&lot))
    }

    fn has_ended(&self, lot: LotId, at: DateTime<Utc>) -> bool {
        self.mints.get(&lot).and_then(|mint| mint.end).is_some_and(|end| end <= at)
    }

    /// New coins; those that are owed leave at once. What is there already keeps what it came with.
    fn put(&mut self, lot: LotId, mint: Mint) -> bool {
        let open = self.is_open(lot).then(|| self.mints[&lot]);
        let known = open.map(|open| Mint { granted: open.granted + mint.granted, ..open });
        self.mints.insert(lot, known.unwrap_or(mint));
        self.free.extend(coins(lot, mint.granted));
        self.pay(lot, mint.granted)
    }

    fn pay(&mut self, lot: LotId, at_most: i64) -> bool {
        let paid = self.lose(lot, self.owed.min(at_most));
        self.owed -= paid;
        true
    }

    fn lose(&mut self, lot: LotId, n: i64) -> i64 {
        let mut lost = 0;
        self.free.retain(|coin| {
            let goes = *coin == lot && lost < n;
            lost += i64::from(goes);
            !goes
        });
        lost
    }

    fn lose_each(&mut self, coins: &[LotId]) {
        for coin in coins {
            self.lose(*coin, 1);
        }
    }

    /// Free coins in the order they burn.
    fn usable(&self, at: DateTime<Utc>, which: fn(&Mint) -> bool) -> Vec<LotId> {
        let fits = |coin: &&LotId| !self.has_ended(**coin, at) && which(&self.mints[*coin]);
        let mut coins: Vec<LotId> = self.free.iter().filter(fits).copied().collect();
        coins.sort_by_key(|coin| {
            let mint = self.mints[coin];
            (mint.end.unwrap_or(DateTime::<Utc>::MAX_UTC), mint.paid, mint.since, *coin)
        });
        coins
    }

    fn hand_over(&mut self, hold: HoldId, coins: &[LotId], n: i64) -> bool {
        let hand = coins[..few(n)].to_vec();
        self.lose_each(&hand);
        self.hands.insert(hold, hand);
        true
    }

    /// Coins whose lot has ended go with the rest of it, or live on in another if work failed.
    fn come_back(&mut self, back: &[LotId], (at, failed): (DateTime<Utc>, Option<HoldId>)) -> bool {
        let mut lots = back.to_vec();
        lots.dedup();
        let count = |lot: LotId| many(back.iter().filter(|coin| **coin == lot).count());
        for lot in &lots {
            if self.has_ended(*lot, at) {
                self.free.retain(|coin| coin != lot);
            } else {
                self.free.extend(coins(*lot, count(*lot)));
                self.pay(*lot, count(*lot));
            }
        }
        for lot in lots.into_iter().filter(|lot| self.has_ended(*lot, at)).collect::<Vec<_>>() {
            if let Some(hold) = failed {
                let end = Some(at + MAKE_GOOD);
                let mint = Mint { end, since: at, granted: count(lot), ..self.mints[&lot] };
                self.put(LotId::make_good(hold, lot), mint);
            }
        }
        true
    }
}

fn coins(lot: LotId, n: i64) -> impl Iterator<Item = LotId> {
    std::iter::repeat_n(lot, few(n))
}

fn few(n: i64) -> usize {
    usize::try_from(n).unwrap()
}

fn many(n: usize) -> i64 {
    i64::try_from(n).unwrap()
}

fn command(ask: &Ask, at: DateTime<Utc>) -> Option<WalletCommand> {
    let new = |job, n| {
        let purpose = Purpose::Generation(GenerationId(id(job)));
        let (wallet, hold, amount) = (TOKENS, purpose.into(), amount(n));
        NewHold { wallet, hold, purpose, amount, at, expires_at: None }
    };
    Some(match *ask {
        Ask::Grant { lot: from, n, promo, minutes } => {
            let category = if promo { Category::Promo } else { Category::Paid };
            let expires_at = minutes.map(|m| at + Duration::minutes(m));
            let (amount, effective_at) = (amount(n), at);
            let given = grant(from, 1);
            WalletCommand::Grant(Grant { amount, category, effective_at, expires_at, ..given })
        }
        Ask::Hold { job, n } => WalletCommand::Hold(new(job, n)),
        Ask::HoldLot { job, lot: from, n } => WalletCommand::HoldLot(new(job, n), lot(from)),
        Ask::Capture { job, n } => {
            WalletCommand::Capture { hold: HoldId(id(job)), amount: amount(n), style: None, at }
        }
        Ask::Release { job, failed } => {
            let reason = if failed { ReleaseReason::Failed } else { ReleaseReason::Canceled };
            WalletCommand::Release { hold: HoldId(id(job)), reason, at }
        }
        Ask::Revoke { lot: from, n } => {
            let reason = RevokeReason::PaymentCanceled { purchase: PurchaseId(id(from)) };
            let (wallet, lot, amount) = (TOKENS, lot(from), amount(n));
            WalletCommand::Revoke(Revocation { wallet, lot, amount, reason })
        }
        Ask::Take { n } => {
            let (wallet, adjustment) = (TOKENS, AdjustmentId(id(95)));
            WalletCommand::Take { wallet, adjustment, amount: amount(n), at }
        }
        Ask::Send { n } => {
            let (wallet, transfer, amount) = (TOKENS, TransferId(id(90)), amount(n));
            let sending = Sending { wallet, transfer, to: JOON, amount, memo: None, at };
            let limit = DailyLimit { amount: Amount::MAX, ..DAILY };
            WalletCommand::SendTransfer(sending, limit)
        }
        Ask::EndLot { lot: from } => WalletCommand::ExpireLot { lot: lot(from), due: at },
        Ask::Wait { .. } => return None,
    })
}

/// Every lot of both, coin by coin.
fn agree(wallet: &Wallet, coins: &Coins) -> Result<(), TestCaseError> {
    let (available, held) = (wallet.available(), wallet.held());
    let in_hand: usize = coins.hands.values().map(Vec::len).sum();
    prop_assert_eq!((available, held), (many(coins.free.len()), many(in_hand)));
    prop_assert_eq!(wallet.owed(), coins.owed);
    prop_assert!(available >= 0 && wallet.owed() >= 0, "never negative (LED-16)");
    for lot in coins.mints.keys() {
        let free = coins.free.iter().filter(|coin| *coin == lot).count();
        prop_assert_eq!(wallet.left(*lot).get(), many(free), "{}", lot);
    }
    for (hold, hand) in &coins.hands {
        let amount = wallet.holds().get(hold).map(Hold::amount);
        prop_assert_eq!(amount, Some(many(hand.len())));
    }
    prop_assert_eq!(wallet.holds().len(), coins.hands.len());
    Ok(())
}

fn play(asks: &[Ask]) -> Result<(), TestCaseError> {
    let (mut wallet, mut coins, mut at) = (Wallet::default(), Coins::default(), noon());
    for ask in asks {
        if let Ask::Wait { minutes } = ask {
            at += Duration::minutes(*minutes);
        }
        let accepted = match command(ask, at).map(|command| wallet.decide(command)) {
            Some(Ok(events)) => {
                events.into_iter().for_each(|event| wallet.evolve(event));
                true
            }
            Some(Err(_)) => false,
            None => true,
        };
        prop_assert_eq!(accepted, coins.play(ask, at), "{:?}", ask);
        agree(&wallet, &coins)?;
    }
    Ok(())
}

#[test]
fn a_wallet_is_a_heap_of_coins() {
    let seed = std::env::var("FOLIO_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()) << 20);
    let (rng_seed, failure_persistence) = (RngSeed::Fixed(seed), None);
    let config = Config { cases: CASES, rng_seed, failure_persistence, ..Config::default() };
    let asks = prop::collection::vec(ask(), 1..STEPS_MAX);
    let outcome = TestRunner::new(config).run(&asks, |asks| play(&asks));
    assert!(outcome.is_ok(), "FOLIO_SEED={seed}: {}", outcome.unwrap_err());
}
