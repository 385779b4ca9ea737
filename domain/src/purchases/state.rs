//! What a purchase has come to, as far as a decision needs it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{PurchaseCommand, PurchaseError, PurchaseEvent, PurchaseStatus};
use crate::aggregate::aggregate;
use crate::{Amount, LotId, PurchaseId, RefundId, UserId};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    pub(super) id: Option<PurchaseId>,
    pub(super) status: Option<PurchaseStatus>,
    pub(super) buyer: UserId,
    pub(super) tokens: Amount,
    pub(super) unit_price: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) order_id: String,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) payment_key: Option<String>,
    pub(super) doubts: u32,
    /// Paid into an account that Toss issued, so given back to an account of the buyer's.
    pub(super) by_deposit: bool,
    pub(super) grant: Option<Granted>,
    /// How often it was granted or reversed.
    pub(super) turn: u32,
    /// The cancels we know of. Toss lists few, and never again under another key.
    pub(super) cancels: BTreeSet<String>,
    pub(super) refund: Option<OpenRefund>,
}

/// What was granted, and what is left of it by our books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Granted {
    pub(super) lot: LotId,
    /// Tokens that were given or taken back.
    pub(super) returned: Amount,
    /// What Toss still has, whole won.
    pub(super) balance: i64,
}

/// A refund that has not come to its end; a purchase has one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenRefund {
    pub(super) id: RefundId,
    pub(super) tokens: Amount,
    pub(super) amount: i64,
    pub(super) approved: bool,
    pub(super) doubts: u32,
}

aggregate!(Purchase, "purchase", PurchaseCommand, PurchaseEvent, PurchaseError);

impl Purchase {
    /// Where it stands; `None` before it was initiated.
    #[must_use]
    pub fn status(&self) -> Option<PurchaseStatus> {
        self.status
    }

    /// Whether money may still be on its way, in either direction.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.refund.is_some() || self.status.is_some_and(PurchaseStatus::is_open)
    }

    /// Who buys.
    #[must_use]
    pub fn buyer(&self) -> UserId {
        self.buyer
    }

    /// How many tokens.
    #[must_use]
    pub fn tokens(&self) -> Amount {
        self.tokens
    }

    /// Whole won to pay.
    #[must_use]
    pub fn amount(&self) -> i64 {
        self.amount
    }

    /// Our order id at Toss.
    #[must_use]
    pub fn order_id(&self) -> &str {
        &self.order_id
    }

    /// Where the tokens were granted to, if they are.
    #[must_use]
    pub fn lot(&self) -> Option<LotId> {
        self.grant.map(|grant| grant.lot)
    }

    /// Whether it was paid by deposit, so that a refund needs to know an account.
    #[must_use]
    pub fn is_by_deposit(&self) -> bool {
        self.by_deposit
    }

    /// The lot of the next grant: another one after a deposit was taken back.
    pub(super) fn next_lot(&self, purchase: PurchaseId) -> LotId {
        match self.turn {
            0 => LotId::purchase(purchase),
            turn => LotId::purchase_again(purchase, turn),
        }
    }

    pub(super) fn evolve(&mut self, event: PurchaseEvent) {
        use PurchaseStatus as Status;
        self.refund = refund_after(self.refund, &event);
        let status = match event {
            PurchaseEvent::Initiated {
                purchase,
                buyer,
                tokens,
                amount,
                currency,
                order_id,
                expires_at,
                package: _,
                unit_price,
            } => {
                (self.id, self.buyer, self.tokens) = (Some(purchase), buyer, tokens);
                (self.unit_price, self.amount, self.currency) = (unit_price, amount, currency);
                (self.order_id, self.expires_at) = (order_id, expires_at);
                Status::Initiated
            }
            PurchaseEvent::Tampered { .. } => Status::Tampered,
            PurchaseEvent::ConfirmRequested { payment_key, .. } => {
                self.payment_key = Some(payment_key);
                Status::Confirming
            }
            PurchaseEvent::Approved { payment, .. } => {
                self.payment_key = Some(payment.payment_key);
                Status::Approved
            }
            PurchaseEvent::Declined { .. } => Status::Declined,
            PurchaseEvent::PutInDoubt { attempt, .. } => {
                self.doubts = attempt;
                Status::InDoubt
            }
            PurchaseEvent::DepositAccountIssued { payment_key, .. } => {
                (self.payment_key, self.by_deposit) = (Some(payment_key), true);
                Status::AwaitingDeposit
            }
            PurchaseEvent::TokensGranted { lot, .. } => {
                let (returned, balance) = (Amount::ZERO, self.amount);
                self.grant = Some(Granted { lot, returned, balance });
                self.turn = self.turn.saturating_add(1);
                Status::Paid
            }
            PurchaseEvent::DepositReversed { .. } => {
                self.grant = None;
                self.turn = self.turn.saturating_add(1);
                Status::AwaitingDeposit
            }
            PurchaseEvent::CanceledExternally { cancels, balance, tokens, .. } => {
                self.cancels.extend(cancels.into_iter().map(|cancel| cancel.transaction_key));
                self.returns(tokens, balance)
            }
            PurchaseEvent::RefundExecuted { transaction_key, tokens, balance, .. } => {
                self.cancels.insert(transaction_key);
                self.returns(tokens, balance)
            }
            PurchaseEvent::RefundRequested { .. }
            | PurchaseEvent::RefundApproved { .. }
            | PurchaseEvent::RefundPutInDoubt { .. }
            | PurchaseEvent::RefundRejected { .. }
            | PurchaseEvent::RefundFailed { .. }
            | PurchaseEvent::ReconcileRequested { .. } => return, // It stands where it stood.
            PurchaseEvent::Mismatched { .. } => Status::Mismatched,
            PurchaseEvent::Canceled { .. } => Status::Canceled,
            PurchaseEvent::Expired { .. } => Status::Expired,
        };
        self.status = Some(status);
    }

    /// Tokens came back for money; whether any of it is left says the balance, not Toss's status
    /// (d1.4).
    fn returns(&mut self, tokens: Amount, balance: i64) -> PurchaseStatus {
        self.grant = self.grant.map(|grant| Granted {
            returned: grant.returned.plus(tokens),
            balance,
            ..grant
        });
        if balance == 0 { PurchaseStatus::Refunded } else { PurchaseStatus::PartiallyRefunded }
    }
}

/// What the events of a refund make of it, until its money goes back.
fn refund_after(open: Option<OpenRefund>, event: &PurchaseEvent) -> Option<OpenRefund> {
    match event {
        PurchaseEvent::RefundRequested { refund, tokens, amount, .. } => Some(OpenRefund {
            id: *refund,
            tokens: *tokens,
            amount: *amount,
            approved: false,
            doubts: 0,
        }),
        PurchaseEvent::RefundApproved { .. } => {
            open.map(|open| OpenRefund { approved: true, ..open })
        }
        PurchaseEvent::RefundPutInDoubt { attempt, .. } => {
            open.map(|open| OpenRefund { doubts: *attempt, ..open })
        }
        PurchaseEvent::RefundRejected { .. }
        | PurchaseEvent::RefundFailed { .. }
        | PurchaseEvent::RefundExecuted { .. } => None,
        PurchaseEvent::Initiated { .. }
        | PurchaseEvent::Tampered { .. }
        | PurchaseEvent::ConfirmRequested { .. }
        | PurchaseEvent::Approved { .. }
        | PurchaseEvent::Declined { .. }
        | PurchaseEvent::PutInDoubt { .. }
        | PurchaseEvent::DepositAccountIssued { .. }
        | PurchaseEvent::DepositReversed { .. }
        | PurchaseEvent::CanceledExternally { .. }
        | PurchaseEvent::ReconcileRequested { .. }
        | PurchaseEvent::TokensGranted { .. }
        | PurchaseEvent::Mismatched { .. }
        | PurchaseEvent::Canceled { .. }
        | PurchaseEvent::Expired { .. } => open,
    }
}
