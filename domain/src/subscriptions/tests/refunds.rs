//! Invoices that are given back.

use super::*;
use crate::wallets::{Purpose, funds};
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
