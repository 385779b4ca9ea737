//! `purchases`: tokens bought with won, and where each purchase stands (PUR-03); `refunds`: what of
//! them becomes money again.

mod purchase;
mod refund;

pub use purchase::*;
pub use refund::{Refund, refunds_of, refunds_under_way, refunds_waiting};

use domain::purchases::{Payment, PurchaseEvent, PurchaseStatus};
use domain::users::UserEvent;
use domain::{Amount, PurchaseId};
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};
use crate::projector::Opener;

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[purchase::STATEMENTS, refund::STATEMENTS];

/// Fills this context's tables.
pub struct Purchases;

impl Projector for Purchases {
    fn name(&self) -> &'static str {
        "purchases"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["purchase", "user"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Purchase::DEFINITION, Refund::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, keyring: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            project(event, batch, &Opener::of(entry, keyring))?;
            refund::apply(event, batch);
        }
        // Payments are kept as the law wants it; the number of an account is not needed for that.
        if let Some(UserEvent::Erased { user, .. }) = entry.event.of() {
            batch.blank_person::<Purchase>("deposit_account = null", "buyer_id", user.0);
        }
        Ok(())
    }
}

/// Exhaustive: a new fact does not compile until somebody says what a buyer sees of it.
fn project(event: &PurchaseEvent, batch: &mut Batch, opener: &Opener<'_>) -> Result<(), Poison> {
    match event {
        PurchaseEvent::Initiated { .. } => begin(event, batch),
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
            review(*purchase, "mismatched", batch);
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
        PurchaseEvent::DepositAccountIssued { account_number, .. } => {
            let number = account_number.as_ref();
            let number = number.map(|sealed| opener.open(sealed, "account_number")).transpose()?;
            await_deposit(event, number, batch);
        }
        PurchaseEvent::TokensGranted { purchase, .. } => {
            let at = batch.at();
            becomes(*purchase, PurchaseStatus::Paid, batch, move |row| {
                (row.granted_at, row.balance) = (Some(at), Some(row.total_price));
                // Perhaps anew, after a deposit that was taken back: its tokens pay what was owed.
                (row.returned_tokens, row.owed_tokens) = (0, 0);
                row.review = None;
            });
        }
        PurchaseEvent::Expired { purchase } => {
            becomes(*purchase, PurchaseStatus::Expired, batch, |_| {});
        }
        PurchaseEvent::DepositReversed { purchase, tokens, owed, .. } => {
            becomes(*purchase, PurchaseStatus::AwaitingDeposit, batch, |row| {
                (row.granted_at, row.balance, row.approved_at) = (None, None, None);
            });
            returned(*purchase, (*tokens, *owed), batch);
            review(*purchase, "deposit_reversed", batch);
        }
        PurchaseEvent::CanceledExternally { purchase, balance, tokens, owed, .. } => {
            canceled(*purchase, *balance, batch);
            returned(*purchase, (*tokens, *owed), batch);
            review(*purchase, "canceled_externally", batch);
        }
        PurchaseEvent::RefundExecuted { purchase, tokens, balance, .. } => {
            canceled(*purchase, *balance, batch);
            returned(*purchase, (*tokens, Amount::ZERO), batch);
        }
        PurchaseEvent::RefundRequested { .. }
        | PurchaseEvent::RefundApproved { .. }
        | PurchaseEvent::RefundRejected { .. }
        | PurchaseEvent::RefundPutInDoubt { .. }
        | PurchaseEvent::RefundFailed { .. } // Rows of their own.
        | PurchaseEvent::ReconcileRequested { .. } => {}
    }
    Ok(())
}

/// The row of a purchase that begins.
fn begin(event: &PurchaseEvent, batch: &mut Batch) {
    if let PurchaseEvent::Initiated {
        purchase,
        buyer,
        package,
        tokens,
        unit_price,
        amount,
        currency,
        order_id,
        expires_at,
    } = event
    {
        batch.insert(Purchase {
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
            deposit_account: None,
            deposit_due_at: None,
            expires_at: *expires_at,
            approved_at: None,
            granted_at: None,
            balance: None,
            returned_tokens: 0,
            owed_tokens: 0,
            review: None,
            created_at: batch.at(),
            updated_at: batch.at(),
        });
    }
}

/// Where the buyer pays to.
fn await_deposit(event: &PurchaseEvent, number: Option<String>, batch: &mut Batch) {
    if let PurchaseEvent::DepositAccountIssued { purchase, payment_key, bank, due_at, .. } = event {
        let (key, bank, due_at) = (payment_key.clone(), bank.clone(), *due_at);
        becomes(*purchase, PurchaseStatus::AwaitingDeposit, batch, move |row| {
            row.provider_payment_key = Some(key);
            (row.deposit_bank, row.deposit_account) = (bank, number);
            row.deposit_due_at = due_at;
        });
    }
}

/// Whether any of the money is left says the balance, not the provider's status (d1.4).
fn canceled(purchase: PurchaseId, balance: i64, batch: &mut Batch) {
    let status =
        if balance == 0 { PurchaseStatus::Refunded } else { PurchaseStatus::PartiallyRefunded };
    becomes(purchase, status, batch, move |row| row.balance = Some(balance));
}

fn returned(purchase: PurchaseId, (tokens, owed): (Amount, Amount), batch: &mut Batch) {
    batch.update::<Purchase>(purchase.0, move |row| {
        row.returned_tokens += tokens.get();
        row.owed_tokens += owed.get();
    });
}

fn review(purchase: PurchaseId, why: &'static str, batch: &mut Batch) {
    batch.update::<Purchase>(purchase.0, move |row| row.review = Some(why.to_owned()));
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
