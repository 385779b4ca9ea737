//! The words of each system for the same thing. Every match is exhaustive: a new kind or status
//! does not compile until somebody says what each system calls it.

use domain::purchases::PurchaseStatus;
use projections::wallets::TransactionKind;

use super::Presentation;

/// What a system calls a movement (C-03); `None` if it has no word for it.
#[must_use]
pub const fn transaction_type(
    kind: TransactionKind,
    presentation: Presentation,
) -> Option<&'static str> {
    let [s1, s2, s3, s4] = match kind {
        TransactionKind::Purchase => [Some("purchase"), None, None, None],
        TransactionKind::Transfer | TransactionKind::Tip => [Some("transfer"), None, None, None],
        TransactionKind::ArtistEarning => [Some("artist_earning"), None, None, None],
        TransactionKind::Payout => [Some("payout"), None, None, None],
        TransactionKind::SubscriptionGrant | TransactionKind::Rollover => {
            [None, Some("grant"), Some("subscription_grant"), Some("subscription_grant")]
        }
        TransactionKind::SubscriptionRenewal => {
            [None, Some("grant"), Some("subscription_renew"), Some("subscription_grant")]
        }
        TransactionKind::SubscriptionUpgrade => {
            [None, Some("grant"), Some("subscription_grant"), Some("subscription_upgrade")]
        }
        TransactionKind::GenerationPayment => [Some("generation_payment"), None, None, None],
        TransactionKind::GenerationUsage => {
            [None, Some("consume"), Some("generation_use"), Some("generation_usage")]
        }
        // Style License marks the line as refunded instead; S4 has no refunds.
        TransactionKind::Refund => [None, Some("refund"), Some("refund"), None],
        TransactionKind::Expiry => [None, Some("expire"), None, None],
        TransactionKind::WelcomeBonus | TransactionKind::Bonus | TransactionKind::Grant => {
            [Some("welcome"), Some("bonus"), Some("bonus"), Some("admin_adjustment")]
        }
        // Style License says it in the memo.
        TransactionKind::Adjustment | TransactionKind::Clawback => {
            [None, Some("bonus"), Some("admin_adjustment"), Some("admin_adjustment")]
        }
    };
    match presentation {
        Presentation::StyleLicense => s1,
        Presentation::PingvasS2 => s2,
        Presentation::PingvasS3 => s3,
        Presentation::PingvasS4 => s4,
    }
}

/// What the third document calls the state of a reservation (LED-11): what ended without being
/// spent is refunded, whether somebody released it or its time was over.
#[must_use]
pub fn reservation_status(status: &str) -> &str {
    match status {
        "released" | "expired" => "refunded",
        same => same, // `reserved` and `settled` are its words, too.
    }
}

/// Where Style License sees a purchase (C-05).
#[must_use]
pub const fn purchase_status(status: PurchaseStatus) -> &'static str {
    match status {
        // Nothing is decided yet: the buyer, Toss, a deposit or one of us is awaited.
        PurchaseStatus::Initiated
        | PurchaseStatus::InDoubt
        | PurchaseStatus::AwaitingDeposit
        | PurchaseStatus::Mismatched => "pending",
        PurchaseStatus::Confirming => "authorized",
        // It was paid; that money went back, the transactions say.
        PurchaseStatus::Approved
        | PurchaseStatus::Paid
        | PurchaseStatus::PartiallyRefunded
        | PurchaseStatus::Refunded => "paid",
        PurchaseStatus::Tampered
        | PurchaseStatus::Declined
        | PurchaseStatus::Canceled
        | PurchaseStatus::Expired => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C-03, with what of ours each row is for. `-` is no word.
    const TYPES: [(&str, &[TransactionKind], [&str; 4]); 11] = [
        (
            "subscription_grant",
            &[TransactionKind::SubscriptionGrant, TransactionKind::Rollover],
            ["-", "grant", "subscription_grant", "subscription_grant"],
        ),
        (
            "subscription_renewal",
            &[TransactionKind::SubscriptionRenewal],
            ["-", "grant", "subscription_renew", "subscription_grant"],
        ),
        (
            "subscription_upgrade",
            &[TransactionKind::SubscriptionUpgrade],
            ["-", "grant", "subscription_grant", "subscription_upgrade"],
        ),
        (
            "generation_usage",
            &[TransactionKind::GenerationUsage],
            ["-", "consume", "generation_use", "generation_usage"],
        ),
        // The same row, of a system that asks tokens for it.
        (
            "generation payment",
            &[TransactionKind::GenerationPayment],
            ["generation_payment", "-", "-", "-"],
        ),
        ("refund", &[TransactionKind::Refund], ["-", "refund", "refund", "-"]),
        ("expiry", &[TransactionKind::Expiry], ["-", "expire", "-", "-"]),
        (
            "bonus",
            &[TransactionKind::WelcomeBonus, TransactionKind::Bonus, TransactionKind::Grant],
            ["welcome", "bonus", "bonus", "admin_adjustment"],
        ),
        (
            "adjustment",
            &[TransactionKind::Adjustment, TransactionKind::Clawback],
            ["-", "bonus", "admin_adjustment", "admin_adjustment"],
        ),
        ("purchase", &[TransactionKind::Purchase], ["purchase", "-", "-", "-"]),
        (
            "transfer",
            &[TransactionKind::Transfer, TransactionKind::Tip],
            ["transfer", "-", "-", "-"],
        ),
    ];

    #[test]
    fn every_system_reads_its_own_word_for_a_movement() {
        let mut told = vec![TransactionKind::ArtistEarning, TransactionKind::Payout];
        for (row, kinds, words) in TYPES {
            for &kind in kinds {
                let read = Presentation::ALL.map(|of| transaction_type(kind, of).unwrap_or("-"));
                assert_eq!(read, words, "{row}: {kind:?}");
                told.push(kind);
            }
        }
        for kind in TransactionKind::ALL {
            assert!(told.contains(&kind), "{kind:?} is in no row");
        }
        let only_s1 = |kind| Presentation::ALL.map(|of| transaction_type(kind, of).is_some());
        for kind in [TransactionKind::ArtistEarning, TransactionKind::Payout] {
            assert_eq!(only_s1(kind), [true, false, false, false], "{kind:?}");
        }
    }

    #[test]
    fn style_license_knows_four_states_of_a_purchase() {
        for (status, word) in [
            (PurchaseStatus::Initiated, "pending"),
            (PurchaseStatus::Confirming, "authorized"),
            (PurchaseStatus::AwaitingDeposit, "pending"),
            (PurchaseStatus::InDoubt, "pending"),
            (PurchaseStatus::Mismatched, "pending"),
            (PurchaseStatus::Approved, "paid"),
            (PurchaseStatus::Paid, "paid"),
            (PurchaseStatus::PartiallyRefunded, "paid"),
            (PurchaseStatus::Refunded, "paid"),
            (PurchaseStatus::Declined, "failed"),
            (PurchaseStatus::Canceled, "failed"),
            (PurchaseStatus::Expired, "failed"),
            (PurchaseStatus::Tampered, "failed"),
        ] {
            assert_eq!(purchase_status(status), word, "{status}");
        }
    }

    #[test]
    fn a_reservation_that_was_not_spent_is_refunded() {
        for (status, word) in [
            ("reserved", "reserved"),
            ("settled", "settled"),
            ("released", "refunded"),
            ("expired", "refunded"),
        ] {
            assert_eq!(reservation_status(status), word);
        }
    }
}
