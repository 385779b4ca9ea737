//! Ids. UUIDv7 drawn at the edge, or UUIDv5 derived from a business fact, so that the fact's second
//! arrival meets the first one's stream (product.md, decision 4).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::money::Asset;
use crate::plans::Tier;
use crate::wallets::Purpose;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(/** A person; an artist has the same id (ART-01). */ UserId);
id!(/** The stream of one (user, asset): [`WalletId::of`]. */ WalletId);
id!(/** A grant inside a wallet, with its own expiry and place in the burn order. */ LotId);
id!(/** Funds set aside; the id of what they are set aside for. */ HoldId);
id!(/** A movement between two users' wallets. */ TransferId);
id!(/** A package of the price list: [`PackageId::of`]. */ PackageId);
id!(/** A purchase of tokens. */ PurchaseId);
id!(/** Bought tokens on their way back to money. */ RefundId);
id!(/** A decision of support to give or take. */ AdjustmentId);
id!(/** An artist's earnings on their way to a bank. */ PayoutId);
id!(/** A delivery of a provider, derived from what makes it unique. */ WebhookId);
id!(/** A plan: [`PlanId::of`]. */ PlanId);
id!(/** A subscription: [`SubscriptionId::of`]. */ SubscriptionId);
id!(/** An invoice of a subscription: [`InvoiceId::of`]. */ InvoiceId);
id!(/** A style. */ StyleId);
id!(/** A model. */ ModelId);
id!(/** A generation. */ GenerationId);
id!(/** An image. */ ImageId);
id!(/** A GPU worker. */ WorkerId);
id!(/** A login on a device. */ SessionId);
id!(/** A key by which a program acts for a person. */ KeyId);
id!(/** The pair (user, generation): [`LikeId::of`]. */ LikeId);
id!(/** A copy of all that is kept of a person, made for them. */ ExportId);

/// The root of everything derived here.
const NAMESPACE: Uuid = Uuid::from_bytes(*b"folio.namespace.");

/// A UUIDv5 of parts joined by an unambiguous separator.
#[must_use]
pub fn derive(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&NAMESPACE, parts.join("\u{1f}").as_bytes())
}

impl WalletId {
    /// The wallet of `user` in `asset`.
    #[must_use]
    pub fn of(user: UserId, asset: Asset) -> Self {
        Self(derive(&["wallet", asset.code(), &user.to_string()]))
    }
}

impl LotId {
    /// The welcome lot: one per user, whatever repeats (LED-05).
    #[must_use]
    pub fn welcome(user: UserId) -> Self {
        Self(derive(&["lot", "welcome", &user.to_string()]))
    }

    /// The lot of a paid purchase: one per purchase, whatever repeats (PUR-05).
    #[must_use]
    pub fn purchase(purchase: PurchaseId) -> Self {
        Self(derive(&["lot", "purchase", &purchase.to_string()]))
    }

    /// The lot of a purchase that is granted again after its deposit was taken back; `turn` counts
    /// what was granted and taken back before.
    #[must_use]
    pub fn purchase_again(purchase: PurchaseId, turn: u32) -> Self {
        Self(derive(&["lot", "purchase", &purchase.to_string(), &turn.to_string()]))
    }

    /// The lot of a paid invoice: one per invoice, whatever repeats (P3).
    #[must_use]
    pub fn invoice(invoice: InvoiceId) -> Self {
        Self(derive(&["lot", "invoice", &invoice.to_string(), "grant"]))
    }

    /// The lot of a month of a yearly plan, for example of `2026-11` (P4).
    #[must_use]
    pub fn month(subscription: SubscriptionId, month: &str) -> Self {
        Self(derive(&["lot", "subscription", &subscription.to_string(), month]))
    }

    /// What lives on of `lot` after its end: one per lot (LED-14).
    #[must_use]
    pub fn rollover(lot: Self) -> Self {
        Self(derive(&["lot", "rollover", &lot.to_string()]))
    }

    /// What support gives by one decision (LED-15).
    #[must_use]
    pub fn adjustment(adjustment: AdjustmentId) -> Self {
        Self(derive(&["lot", "adjustment", &adjustment.to_string()]))
    }

    /// The lot that gathers what this wallet receives from others.
    #[must_use]
    pub fn received(wallet: WalletId) -> Self {
        Self(derive(&["lot", "received", &wallet.to_string()]))
    }

    /// The one lot of an EARNING wallet.
    #[must_use]
    pub fn earned(wallet: WalletId) -> Self {
        Self(derive(&["lot", "earned", &wallet.to_string()]))
    }

    /// What replaces `lot`, which ended while `hold` held it: one per pair (LED-13).
    #[must_use]
    pub fn make_good(hold: HoldId, lot: Self) -> Self {
        Self(derive(&["lot", "make-good", &hold.to_string(), &lot.to_string()]))
    }
}

impl PackageId {
    /// The one stream of the package of this name (PUR-01).
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(derive(&["package", name]))
    }
}

impl PlanId {
    /// The one stream of this plan (SUB-01).
    #[must_use]
    pub fn of(tier: Tier) -> Self {
        Self(derive(&["plan", tier.word()]))
    }
}

impl SubscriptionId {
    /// The one stream of the subscription with this number at Lemon Squeezy (SUB-04).
    #[must_use]
    pub fn of(lemon_id: u64) -> Self {
        Self(derive(&["subscription", &lemon_id.to_string()]))
    }
}

impl InvoiceId {
    /// The one stream of the invoice with this number at Lemon Squeezy.
    #[must_use]
    pub fn of(lemon_id: u64) -> Self {
        Self(derive(&["invoice", &lemon_id.to_string()]))
    }
}

impl From<GenerationId> for HoldId {
    fn from(generation: GenerationId) -> Self {
        Purpose::Generation(generation).into()
    }
}

impl From<Purpose> for HoldId {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Generation(generation) => Self(generation.0),
            Purpose::Payout(payout) => Self(payout.0),
            Purpose::Refund(refund) => Self(refund.0),
        }
    }
}

impl ImageId {
    /// The file with this hash, made by this generation: asking twice for the same upload is one
    /// image.
    #[must_use]
    pub fn of(generation: GenerationId, sha256: &crate::Sha256) -> Self {
        Self(derive(&["image", &generation.to_string(), sha256.as_str()]))
    }
}

impl LikeId {
    /// The one stream of this pair (SOC-02).
    #[must_use]
    pub fn of(user: UserId, generation: GenerationId) -> Self {
        Self(derive(&["like", &user.to_string(), &generation.to_string()]))
    }
}

impl WebhookId {
    /// The one stream of a provider's delivery.
    #[must_use]
    pub fn of(provider: &str, dedupe: &str) -> Self {
        Self(derive(&["webhook", provider, dedupe]))
    }
}
