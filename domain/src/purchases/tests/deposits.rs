//! Paying into an account that Toss issues, and what becomes of a deposit that Toss takes back.

use super::toss::{GRANT, next_call, say, shown, snapshot, tokens};
use super::*;
use crate::process::query;
use crate::wallets::{Purpose, funds};
use crate::{GenerationId, Halt, Work};

/// A purchase whose deposit is awaited.
pub(super) fn awaiting() -> Given {
    let mut log = confirming();
    log.when(&say(shown(PaymentStatus::WaitingForDeposit))).unwrap();
    log
}

/// A purchase whose deposit is there.
pub(super) fn deposited() -> Given {
    let mut log = awaiting();
    log.when(&say(shown(PaymentStatus::Done))).unwrap();
    log
}

/// The buyer spends tokens of the lot.
pub(super) fn spend(log: &mut Given, amount: i64) {
    log.when(&Spend(amount)).unwrap();
}

struct Spend(i64);

impl crate::Decision for Spend {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let (wallet, amount) = (WalletKey::token(MINA), Amount::new(self.0).unwrap());
        let purpose = Purpose::Generation(GenerationId(id(900)));
        funds::hold(work, wallet, purpose, amount, None)?;
        funds::capture(work, wallet, purpose.into(), amount)
    }
}

fn owed(log: &Given) -> i64 {
    log.state::<Wallet>(WalletKey::token(MINA)).owed()
}

/// Seen for the first time, and looked at again.
fn taken_back(log: &mut Given) -> Vec<&'static str> {
    let waiting = shown(PaymentStatus::WaitingForDeposit);
    assert_eq!(log.when(&say(waiting.clone())).unwrap().types(), none(), "not at first sight");
    assert_eq!(timers(log), [(PURCHASE_RECONCILE, log.at() + Duration::seconds(2))]);
    let look = next_call(log);
    log.when(&look.answered(waiting)).unwrap().types()
}

#[test]
fn a_deposit_that_arrives_is_granted_once_however_often_it_is_told() {
    let mut log = awaiting();
    assert_eq!(log.when(&say(shown(PaymentStatus::Done))).unwrap().types(), GRANT);
    for _ in 0..4 {
        assert_eq!(log.when(&say(shown(PaymentStatus::Done))).unwrap().types(), none());
    }
    assert_eq!((tokens(&log), timers(&log)), (150, vec![]));
}

#[test]
fn a_deposit_that_never_arrives_expires_or_is_canceled() {
    for (status, event) in [
        (PaymentStatus::Expired, "purchase.expired"),
        (PaymentStatus::Canceled, "purchase.canceled"),
    ] {
        let mut log = awaiting();
        assert_eq!(log.when(&say(shown(status))).unwrap().types(), [event]);
        assert_eq!((tokens(&log), timers(&log)), (0, vec![]));
    }
}

#[test]
fn a_deposit_that_is_taken_back_takes_its_tokens_along() {
    let mut log = deposited();
    assert_eq!(taken_back(&mut log), ["wallet.revoked", "purchase.deposit_reversed"]);
    assert_eq!((tokens(&log), owed(&log)), (0, 0));
    let state = log.state::<Purchase>(PURCHASE);
    assert_eq!(state.status(), Some(PurchaseStatus::AwaitingDeposit));
    assert_eq!(timers(&log).len(), 1, "an open purchase has a timer");
}

#[test]
fn what_was_spent_of_a_deposit_that_is_taken_back_is_owed() {
    let mut log = deposited();
    spend(&mut log, 60);
    let types = taken_back(&mut log);
    let expected = ["wallet.revoked", "wallet.debt_recorded", "purchase.deposit_reversed"];
    assert_eq!(types, expected);
    assert_eq!((tokens(&log), owed(&log)), (0, 60));
}

#[test]
fn a_deposit_that_comes_again_is_granted_again_and_pays_the_debt() {
    let mut log = deposited();
    spend(&mut log, 60);
    taken_back(&mut log);
    let done = shown(PaymentStatus::Done);
    assert_eq!(log.when(&say(done.clone())).unwrap().types(), none(), "not at first sight");
    let again = log.when(&next_call(&log).answered(done)).unwrap();
    assert_eq!(again.reply, PurchaseStatus::Paid);
    assert_eq!((tokens(&log), owed(&log)), (90, 0));
}

#[test]
fn an_answer_from_before_the_deposit_takes_nothing_back() {
    let mut log = awaiting();
    let slow = query(PURCHASE, None); // Asked now, answered after the deposit was recorded.
    log.when(&say(shown(PaymentStatus::Done))).unwrap();
    let late = slow.answered(shown(PaymentStatus::WaitingForDeposit));
    assert_eq!(log.when(&late).unwrap().types(), none());
    let look = next_call(&log).answered(shown(PaymentStatus::Done));
    assert_eq!(log.when(&look).unwrap().types(), none());
    assert_eq!(tokens(&log), 150);
}

#[test]
fn a_second_look_that_sees_nothing_is_taken_again() {
    let mut log = deposited();
    log.when(&say(shown(PaymentStatus::WaitingForDeposit))).unwrap();
    let timeout = PaymentResult::Unknown { code: "TIMEOUT".to_owned() };
    for seconds in [10, 60] {
        log.when(&next_call(&log).answered(timeout.clone())).unwrap();
        assert_eq!(timers(&log), [(PURCHASE_RECONCILE, log.at() + Duration::seconds(seconds))]);
    }
    let sure = next_call(&log).answered(shown(PaymentStatus::WaitingForDeposit));
    assert_eq!(log.when(&sure).unwrap().reply, PurchaseStatus::AwaitingDeposit);
}

#[test]
fn what_was_paid_and_partly_canceled_before_we_knew_is_granted_less_the_cancel() {
    let mut log = confirming();
    let cancel =
        Cancel { transaction_key: "T1".to_owned(), amount: 5_000, reason: "dashboard".to_owned() };
    let part = PaymentSnapshot {
        cancels: vec![cancel],
        balance: 10_000,
        ..snapshot(PaymentStatus::PartialCanceled)
    };
    let accepted = log.when(&say(PaymentResult::Shown(part))).unwrap();
    assert_eq!(accepted.reply, PurchaseStatus::PartiallyRefunded);
    assert_eq!(tokens(&log), 100);
}

#[test]
fn the_secret_of_a_deposit_is_kept_as_long_as_something_may_be_told_of_it() {
    let secret = |log: &Given| log.kept(DEPOSIT_SECRET, &PURCHASE.to_string()).is_some();
    let mut log = deposited();
    assert!(secret(&log), "it may be taken back");
    taken_back(&mut log);
    assert!(secret(&log), "it may come again");
    let mut log = awaiting();
    assert!(secret(&log));
    log.when(&say(shown(PaymentStatus::Expired))).unwrap();
    assert!(!secret(&log));
}
