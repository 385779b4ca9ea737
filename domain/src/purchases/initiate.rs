//! Beginning to buy (P2.1, PUR-01).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    CURRENCY, ExpirePurchase, PURCHASE_EXPIRY, Package, Purchase, PurchaseCommand, PurchaseError,
    TIME_TO_PAY,
};
use crate::packages::{PackageName, TokenPackage};
use crate::wallets::{Wallet, WalletKey};
use crate::{Amount, Decision, Halt, PackageId, PurchaseId, Stream, UserId, Work};

/// How many unspent lots a buyer may have when another is begun: a hold over all of them must fit
/// one event. Checked here, because what is paid is granted in any case.
pub const UNSPENT_LOTS_MAX: usize = 500;

/// Fixes package, figures and order id of a purchase, and the time to pay it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitiatePurchase {
    /// The purchase, drawn at the edge.
    pub purchase: PurchaseId,
    /// Who buys: the caller.
    pub buyer: UserId,
    /// The line of the price list that the buyer named; its figures are those of now.
    pub package: PackageName,
}

/// What the buyer's browser hands to Toss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The purchase.
    pub purchase: PurchaseId,
    /// How many tokens.
    pub tokens: Amount,
    /// Our order id at Toss.
    pub order_id: String,
    /// Whole units of the currency to pay.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl Decision for InitiatePurchase {
    type Reply = Offer;

    fn streams(&self) -> Vec<Stream> {
        let wallet = WalletKey::token(self.buyer);
        vec![
            Stream::of::<Purchase>(self.purchase),
            Stream::of::<Wallet>(wallet),
            Stream::of::<TokenPackage>(PackageId::of(self.package.as_str())),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Offer, Halt> {
        if work.state::<Wallet>(WalletKey::token(self.buyer))?.lots().len() >= UNSPENT_LOTS_MAX {
            Err(PurchaseError::TooManyLots { max: UNSPENT_LOTS_MAX })?;
        }
        let listed = work.state::<TokenPackage>(PackageId::of(self.package.as_str()))?;
        let package = for_sale(listed)?;
        let due = work.at() + TIME_TO_PAY;
        let command = PurchaseCommand::Initiate {
            purchase: self.purchase,
            buyer: self.buyer,
            package,
            expires_at: due,
        };
        if work.decide::<Purchase>(self.purchase, command)? > 0 {
            let ring = ExpirePurchase { purchase: self.purchase, due };
            work.schedule(PURCHASE_EXPIRY, self.purchase.to_string(), due, ring.bytes()?);
        }
        let state = work.state::<Purchase>(self.purchase)?;
        Ok(Offer {
            purchase: self.purchase,
            tokens: state.tokens,
            order_id: state.order_id.clone(),
            amount: state.amount,
            currency: CURRENCY.to_owned(),
            expires_at: state.expires_at,
        })
    }
}

/// What is sold under a name now.
fn for_sale(listed: &TokenPackage) -> Result<Package, PurchaseError> {
    let package = listed.line().ok_or(PurchaseError::UnknownPackage)?.clone();
    if listed.is_retired() {
        return Err(PurchaseError::PackageRetired { package: package.name });
    }
    Ok(package)
}
