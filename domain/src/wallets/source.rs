//! Where lots come from, and what becomes of them at their end.

use serde::{Deserialize, Serialize};

use crate::{AdjustmentId, Amount, InvoiceId, LotId, PurchaseId, SubscriptionId};

/// Where a lot came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GrantSource {
    /// The welcome grant (P1).
    Welcome,
    /// A paid purchase (P2).
    Purchase {
        /// Which.
        purchase: PurchaseId,
    },
    /// In place of a lot that ended while it was held for work that failed (LED-13).
    MakeGood {
        /// The lot that ended.
        lot: LotId,
    },
    /// A paid invoice of a subscription: once per invoice (P3).
    Invoice {
        /// Whose.
        subscription: SubscriptionId,
        /// Which.
        invoice: InvoiceId,
        /// The first one, or a later one.
        billing: Billing,
    },
    /// One month of a subscription that is paid by the year (P4).
    Month {
        /// Whose.
        subscription: SubscriptionId,
        /// Which, as `yyyy-mm`.
        month: String,
    },
    /// What a better plan gives for the rest of the period (SUB-07).
    Upgrade {
        /// Whose.
        subscription: SubscriptionId,
        /// The invoice of the difference, if there is one.
        invoice: Option<InvoiceId>,
    },
    /// What was left of a lot at its end, as its plan allows (LED-14).
    Rollover {
        /// The lot that ended.
        lot: LotId,
    },
    /// A present of the house.
    Bonus {
        /// The decision.
        adjustment: AdjustmentId,
    },
    /// A correction by support (LED-15).
    Adjustment {
        /// The decision.
        adjustment: AdjustmentId,
    },
}

impl GrantSource {
    /// The lot whose rest this is.
    #[must_use]
    pub fn goes_on(&self) -> Option<LotId> {
        match self {
            Self::MakeGood { lot } | Self::Rollover { lot } => Some(*lot),
            Self::Welcome
            | Self::Purchase { .. }
            | Self::Invoice { .. }
            | Self::Month { .. }
            | Self::Upgrade { .. }
            | Self::Bonus { .. }
            | Self::Adjustment { .. } => None,
        }
    }
}

/// Which of a subscription's invoices (C-03 tells a first grant from a renewal).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// The first.
    Initial,
    /// A later one.
    Renewal,
}

/// Whether somebody paid for it. Promo tokens cannot be transferred (LED-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Paid for.
    Paid,
    /// A present.
    Promo,
}

/// What becomes of the rest of a lot at its end, instead of nothing (LED-14). It lives once more as
/// long as its lot did, and does not roll over again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rollover {
    /// So many parts of a hundred live on, rounded down; above 100 counts as 100.
    Percent(u8),
    /// At most this much lives on.
    Cap(Amount),
}

impl Rollover {
    /// How much of `rest` lives on.
    #[must_use]
    pub fn of(self, rest: Amount) -> Amount {
        match self {
            Self::Percent(percent) => {
                let part = rest.get() * i64::from(percent.min(100)) / 100; // 10^14 fits an i64.
                Amount::new(part).unwrap_or(rest)
            }
            Self::Cap(cap) => rest.min(cap),
        }
    }
}
