//! Movements in plain words, and what each is about.

use projections::wallets::{Transaction, TransactionKind};
use uuid::Uuid;

/// Why it moved, for its owner.
pub(super) fn in_words(line: &Transaction) -> &'static str {
    let arrived = line.amount > 0;
    let Some(kind) = TransactionKind::parse(&line.kind) else { return "Another movement." };
    match kind {
        TransactionKind::Purchase => "You bought them, and the payment was approved.",
        TransactionKind::WelcomeBonus => "A present for signing up.",
        TransactionKind::SubscriptionGrant => "Your subscription gives them each period.",
        TransactionKind::SubscriptionRenewal => {
            "Your subscription was renewed, and its invoice paid."
        }
        TransactionKind::SubscriptionUpgrade => {
            "You changed to a better plan, which gives more for the rest of the period."
        }
        TransactionKind::Rollover => "Your plan lets you keep this part of what had ended.",
        TransactionKind::Grant => "In place of what ended while it was held for work that failed.",
        TransactionKind::Bonus => "A present of the house.",
        TransactionKind::Adjustment => "Support corrected the balance, for a reason it wrote down.",
        TransactionKind::Transfer if arrived => "Somebody sent them to you.",
        TransactionKind::Transfer => "You sent them to somebody.",
        TransactionKind::Tip if arrived => "Somebody gave you a tip; this is your share of it.",
        TransactionKind::Tip => "You gave an artist a tip.",
        TransactionKind::GenerationPayment => {
            "What you asked for was delivered, and what was held for it spent."
        }
        TransactionKind::GenerationUsage => "A GPU worked for you, by the second.",
        TransactionKind::ArtistEarning => {
            "Somebody paid for a picture in your style; this is your share of it."
        }
        TransactionKind::Payout => "It was paid out to your bank account.",
        TransactionKind::Refund => "The money for them was given back.",
        TransactionKind::Clawback if line.related_purchase_id.is_some() => {
            "The payment for them was canceled at the provider."
        }
        TransactionKind::Clawback => "It paid what was owed after a payment had been canceled.",
        TransactionKind::Expiry => "Their time was over.",
    }
}

/// What a movement is about: a word and the thing's id. The most particular, if it is about several.
pub(super) fn reference(line: &Transaction) -> Option<(&'static str, Uuid)> {
    let about = [
        ("generation", line.related_generation_id),
        ("purchase", line.related_purchase_id),
        ("transfer", line.related_transfer_id),
        ("payout", line.related_payout_id),
        ("refund", line.related_refund_id),
        ("subscription", line.related_subscription_id),
        ("adjustment", line.related_adjustment_id),
    ];
    about.into_iter().find_map(|(word, id)| Some((word, id?)))
}
