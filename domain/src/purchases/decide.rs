//! The rule book of a purchase, except for what Toss says ([`super::reconcile`]).

use chrono::{DateTime, Utc};

use super::{
    CURRENCY, Figures, ORDER_ID_CHARS_MAX, PAYMENT_KEY_CHARS_MAX, Package, Purchase,
    PurchaseCommand, PurchaseError, PurchaseEvent, PurchaseStatus, order_id,
};
use crate::aggregate::Decide;
use crate::{PurchaseId, UserId};

type Events = Result<Vec<PurchaseEvent>, PurchaseError>;

impl Decide for Purchase {
    fn decide(&self, command: PurchaseCommand) -> Events {
        match command {
            PurchaseCommand::Initiate { purchase, buyer, package, expires_at } => {
                self.initiate(purchase, buyer, package, expires_at)
            }
            PurchaseCommand::Confirm { caller, figures, at } => self.confirm(caller, figures, at),
            PurchaseCommand::Reconcile { result, look, at } => {
                self.id.ok_or(PurchaseError::Unknown)?;
                Ok(self.reconcile(&result, look, at))
            }
            PurchaseCommand::Granted => Ok(self.granted()),
            PurchaseCommand::Cancel { caller, code } => self.cancel(caller, code),
            PurchaseCommand::Expire { due } => Ok(self.expire(due)),
            PurchaseCommand::RequestRefund(new) => self.request_refund(new),
            PurchaseCommand::DecideRefund { refund, by, verdict } => {
                self.decide_refund(refund, by, &verdict)
            }
            PurchaseCommand::AskToss => {
                let purchase = self.id.ok_or(PurchaseError::Unknown)?;
                Ok(vec![PurchaseEvent::ReconcileRequested { purchase }])
            }
        }
    }
}

impl Purchase {
    fn initiate(
        &self,
        purchase: PurchaseId,
        buyer: UserId,
        package: Package,
        expires_at: DateTime<Utc>,
    ) -> Events {
        let amount = package.price()?;
        if self.id.is_some() {
            let same = (self.buyer, self.tokens, self.amount) == (buyer, package.tokens, amount);
            return if same { Ok(vec![]) } else { Err(PurchaseError::Conflict) };
        }
        Ok(vec![PurchaseEvent::Initiated {
            purchase,
            buyer,
            package: package.name,
            tokens: package.tokens,
            unit_price: package.unit_price.to_string(),
            amount,
            currency: CURRENCY.to_owned(),
            order_id: order_id(purchase),
            expires_at,
        }])
    }

    /// P2.2: the caller owns it, order id and amount are ours, and it is still to be confirmed.
    fn confirm(&self, caller: UserId, figures: Figures, at: DateTime<Utc>) -> Events {
        let (purchase, status) = self.owned(caller)?;
        let Figures { payment_key, order_id, amount } = figures;
        let fits = order_id == self.order_id && amount == self.amount;
        if fits && self.payment_key.as_ref() == Some(&payment_key) {
            return Ok(vec![]); // The same callback again, however far it has come since.
        }
        if status != PurchaseStatus::Initiated {
            return Err(PurchaseError::NotConfirmable { status });
        }
        if !(1..=PAYMENT_KEY_CHARS_MAX).contains(&payment_key.chars().count()) {
            return Err(PurchaseError::PaymentKeyLength { max: PAYMENT_KEY_CHARS_MAX });
        }
        if !fits {
            let order_id = order_id.chars().take(ORDER_ID_CHARS_MAX).collect();
            return Ok(vec![PurchaseEvent::Tampered { purchase, payment_key, order_id, amount }]);
        }
        if at >= self.expires_at {
            return Err(PurchaseError::SessionExpired);
        }
        Ok(vec![PurchaseEvent::ConfirmRequested { purchase, payment_key, order_id, amount }])
    }

    fn granted(&self) -> Vec<PurchaseEvent> {
        match (self.id, self.status) {
            (Some(purchase), Some(PurchaseStatus::Approved)) => {
                vec![PurchaseEvent::TokensGranted {
                    purchase,
                    buyer: self.buyer,
                    lot: self.next_lot(purchase),
                    tokens: self.tokens,
                }]
            }
            _ => vec![],
        }
    }

    fn cancel(&self, caller: UserId, code: String) -> Events {
        match self.owned(caller)? {
            (purchase, PurchaseStatus::Initiated) => {
                Ok(vec![PurchaseEvent::Canceled { purchase, code }])
            }
            (_, PurchaseStatus::Canceled) => Ok(vec![]),
            (_, status) => Err(PurchaseError::NotCancelable { status }),
        }
    }

    fn expire(&self, due: DateTime<Utc>) -> Vec<PurchaseEvent> {
        match (self.id, self.status) {
            (Some(purchase), Some(PurchaseStatus::Initiated)) if self.expires_at <= due => {
                vec![PurchaseEvent::Expired { purchase }]
            }
            _ => vec![],
        }
    }
}
