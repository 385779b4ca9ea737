//! A subscription as Lemon Squeezy shows it, whichever way we learn it: a delivery, the answer to
//! a change, the reconciliation poll (d2.4). Names, addresses and cards are left out at the edge:
//! what is not kept needs not be forgotten.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::SubscriptionId;

/// Where a subscription stands: Lemon Squeezy's seven words (C-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not paid yet, by agreement.
    OnTrial,
    /// Paid.
    Active,
    /// Collection is paused.
    Paused,
    /// A renewal failed and is tried again for two weeks.
    PastDue,
    /// All tries failed.
    Unpaid,
    /// Nothing more is paid; it is valid until its end.
    Cancelled,
    /// Over.
    Expired,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::OnTrial,
        Self::Active,
        Self::Paused,
        Self::PastDue,
        Self::Unpaid,
        Self::Cancelled,
        Self::Expired,
    ];

    /// Lemon Squeezy's word, and ours in routes and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OnTrial => "on_trial",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The status of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether nothing is owed, and what falls due is paid.
    #[must_use]
    pub fn is_collected(self) -> bool {
        matches!(self, Self::OnTrial | Self::Active)
    }

    /// Whether it may still cost money or give access: such a one is its owner's only one (SUB-05).
    #[must_use]
    pub fn is_live(self) -> bool {
        self != Self::Expired
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// What is offered while collection is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseMode {
    /// No service.
    Void,
    /// The service, for nothing.
    Free,
}

impl PauseMode {
    /// Lemon Squeezy's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Void => "void",
            Self::Free => "free",
        }
    }
}

/// How far the end that is shown may lie from the end that was asked for.
const END_EXACT_TO: TimeDelta = TimeDelta::minutes(1);

/// A pause of collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// What is offered meanwhile.
    pub mode: PauseMode,
    /// When collection goes on by itself.
    pub resumes_at: Option<DateTime<Utc>>,
}

impl Pause {
    /// Whether it is the same pause: Lemon Squeezy may keep its end less exactly than it was asked for.
    #[must_use]
    pub fn is_like(self, other: Self) -> bool {
        let is_same_end = match (self.resumes_at, other.resumes_at) {
            (Some(one), Some(other)) => (one - other).abs() <= END_EXACT_TO,
            (one, other) => one == other,
        };
        self.mode == other.mode && is_same_end
    }
}

/// A subscription object. Ids are Lemon Squeezy's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// `data.id`.
    pub lemon_id: u64,
    /// `store_id`.
    pub store: u64,
    /// `customer_id`.
    pub customer: u64,
    /// `variant_id`: a plan and a cycle, by our map.
    pub variant: u64,
    /// `status`.
    pub status: Status,
    /// `pause`.
    pub pause: Option<Pause>,
    /// `cancelled`: no renewal follows.
    pub cancelled: bool,
    /// `billing_anchor`: the day of the month it renews on, 1 to 31.
    pub billing_anchor: u8,
    /// `trial_ends_at`.
    pub trial_ends_at: Option<DateTime<Utc>>,
    /// `renews_at`.
    pub renews_at: Option<DateTime<Utc>>,
    /// `ends_at`.
    pub ends_at: Option<DateTime<Utc>>,
    /// `created_at`.
    pub created_at: DateTime<Utc>,
    /// `updated_at`: what is older than what we know is stale; what is as old is not (d2.5).
    pub updated_at: DateTime<Utc>,
    /// `test_mode`: no money.
    pub test_mode: bool,
}

impl Snapshot {
    /// Our id of it.
    #[must_use]
    pub fn id(&self) -> SubscriptionId {
        SubscriptionId::of(self.lemon_id)
    }
}
