//! `purchases`: tokens bought with won, and where each purchase stands (PUR-03).

mod purchase;

pub use purchase::*;

use domain::PurchaseId;
use domain::purchases::{Payment, PurchaseEvent, PurchaseStatus};
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[purchase::STATEMENTS];

/// Fills this context's tables.
pub struct Purchases;

impl Projector for Purchases {
    fn name(&self) -> &'static str {
        "purchases"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["purchase"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Purchase::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            project(event, batch);
        }
        Ok(())
    }
}

/// Exhaustive: a new fact does not compile until somebody says what a buyer sees of it.
fn project(event: &PurchaseEvent, batch: &mut Batch) {
    match event {
        PurchaseEvent::Initiated {
            purchase,
            buyer,
            package,
            tokens,
            unit_price,
            amount,
            currency,
            order_id,
            expires_at,
        } => batch.insert(Purchase {
            id: purchase.0,
            buyer_id: buyer.0,
            package: package.clone(),
            amount_tokens: tokens.get(),
            price_per_token: unit_price.clone(),
            currency_code: currency.clone(),
            total_price: *amount,
            provider: "toss".to_owned(),
            provider_order_id: order_id.clone(),
            provider_payment_key: None,
            status: PurchaseStatus::Initiated.code().to_owned(),
            provider_total_amount: None,
            method: None,
            card_detail: None,
            easy_pay_detail: None,
            receipt_url: None,
            failure_code: None,
            deposit_bank: None,
            deposit_due_at: None,
            expires_at: *expires_at,
            approved_at: None,
            granted_at: None,
            created_at: batch.at(),
            updated_at: batch.at(),
        }),
        PurchaseEvent::Tampered { purchase, .. } => {
            becomes(*purchase, PurchaseStatus::Tampered, batch, |_| {});
        }
        PurchaseEvent::ConfirmRequested { purchase, payment_key, .. } => {
            let key = payment_key.clone();
            becomes(*purchase, PurchaseStatus::Confirming, batch, |row| {
                row.provider_payment_key = Some(key);
            });
        }
        PurchaseEvent::Approved { purchase, payment } => {
            paid(*purchase, PurchaseStatus::Approved, payment, batch);
        }
        PurchaseEvent::Mismatched { purchase, payment, .. } => {
            paid(*purchase, PurchaseStatus::Mismatched, payment, batch);
        }
        PurchaseEvent::Declined { purchase, code } => {
            failed(*purchase, PurchaseStatus::Declined, code, batch);
        }
        PurchaseEvent::PutInDoubt { purchase, code, attempt: _ } => {
            failed(*purchase, PurchaseStatus::InDoubt, code, batch);
        }
        PurchaseEvent::Canceled { purchase, code } => {
            failed(*purchase, PurchaseStatus::Canceled, code, batch);
        }
        PurchaseEvent::DepositAwaited { purchase, payment_key, bank, due_at } => {
            let (key, bank, due_at) = (payment_key.clone(), bank.clone(), *due_at);
            becomes(*purchase, PurchaseStatus::AwaitingDeposit, batch, move |row| {
                row.provider_payment_key = Some(key);
                (row.deposit_bank, row.deposit_due_at) = (bank, due_at);
            });
        }
        PurchaseEvent::TokensGranted { purchase, .. } => {
            let at = batch.at();
            becomes(*purchase, PurchaseStatus::Paid, batch, move |row| row.granted_at = Some(at));
        }
        PurchaseEvent::Expired { purchase } => {
            becomes(*purchase, PurchaseStatus::Expired, batch, |_| {});
        }
    }
}

fn becomes(
    purchase: PurchaseId,
    status: PurchaseStatus,
    batch: &mut Batch,
    change: impl FnOnce(&mut Purchase) + Send + 'static,
) {
    batch.update::<Purchase>(purchase.0, move |row| {
        row.status = status.code().to_owned();
        change(row);
    });
}

fn failed(purchase: PurchaseId, status: PurchaseStatus, code: &str, batch: &mut Batch) {
    let code = code.to_owned();
    becomes(purchase, status, batch, |row| row.failure_code = Some(code));
}

fn paid(purchase: PurchaseId, status: PurchaseStatus, payment: &Payment, batch: &mut Batch) {
    let payment = payment.clone();
    becomes(purchase, status, batch, move |row| {
        row.provider_payment_key = Some(payment.payment_key);
        row.provider_total_amount = Some(payment.total_amount);
        row.method = payment.method;
        row.approved_at = payment.approved_at;
        row.receipt_url = payment.receipt_url;
        row.card_detail = payment.card;
        row.easy_pay_detail = payment.easy_pay;
        row.failure_code = None;
    });
}
