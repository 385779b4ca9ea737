//! Invoices that are given back.

use super::*;
use crate::plans::PublishPlan;
use crate::wallets::{ExpireLot, Purpose, ReleaseReason, Rollover, funds};
use crate::{Amount, Decision, GenerationId, Halt, HoldId, Stream, Work};

/// Mina spends credits.
struct Spend(i64);

impl Decision for Spend {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let (wallet, amount) = (WalletKey::credit(MINA), Amount::new(self.0).unwrap());
        let purpose = Purpose::Generation(GenerationId(id(700)));
        funds::hold(work, wallet, purpose, amount, None)?;
        funds::capture(work, wallet, HoldId::from(purpose), amount)
    }
}

/// Mina's work holds credits, or is over.
enum Job {
    Queued(i64),
    Done(i64),
    Over(ReleaseReason),
}

impl Decision for Job {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let (wallet, purpose) =
            (WalletKey::credit(MINA), Purpose::Generation(GenerationId(id(701))));
        let (hold, amount) = (HoldId::from(purpose), |n| Amount::new(n).unwrap());
        match *self {
            Self::Queued(n) => funds::hold(work, wallet, purpose, amount(n), None),
            Self::Done(n) => funds::capture(work, wallet, hold, amount(n)),
            Self::Over(reason) => funds::release(work, wallet, hold, reason),
        }
    }
}

fn owed(log: &Given) -> i64 {
    log.state::<Wallet>(WalletKey::credit(MINA)).owed()
}

fn refunded(cents: i64) -> InvoiceSnapshot {
    let status = if cents < 2_500 { InvoiceStatus::PartialRefund } else { InvoiceStatus::Refunded };
    let updated_at = noon() + Duration::days(2) + Duration::seconds(cents);
    InvoiceSnapshot { status, refunded: cents, updated_at, ..initial() }
}

#[test]
fn a_partial_and_then_a_full_refund_take_the_unspent_share_and_no_more() {
    let mut log = subscribed(STARTER);
    log.when(&Spend(2_500)).unwrap();
    let types = bill(&mut log, refunded(1_000));
    assert_eq!(types, ["invoice.observed", "invoice.refunded", "wallet.revoked"]);
    assert_eq!(credits(&log), 500, "floor(5,000 * 1,000 / 2,500) = 2,000 of 2,500");
    assert_eq!(seen(&mut log, refunded(1_000)), Seen::Nothing);
    bill(&mut log, refunded(2_500));
    assert_eq!(credits(&log), 0, "what is left of the other 3,000");
    let wallet: Wallet = log.state(WalletKey::credit(MINA));
    assert_eq!(wallet.owed(), 0, "what was spent was paid for");
    assert_eq!(tier(&log), Tier::Starter, "access follows the subscription");
}

#[test]
fn refunds_count_the_same_in_whichever_order_they_are_told() {
    let mut log = subscribed(STARTER);
    bill(&mut log, refunded(2_000));
    assert_eq!(credits(&log), 1_000);
    assert_eq!(seen(&mut log, refunded(1_000)), Seen::Nothing, "it is part of the other");
    assert_eq!(credits(&log), 1_000);
}

#[test]
fn an_invoice_that_is_first_shown_refunded_grants_and_takes_back() {
    let mut log = open();
    show(&mut log, shown(STARTER));
    bill(&mut log, refunded(2_500));
    assert_eq!(credits(&log), 0);
    assert_eq!(seen(&mut log, initial()), Seen::Nothing);
    assert_eq!(credits(&log), 0);
}

#[test]
fn a_year_given_back_gets_no_further_months() {
    let mut log = subscribed(PRO_YEARLY);
    ring(&mut log, MONTH_GRANT);
    assert_eq!(credits(&log), 30_000);
    let types = bill(&mut log, refunded(2_500));
    assert!(types.contains(&"subscription.year_stopped"), "{types:?}");
    assert_eq!(credits(&log), 15_000, "the month that runs is taken back");
    assert_eq!(due(&log, MONTH_GRANT), None);
}

#[test]
fn credits_that_are_held_when_their_invoice_is_given_back_are_owed_and_paid_when_they_come_back() {
    for reason in [ReleaseReason::Canceled, ReleaseReason::Failed] {
        let mut log = subscribed(STARTER);
        log.when(&Job::Queued(5_000)).unwrap();
        let types = bill(&mut log, refunded(2_500));
        assert_eq!(types, ["invoice.observed", "invoice.refunded", "wallet.debt_recorded"]);
        assert_eq!((credits(&log), owed(&log)), (0, 5_000));
        assert_eq!(seen(&mut log, refunded(2_500)), Seen::Nothing);
        let types = log.when(&Job::Over(reason)).unwrap().types();
        assert_eq!(types, ["wallet.released", "wallet.debt_settled"]);
        assert_eq!((credits(&log), owed(&log)), (0, 0));
    }
}

#[test]
fn held_credits_of_a_refund_that_are_spent_after_it_stay_owed() {
    let mut log = subscribed(STARTER);
    log.when(&Job::Queued(3_000)).unwrap();
    let types = bill(&mut log, refunded(2_500));
    let expected =
        ["invoice.observed", "invoice.refunded", "wallet.revoked", "wallet.debt_recorded"];
    assert_eq!(types, expected);
    log.when(&Job::Done(1_000)).unwrap();
    assert_eq!((credits(&log), owed(&log)), (0, 1_000));
    bill(&mut log, paid(9_000_002, BillingReason::Renewal, noon() + Duration::days(30)));
    assert_eq!((credits(&log), owed(&log)), (4_000, 0));
}

#[test]
fn part_of_a_refund_takes_what_is_left_before_what_is_held() {
    let mut log = subscribed(STARTER);
    log.when(&Job::Queued(4_000)).unwrap();
    bill(&mut log, refunded(1_000));
    assert_eq!((credits(&log), owed(&log)), (0, 1_000), "2,000: 1,000 were left");
    bill(&mut log, refunded(2_500));
    assert_eq!(owed(&log), 4_000, "and no more than is held");
    log.when(&Job::Over(ReleaseReason::Canceled)).unwrap();
    assert_eq!((credits(&log), owed(&log)), (0, 0));
}

#[test]
fn a_refund_takes_what_its_credits_have_become() {
    let mut log = open();
    let mut terms = crate::plans::seed(Tier::Starter);
    terms.rollover = Some(Rollover::Percent(50));
    log.when(&PublishPlan { plan: Tier::Starter, terms }).unwrap();
    show(&mut log, shown(STARTER));
    bill(&mut log, initial());
    log.when(&Job::Queued(1_000)).unwrap();
    log.later(Duration::days(31));
    let lot = crate::LotId::invoice(initial().id());
    let end = Zone::Utc.months_after(noon(), 1, 20);
    log.when(&ExpireLot { wallet: WalletKey::credit(MINA), lot, due: end }).unwrap();
    log.when(&Job::Over(ReleaseReason::Failed)).unwrap();
    assert_eq!(credits(&log), 2_000 + 1_000, "half rolled over, and failed work made good");
    bill(&mut log, refunded(2_500));
    assert_eq!((credits(&log), owed(&log)), (0, 0));
}
