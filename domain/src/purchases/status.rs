//! Where a purchase stands.

use serde::{Deserialize, Serialize};

/// Where a purchase stands (PUR-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseStatus {
    /// The buyer can pay.
    Initiated,
    /// The callback named other figures; over.
    Tampered,
    /// Toss is being asked to confirm.
    Confirming,
    /// Toss gave no clear answer; it is asked again.
    InDoubt,
    /// Toss waits for a deposit.
    AwaitingDeposit,
    /// Toss has the money; the tokens follow in the same append.
    Approved,
    /// The tokens are granted.
    Paid,
    /// Part of the money was given back.
    PartiallyRefunded,
    /// All of the money was given back; over.
    Refunded,
    /// Toss refused; over.
    Declined,
    /// Toss has another amount than we asked for: somebody must look.
    Mismatched,
    /// The buyer stepped back; over.
    Canceled,
    /// Nobody paid in time; over.
    Expired,
}

impl PurchaseStatus {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Initiated,
        Self::Tampered,
        Self::Confirming,
        Self::InDoubt,
        Self::AwaitingDeposit,
        Self::Approved,
        Self::Paid,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::Declined,
        Self::Mismatched,
        Self::Canceled,
        Self::Expired,
    ];

    /// The status a word names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == word)
    }

    /// The word in routes and tables.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Tampered => "tampered",
            Self::Confirming => "confirming",
            Self::InDoubt => "in_doubt",
            Self::AwaitingDeposit => "awaiting_deposit",
            Self::Approved => "approved",
            Self::Paid => "paid",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
            Self::Declined => "declined",
            Self::Mismatched => "mismatched",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
        }
    }

    /// Whether something may still happen that is not Toss having our money after all. An open
    /// purchase has a timer.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Initiated | Self::Confirming | Self::InDoubt | Self::AwaitingDeposit => true,
            Self::Tampered
            | Self::Approved
            | Self::Paid
            | Self::PartiallyRefunded
            | Self::Refunded
            | Self::Declined
            | Self::Mismatched
            | Self::Canceled
            | Self::Expired => false,
        }
    }

    /// Whether the tokens were granted, and nothing but cancels or the reversal of a deposit follows.
    #[must_use]
    pub const fn is_granted(self) -> bool {
        matches!(self, Self::Approved | Self::Paid | Self::PartiallyRefunded | Self::Refunded)
    }

    /// Whether Toss was asked to confirm and has not clearly answered.
    #[must_use]
    pub const fn is_asked(self) -> bool {
        matches!(self, Self::Confirming | Self::InDoubt)
    }
}

impl std::fmt::Display for PurchaseStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
