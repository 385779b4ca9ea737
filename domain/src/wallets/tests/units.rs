//! Rules of wallets that span more than one of them: welcome, transfers, timers.

use super::*;
use crate::given::Given;
use crate::users::{Unspent, User, UserEvent};
use crate::{Decision, Halt, Refusal, Sealed, Stream, Work};

fn registered(user: UserId) -> UserEvent {
    let sealed = || Sealed { person: user.0, nonce: String::new(), ct: String::new() };
    let (email, display_name) = (sealed(), sealed());
    UserEvent::Registered { user, username: format!("u{user}"), email, display_name }
}

/// Two users; Mina has 100 promo and 50 paid tokens.
fn two_users() -> Given {
    Given::nothing()
        .event::<User>(MINA, registered(MINA))
        .event::<User>(JOON, registered(JOON))
        .event::<Wallet>(WalletKey::token(MINA), promo(1, 100).event())
        .event::<Wallet>(WalletKey::token(MINA), grant(2, 50).event())
}

fn transfer(n: u128, tokens: i64) -> TransferTokens {
    let transfer = TransferId(id(n));
    let (amount, limit) = (amount(tokens), DAILY);
    TransferTokens { transfer, from: MINA, to: JOON, amount, memo: None, limit }
}

/// One movement of funds as a unit of its own.
pub(super) struct Unit<F>(pub(super) F);

impl<F> Decision for Unit<F>
where
    F: Fn(&mut Work<'_>) -> Result<(), Halt> + Send + Sync + 'static,
{
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        (self.0)(work)
    }
}

#[test]
fn a_user_is_welcomed_once_even_when_the_present_is_long_spent() {
    let mut log = Given::nothing();
    let welcome = GrantWelcome { user: MINA, amount: amount(100), subject: None };
    assert_eq!(log.when(&welcome).unwrap().types(), ["wallet.granted"]);
    let key = WalletKey::token(MINA);
    log.when(&Unit(move |work: &mut Work<'_>| {
        funds::hold(work, key, PAINTING, amount(100), Some(minutes(60)))?;
        funds::capture(work, key, JOB.into(), amount(100))
    }))
    .unwrap();
    assert!(log.state::<Wallet>(key).lots().is_empty());
    assert_eq!(log.when(&welcome).unwrap().types(), [""; 0]);
    assert_eq!(log.state::<Wallet>(key).available(), 0);
}

#[test]
fn a_welcome_of_nothing_grants_nothing() {
    let welcome = GrantWelcome { user: MINA, amount: Amount::ZERO, subject: None };
    assert_eq!(Given::nothing().when(&welcome).unwrap().types(), [""; 0]);
}

#[test]
fn a_transfer_moves_paid_tokens_in_one_append() {
    let mut log = two_users();
    let accepted = log.when(&transfer(90, 20)).unwrap();
    assert_eq!(accepted.types(), ["wallet.transfer_sent", "wallet.transfer_received"]);
    let balance = |user| log.state::<Wallet>(WalletKey::token(user)).available();
    assert_eq!((balance(MINA), balance(JOON)), (130, 20));
}

#[test]
fn what_was_received_is_one_paid_lot_and_can_be_sent_on() {
    let mut log = two_users();
    for n in 90..110 {
        log.when(&transfer(n, 2)).unwrap();
    }
    let joon = log.state::<Wallet>(WalletKey::token(JOON));
    assert_eq!((joon.lots().len(), joon.transferable(noon())), (1, 40));
    let back = TransferTokens { from: JOON, to: MINA, ..transfer(200, 40) };
    log.when(&back).unwrap();
    assert!(log.state::<Wallet>(WalletKey::token(JOON)).lots().is_empty());
}

#[test]
fn nobody_sends_to_himself_or_to_nobody() {
    let mut log = two_users();
    let refused = |log: &mut Given, transfer: TransferTokens| log.when(&transfer).unwrap_err();
    let to_self = TransferTokens { to: MINA, ..transfer(90, 1) };
    assert_eq!(refused(&mut log, to_self), Refusal::Wallet(WalletError::SelfTransfer));
    let receiver = UserId(id(404));
    let to_nobody = TransferTokens { to: receiver, ..transfer(90, 1) };
    let unknown = WalletError::UnknownReceiver { receiver };
    assert_eq!(refused(&mut log, to_nobody), Refusal::Wallet(unknown));
    let erased = UserEvent::Erased { user: JOON, unspent: Unspent::default() };
    let mut log = log.event::<User>(JOON, erased);
    let unknown = WalletError::UnknownReceiver { receiver: JOON };
    assert_eq!(refused(&mut log, transfer(91, 1)), Refusal::Wallet(unknown));
    assert_eq!(log.state::<Wallet>(WalletKey::token(MINA)).available(), 150);
}

#[test]
fn a_refused_transfer_touches_neither_wallet() {
    let mut log = two_users();
    let before = log.log.len();
    assert!(matches!(
        log.when(&transfer(90, 51)).unwrap_err(),
        Refusal::Wallet(WalletError::NotTransferable { transferable: 50, .. })
    ));
    assert_eq!(log.log.len(), before);
}

#[test]
fn an_open_hold_has_a_timer_that_gives_it_back() {
    let (mut log, key) = (two_users(), WalletKey::token(MINA));
    let hold = Unit(move |work: &mut Work<'_>| {
        funds::hold(work, key, PAINTING, amount(120), Some(minutes(60)))
    });
    log.when(&hold).unwrap();
    let timers = log.timers();
    assert_eq!(timers.len(), 1);
    let (kind, name, due) = timers[0].clone();
    assert_eq!((kind, due), (HOLD_EXPIRY, minutes(60)));

    let ring: ExpireHold = serde_json::from_slice(&log.kept(kind, &name).unwrap().bytes).unwrap();
    assert_eq!(log.when(&ring).unwrap().types(), ["wallet.hold_expired"]);
    assert_eq!(log.timers(), []);
    assert_eq!(log.state::<Wallet>(key).available(), 150);
    assert_eq!(log.when(&ring).unwrap().types(), [""; 0], "a late ring finds nothing to do");
}

#[test]
fn closing_a_hold_stops_its_timer() {
    for spend in [true, false] {
        let (mut log, key) = (two_users(), WalletKey::token(MINA));
        let unit = Unit(move |work: &mut Work<'_>| {
            funds::hold(work, key, PAINTING, amount(120), Some(minutes(60)))?;
            if spend {
                funds::capture(work, key, JOB.into(), amount(110))
            } else {
                funds::release(work, key, JOB.into(), ReleaseReason::Canceled)
            }
        });
        log.when(&unit).unwrap();
        assert_eq!(log.timers(), []);
        let left = if spend { 40 } else { 150 };
        assert_eq!(log.state::<Wallet>(key).available(), left);
    }
}

#[test]
fn a_lot_with_an_end_has_a_timer_and_so_has_what_makes_it_good() {
    let key = WalletKey::token(MINA);
    let mut log = Given::nothing();
    let ending = Unit(move |work: &mut Work<'_>| {
        funds::grant(work, until(minutes(5), grant(1, 50)))?;
        funds::hold(work, key, PAINTING, amount(20), Some(minutes(60)))
    });
    log.when(&ending).unwrap();
    let end = format!("{}.{}", key.id(), lot(1));
    let ring: ExpireLot =
        serde_json::from_slice(&log.kept(LOT_EXPIRY, &end).unwrap().bytes).unwrap();
    log.later(Duration::minutes(6));
    assert_eq!(log.when(&ring).unwrap().types(), ["wallet.lot_expired"]);

    let fail = Unit(move |work: &mut Work<'_>| {
        funds::release(work, key, JOB.into(), ReleaseReason::Failed)
    });
    let expected = ["wallet.released", "wallet.lot_expired", "wallet.granted"];
    assert_eq!(log.when(&fail).unwrap().types(), expected);
    let good = format!("{}.{}", key.id(), LotId::make_good(JOB.into(), lot(1)));
    assert_eq!(log.kept(LOT_EXPIRY, &good).unwrap().due, Some(minutes(6) + MAKE_GOOD));
    assert_eq!(log.state::<Wallet>(key).spendable(log.at()), 20);
}

#[test]
fn what_comes_back_by_a_clock_that_lags_still_meets_its_end() {
    let key = WalletKey::token(MINA);
    let mut log = Given::nothing();
    let all_held = Unit(move |work: &mut Work<'_>| {
        funds::grant(work, until(minutes(5), grant(1, 50)))?;
        funds::hold(work, key, PAINTING, amount(50), Some(minutes(60)))
    });
    log.when(&all_held).unwrap();
    let ring = ExpireLot { wallet: key, lot: lot(1), due: minutes(5) };
    assert_eq!(log.when(&ring).unwrap().types(), [""; 0]);
    let cancel = Unit(move |work: &mut Work<'_>| {
        work.forget(LOT_EXPIRY, format!("{}.{}", key.id(), lot(1))); // It rang.
        funds::release(work, key, JOB.into(), ReleaseReason::Canceled)
    });
    assert_eq!(log.when(&cancel).unwrap().types(), ["wallet.released"]);
    let again = log.timers().into_iter().map(|(kind, _, due)| (kind, due)).collect::<Vec<_>>();
    assert_eq!(again, [(LOT_EXPIRY, minutes(5))]);
    assert_eq!(log.when(&ring).unwrap().types(), ["wallet.lot_expired"]);
}

#[test]
fn an_earning_never_looks_at_the_artists_wallet() {
    let earn = Earn {
        artist: JOON,
        generation: JOB,
        style: StyleId(id(3)),
        payer: MINA,
        gross: amount(10),
        fee_basis_points: 1_000,
    };
    let empty = Given::nothing();
    let mut work = Work::new(&empty, noon());
    assert_eq!(funds::earn(&mut work, earn).unwrap(), amount(9));
    let changes = work.into_changes();
    assert!(changes.streams.iter().all(|touched| touched.blind));
    assert_eq!(changes.events.len(), 1);
}
