//! What follows from Toss's word on a payment: one pure function for the answer to a confirm, for
//! webhooks and for the reconciler, so that they may come in any order and any number (P2.6).

use chrono::{DateTime, Utc};

use super::{
    Look, PaymentResult, PaymentSnapshot, PaymentStatus, Purchase, PurchaseEvent, PurchaseStatus,
};
use crate::PurchaseId;

impl Purchase {
    /// The events that bring `self` in line with what Toss said; none if it is already.
    ///
    /// Toss having our money outweighs whatever we believed, since the buyer has paid. Anything
    /// else can only move a purchase that is still open. What follows after the grant says
    /// [`super::granted`].
    #[must_use]
    pub fn reconcile(
        &self,
        result: &PaymentResult,
        look: Option<Look>,
        at: DateTime<Utc>,
    ) -> Vec<PurchaseEvent> {
        let Some((purchase, status)) = self.id.zip(self.status) else { return vec![] };
        if status.is_granted() || self.contradicts(result) && !self.is_sure(look) {
            return vec![];
        }
        let event = match result {
            PaymentResult::Shown(shown) => self.shown(purchase, status, shown),
            PaymentResult::Refused { code } if status.is_asked() => {
                Some(PurchaseEvent::Declined { purchase, code: code.clone() })
            }
            PaymentResult::Gone { .. } if status.is_asked() => {
                Some(PurchaseEvent::Expired { purchase })
            }
            PaymentResult::NotFound { .. } if status.is_asked() && at >= self.expires_at => {
                Some(PurchaseEvent::Expired { purchase })
            }
            PaymentResult::Refused { code }
            | PaymentResult::Gone { code }
            | PaymentResult::NotFound { code }
            | PaymentResult::Unknown { code } => self.doubt(purchase, status, code),
        };
        event.into_iter().collect()
    }

    fn shown(
        &self,
        purchase: PurchaseId,
        status: PurchaseStatus,
        shown: &PaymentSnapshot,
    ) -> Option<PurchaseEvent> {
        let payment = || shown.payment.clone();
        let mismatched = || PurchaseEvent::Mismatched {
            purchase,
            payment: payment(),
            currency: shown.currency.clone(),
        };
        let code = || shown.failure.clone().unwrap_or_else(|| shown.status.code().to_owned());
        match shown.status {
            // Of what was paid and partly canceled since, the cancels follow the grant.
            PaymentStatus::Done | PaymentStatus::PartialCanceled if self.fits(shown) => {
                Some(PurchaseEvent::Approved { purchase, payment: payment() })
            }
            PaymentStatus::Done | PaymentStatus::PartialCanceled => {
                (status != PurchaseStatus::Mismatched).then(mismatched)
            }
            _ if !status.is_open() => None,
            PaymentStatus::WaitingForDeposit if !self.fits(shown) => Some(mismatched()),
            PaymentStatus::WaitingForDeposit => {
                let issued = || PurchaseEvent::DepositAccountIssued {
                    purchase,
                    payment_key: shown.payment.payment_key.clone(),
                    bank: shown.bank.clone(),
                    account_number: shown.account_number.clone(),
                    due_at: shown.due_at,
                };
                (status != PurchaseStatus::AwaitingDeposit).then(issued)
            }
            PaymentStatus::Canceled => Some(PurchaseEvent::Canceled { purchase, code: code() }),
            PaymentStatus::Aborted => Some(PurchaseEvent::Declined { purchase, code: code() }),
            PaymentStatus::Expired => Some(PurchaseEvent::Expired { purchase }),
            PaymentStatus::Ready | PaymentStatus::InProgress => {
                self.doubt(purchase, status, shown.status.code())
            }
        }
    }

    /// An unclear answer matters only to who asked for a confirm; a forged webhook changes nothing.
    fn doubt(
        &self,
        purchase: PurchaseId,
        status: PurchaseStatus,
        code: &str,
    ) -> Option<PurchaseEvent> {
        status.is_asked().then(|| PurchaseEvent::PutInDoubt {
            purchase,
            code: code.to_owned(),
            attempt: self.doubts.saturating_add(1),
        })
    }

    fn fits(&self, shown: &PaymentSnapshot) -> bool {
        shown.order_id == self.order_id
            && shown.payment.total_amount == self.amount
            && shown.currency == self.currency
    }
}
