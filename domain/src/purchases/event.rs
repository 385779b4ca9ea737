//! What happens to a purchase of tokens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{Amount, LotId, PurchaseId, RefundId, Sealed, UserId};

/// What Toss says of the payment, as far as we keep it: a masked card, never more (PUR-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Toss's key of the payment.
    pub payment_key: String,
    /// Whole won.
    pub total_amount: i64,
    /// Card, easy pay, transfer: Toss's word.
    pub method: Option<String>,
    /// When Toss approved it.
    pub approved_at: Option<DateTime<Utc>>,
    /// For the buyer.
    pub receipt_url: Option<String>,
    /// Masked card number.
    pub card: Option<String>,
    /// Easy-pay provider.
    pub easy_pay: Option<String>,
}

/// Money that Toss gave back: one entry of `cancels[]` (d1.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Toss's key of this cancel.
    pub transaction_key: String,
    /// Whole won.
    pub amount: i64,
    /// What whoever canceled said; our own name the refund.
    pub reason: String,
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseEvent {
    /// A buyer chose a package; every figure is fixed from here on (PUR-01).
    Initiated {
        /// Which purchase.
        purchase: PurchaseId,
        /// Who buys.
        buyer: UserId,
        /// Which package of the price list.
        package: String,
        /// How many tokens.
        tokens: Amount,
        /// Won per token, a decimal as text.
        unit_price: String,
        /// Whole won to pay.
        amount: i64,
        /// ISO 4217.
        currency: String,
        /// Our order id at Toss.
        order_id: String,
        /// Until when it can be confirmed.
        expires_at: DateTime<Utc>,
    },
    /// The callback named another amount or order than was initiated: never confirmed.
    Tampered {
        /// Which purchase.
        purchase: PurchaseId,
        /// What the callback said.
        payment_key: String,
        /// What the callback said.
        order_id: String,
        /// What the callback said, whole won.
        amount: i64,
    },
    /// The callback fits; Toss is asked to confirm exactly this, after this is committed.
    ConfirmRequested {
        /// Which purchase.
        purchase: PurchaseId,
        /// Toss's key of the payment.
        payment_key: String,
        /// Our order id at Toss.
        order_id: String,
        /// Whole won, as initiated.
        amount: i64,
    },
    /// Toss approved the payment.
    Approved {
        /// Which purchase.
        purchase: PurchaseId,
        /// What Toss said.
        payment: Payment,
    },
    /// Toss definitely refused the payment.
    Declined {
        /// Which purchase.
        purchase: PurchaseId,
        /// Toss's code.
        code: String,
    },
    /// Nobody knows yet whether the payment went through; the reconciler asks again.
    PutInDoubt {
        /// Which purchase.
        purchase: PurchaseId,
        /// Toss's code, or what went wrong on the way.
        code: String,
        /// How often Toss has been asked since.
        attempt: u32,
    },
    /// Toss issued an account to pay into. Nothing is granted before the deposit is there.
    DepositAccountIssued {
        /// Which purchase.
        purchase: PurchaseId,
        /// Toss's key of the payment.
        payment_key: String,
        /// The bank's code.
        bank: Option<String>,
        /// The account's number, sealed for the buyer.
        account_number: Option<Sealed>,
        /// Until when the buyer can pay.
        due_at: Option<DateTime<Utc>>,
    },
    /// Toss took a deposit back that it had reported: what was granted is revoked (d1.4).
    DepositReversed {
        /// Which purchase.
        purchase: PurchaseId,
        /// Which lot.
        lot: LotId,
        /// How many tokens are taken back.
        tokens: Amount,
        /// How many of them were spent already, and are owed.
        owed: Amount,
    },
    /// Toss gave money back without our asking: dashboard or chargeback (P2.8). Somebody must look.
    CanceledExternally {
        /// Which purchase.
        purchase: PurchaseId,
        /// What was canceled since we last knew.
        cancels: Vec<Cancel>,
        /// What Toss still has, whole won.
        balance: i64,
        /// Which lot.
        lot: LotId,
        /// How many tokens are taken back.
        tokens: Amount,
        /// How many of them were spent already, and are owed.
        owed: Amount,
    },
    /// The buyer wants unspent tokens to become money again; they are held (P2.7).
    RefundRequested {
        /// Which purchase.
        purchase: PurchaseId,
        /// Which refund.
        refund: RefundId,
        /// Who bought.
        buyer: UserId,
        /// Which lot.
        lot: LotId,
        /// How many tokens.
        tokens: Amount,
        /// Whole won to be given back.
        amount: i64,
        /// Whether it goes to a bank account, which lies in the vault meanwhile.
        to_account: bool,
    },
    /// Toss is asked to give back exactly this, after this is committed.
    RefundApproved {
        /// Which purchase.
        purchase: PurchaseId,
        /// Which refund.
        refund: RefundId,
        /// Toss's key of the payment.
        payment_key: String,
        /// Whole won to be given back.
        amount: i64,
        /// What Toss has by our books, whole won: it refuses if that is not so.
        balance: i64,
        /// Whether it goes to a bank account.
        to_account: bool,
    },
    /// Somebody of the house said no; the tokens are released.
    RefundRejected {
        /// Which purchase.
        purchase: PurchaseId,
        /// Which refund.
        refund: RefundId,
        /// In words the buyer reads.
        reason: String,
    },
    /// Nobody knows yet whether the money went back; Toss is asked again.
    RefundPutInDoubt {
        /// Which purchase.
        purchase: PurchaseId,
        /// Which refund.
        refund: RefundId,
        /// Toss's code, or what went wrong on the way.
        code: String,
        /// How often it was in doubt by now.
        attempt: u32,
    },
    /// The money is on its way back, the tokens are gone.
    RefundExecuted {
        /// Which purchase.
        purchase: PurchaseId,
        /// Which refund.
        refund: RefundId,
        /// Toss's key of the cancel.
        transaction_key: String,
        /// How many tokens.
        tokens: Amount,
        /// Whole won given back.
        amount: i64,
        /// What Toss still has, whole won.
        balance: i64,
    },
    /// The money stays at Toss; the tokens are released.
    RefundFailed {
        /// Which purchase.
        purchase: PurchaseId,
        /// Which refund.
        refund: RefundId,
        /// Toss's code, or why it cannot be any more.
        code: String,
    },
    /// Somebody of the house wants Toss to be asked how the payment stands.
    ReconcileRequested {
        /// Which purchase.
        purchase: PurchaseId,
    },
    /// The tokens are in the buyer's wallet.
    TokensGranted {
        /// Which purchase.
        purchase: PurchaseId,
        /// Who bought.
        buyer: UserId,
        /// The new lot.
        lot: LotId,
        /// How many.
        tokens: Amount,
    },
    /// Toss approved another amount or currency than was initiated: an alarm, no grant.
    Mismatched {
        /// Which purchase.
        purchase: PurchaseId,
        /// What Toss said.
        payment: Payment,
        /// What Toss said.
        currency: String,
    },
    /// The buyer stepped back, or the window reported a failure.
    Canceled {
        /// Which purchase.
        purchase: PurchaseId,
        /// Toss's code.
        code: String,
    },
    /// Nobody paid in time.
    Expired {
        /// Which purchase.
        purchase: PurchaseId,
    },
}

event_types!(PurchaseEvent {
    Initiated => "purchase.initiated",
    Tampered => "purchase.tampered",
    ConfirmRequested => "purchase.confirm_requested",
    Approved => "purchase.approved",
    Declined => "purchase.declined",
    PutInDoubt => "purchase.put_in_doubt",
    DepositAccountIssued => "purchase.deposit_account_issued",
    DepositReversed => "purchase.deposit_reversed",
    CanceledExternally => "purchase.canceled_externally",
    RefundRequested => "purchase.refund_requested",
    RefundApproved => "purchase.refund_approved",
    RefundRejected => "purchase.refund_rejected",
    RefundPutInDoubt => "purchase.refund_put_in_doubt",
    RefundExecuted => "purchase.refund_executed",
    RefundFailed => "purchase.refund_failed",
    ReconcileRequested => "purchase.reconcile_requested",
    TokensGranted => "purchase.tokens_granted",
    Mismatched => "purchase.mismatched",
    Canceled => "purchase.canceled",
    Expired => "purchase.expired",
});
