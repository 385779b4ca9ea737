//! One wallet event as its owner sees it: what it does to the balance, and the line it leaves in
//! `transactions`, which knows the balance after it.

use domain::wallets::{Billing, GrantSource, RevokeReason, WalletEvent};
use domain::{
    AdjustmentId, Asset, GenerationId, PayoutId, PurchaseId, RefundId, StyleId, SubscriptionId,
    TransferId, UserId, ledger,
};
use eventstore::Entry;

use super::{Transaction, TransactionKind, WalletBalance};
use crate::frame::Batch;

/// Why something moved, and what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing moved: funds were only set aside or given back.
    None,
    WelcomeBonus,
    Purchase(PurchaseId),
    Grant,
    SubscriptionGrant(SubscriptionId),
    SubscriptionRenewal(SubscriptionId),
    SubscriptionUpgrade(SubscriptionId),
    Rollover,
    Bonus(AdjustmentId),
    Adjustment(AdjustmentId),
    Transfer(TransferId),
    Tip(TransferId),
    GenerationPayment,
    /// GPU time, in credits.
    GenerationUsage,
    ArtistEarning,
    Payout(PayoutId),
    /// Tokens that became money again, or credits of an invoice that did.
    Refund(Option<RefundId>),
    /// Taken back: at once, or later from what came in.
    Clawback(Option<PurchaseId>),
    Expiry,
}

impl Kind {
    pub(super) fn of_grant(source: &GrantSource) -> Self {
        match source {
            GrantSource::Welcome => Self::WelcomeBonus,
            GrantSource::Purchase { purchase } => Self::Purchase(*purchase),
            GrantSource::MakeGood { lot: _ } => Self::Grant,
            GrantSource::Invoice { subscription, invoice: _, billing: Billing::Initial }
            | GrantSource::Month { subscription, month: _ } => {
                Self::SubscriptionGrant(*subscription)
            }
            GrantSource::Invoice { subscription, invoice: _, billing: Billing::Renewal } => {
                Self::SubscriptionRenewal(*subscription)
            }
            GrantSource::Upgrade { subscription, invoice: _ } => {
                Self::SubscriptionUpgrade(*subscription)
            }
            GrantSource::Rollover { lot: _ } => Self::Rollover,
            GrantSource::Bonus { adjustment } => Self::Bonus(*adjustment),
            GrantSource::Adjustment { adjustment } => Self::Adjustment(*adjustment),
        }
    }

    /// A style is paid for, a GPU is used.
    pub(super) const fn of_work(asset: Asset) -> Self {
        match asset {
            Asset::Token | Asset::Earning => Self::GenerationPayment,
            Asset::Credit => Self::GenerationUsage,
        }
    }

    pub(super) fn of_revocation(reason: &RevokeReason) -> Self {
        match reason {
            RevokeReason::PaymentCanceled { purchase } => Self::Clawback(Some(*purchase)),
            RevokeReason::InvoiceRefunded { invoice: _ } => Self::Refund(None),
            RevokeReason::Adjustment { adjustment } => Self::Adjustment(*adjustment),
        }
    }

    /// The line, with what it is about.
    fn related(self, line: Transaction) -> Transaction {
        match self {
            Self::Purchase(id) | Self::Clawback(Some(id)) => {
                Transaction { related_purchase_id: Some(id.0), ..line }
            }
            Self::Transfer(id) | Self::Tip(id) => {
                Transaction { related_transfer_id: Some(id.0), ..line }
            }
            Self::Payout(id) => Transaction { related_payout_id: Some(id.0), ..line },
            Self::Refund(Some(id)) => Transaction { related_refund_id: Some(id.0), ..line },
            Self::SubscriptionGrant(id)
            | Self::SubscriptionRenewal(id)
            | Self::SubscriptionUpgrade(id) => {
                Transaction { related_subscription_id: Some(id.0), ..line }
            }
            Self::Bonus(id) | Self::Adjustment(id) => {
                Transaction { related_adjustment_id: Some(id.0), ..line }
            }
            Self::None
            | Self::WelcomeBonus
            | Self::Grant
            | Self::Rollover
            | Self::GenerationPayment
            | Self::GenerationUsage
            | Self::ArtistEarning
            | Self::Refund(None)
            | Self::Clawback(None)
            | Self::Expiry => line,
        }
    }

    /// What it is called, if anything moved.
    fn shown(self) -> Option<TransactionKind> {
        Some(match self {
            Self::None => return None,
            Self::WelcomeBonus => TransactionKind::WelcomeBonus,
            Self::Purchase(_) => TransactionKind::Purchase,
            Self::Grant => TransactionKind::Grant,
            Self::SubscriptionGrant(_) => TransactionKind::SubscriptionGrant,
            Self::SubscriptionRenewal(_) => TransactionKind::SubscriptionRenewal,
            Self::SubscriptionUpgrade(_) => TransactionKind::SubscriptionUpgrade,
            Self::Rollover => TransactionKind::Rollover,
            Self::Bonus(_) => TransactionKind::Bonus,
            Self::Adjustment(_) => TransactionKind::Adjustment,
            Self::Transfer(_) => TransactionKind::Transfer,
            Self::Tip(_) => TransactionKind::Tip,
            Self::GenerationPayment => TransactionKind::GenerationPayment,
            Self::GenerationUsage => TransactionKind::GenerationUsage,
            Self::ArtistEarning => TransactionKind::ArtistEarning,
            Self::Payout(_) => TransactionKind::Payout,
            Self::Refund(_) => TransactionKind::Refund,
            Self::Clawback(_) => TransactionKind::Clawback,
            Self::Expiry => TransactionKind::Expiry,
        })
    }
}

/// What an event does to one wallet. Amounts are in the asset's unit; negative leaves the wallet.
#[derive(Debug)]
pub(super) struct Movement {
    pub(super) owner: UserId,
    pub(super) asset: Asset,
    pub(super) posted: i64,
    pub(super) held: i64,
    pub(super) owed: i64,
    pub(super) kind: Kind,
    pub(super) is_grant: bool,
    pub(super) sender: Option<UserId>,
    pub(super) receiver: Option<UserId>,
    pub(super) generation: Option<GenerationId>,
    pub(super) style: Option<StyleId>,
    pub(super) memo: Option<String>,
}

impl Movement {
    /// How much an event moves, as the ledger says; why is the caller's to add.
    pub(super) fn by(event: &WalletEvent) -> Self {
        let (available, held) = ledger::movement(event);
        Self {
            owner: event.owner(),
            asset: event.asset(),
            posted: available + held,
            held,
            owed: ledger::owed(event),
            kind: Kind::None,
            is_grant: false,
            sender: None,
            receiver: None,
            generation: None,
            style: None,
            memo: None,
        }
    }

    /// Moves the balance, and then writes the line, whose balance is the one just reached.
    pub(super) fn record(self, entry: &Entry, batch: &mut Batch) {
        let (posted, held, owed) = (self.posted, self.held, self.owed);
        let granted_at = self.is_grant.then(|| batch.at());
        let fresh = WalletBalance::empty(self.owner, self.asset, batch.at());
        let line = self.line(entry);
        batch.upsert_then(fresh, move |wallet: &mut WalletBalance, batch| {
            wallet.posted += posted;
            wallet.held += held;
            wallet.available = wallet.posted - wallet.held;
            wallet.owed += owed;
            wallet.last_granted_at = granted_at.or(wallet.last_granted_at);
            if let Some(line) = line {
                batch.append(Transaction { balance_after: wallet.posted, ..line });
            }
        });
    }

    /// No line when nothing moved: a hold moves nothing, nor does a capture of nothing.
    fn line(self, entry: &Entry) -> Option<Transaction> {
        let kind = self.kind.shown().filter(|_| self.posted != 0)?;
        let line = Transaction {
            id: entry.recorded.event_id,
            user_id: self.owner.0,
            asset: self.asset.code().to_owned(),
            kind: kind.word().to_owned(),
            amount: self.posted,
            balance_after: 0, // The balance is known when the line is reached.
            sender_id: self.sender.map(|user| user.0),
            receiver_id: self.receiver.map(|user| user.0),
            related_style_id: self.style.map(|style| style.0),
            related_generation_id: self.generation.map(|generation| generation.0),
            related_purchase_id: None,
            related_transfer_id: None,
            related_payout_id: None,
            related_refund_id: None,
            related_subscription_id: None,
            related_adjustment_id: None,
            memo: self.memo,
            position: entry.recorded.position,
            correlation_id: entry.metadata.correlation_id,
            causation_id: entry.metadata.causation_id,
            created_at: entry.recorded.recorded_at,
        };
        Some(self.kind.related(line))
    }
}
