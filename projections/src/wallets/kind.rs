//! Why something moved, as a word.

/// LED-02's words, as far as anything moves for that reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each says so itself; `api` explains them to people")]
pub enum TransactionKind {
    Purchase,
    WelcomeBonus,
    SubscriptionGrant,
    SubscriptionRenewal,
    SubscriptionUpgrade,
    Rollover,
    Grant,
    Bonus,
    Adjustment,
    Transfer,
    Tip,
    GenerationPayment,
    GenerationUsage,
    ArtistEarning,
    Payout,
    Refund,
    Clawback,
    Expiry,
}

impl TransactionKind {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Purchase,
        Self::WelcomeBonus,
        Self::SubscriptionGrant,
        Self::SubscriptionRenewal,
        Self::SubscriptionUpgrade,
        Self::Rollover,
        Self::Grant,
        Self::Bonus,
        Self::Adjustment,
        Self::Transfer,
        Self::Tip,
        Self::GenerationPayment,
        Self::GenerationUsage,
        Self::ArtistEarning,
        Self::Payout,
        Self::Refund,
        Self::Clawback,
        Self::Expiry,
    ];

    /// The word in routes and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::WelcomeBonus => "welcome_bonus",
            Self::SubscriptionGrant => "subscription_grant",
            Self::SubscriptionRenewal => "subscription_renewal",
            Self::SubscriptionUpgrade => "subscription_upgrade",
            Self::Rollover => "rollover",
            Self::Grant => "grant",
            Self::Bonus => "bonus",
            Self::Adjustment => "adjustment",
            Self::Transfer => "transfer",
            Self::Tip => "tip",
            Self::GenerationPayment => "generation_payment",
            Self::GenerationUsage => "generation_usage",
            Self::ArtistEarning => "artist_earning",
            Self::Payout => "payout",
            Self::Refund => "refund",
            Self::Clawback => "clawback",
            Self::Expiry => "expiry",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}
