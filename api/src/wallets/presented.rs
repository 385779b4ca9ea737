//! Wallets and their movements in the words of the seeds (C-02, C-03).

use projections::wallets::{Transaction, WalletView};
use serde_json::{Value, json};

use crate::present::Presentation;

/// A balance where the seed kept it: on the user, on the subscription, or in a table of its own.
/// Nothing, if the seed knew no such asset.
pub fn wallet(present: Presentation, wallet: &WalletView) -> Option<Value> {
    let available = wallet.available;
    match (present, wallet.asset.as_str()) {
        (Presentation::StyleLicense, "token") => Some(json!({"token_balance": available})),
        (Presentation::StyleLicense, "earning") => Some(json!({"earned_token_balance": available})),
        (Presentation::PingvasS2, "credit") => Some(json!({"remaining_credits": available})),
        (Presentation::PingvasS3, "credit") => Some(json!({"credits": available})),
        (Presentation::PingvasS4, "credit") => Some(json!({
            "balance": available,
            "last_granted_at": wallet.last_granted_at,
            "updated_at": wallet.updated_at,
        })),
        _ => None,
    }
}

/// A movement as a row of the seed's table. Nothing, if the seed had no word for it.
pub fn transaction(present: Presentation, row: &Transaction) -> Option<Value> {
    if present == Presentation::StyleLicense {
        return Some(style_license(row));
    }
    let word = word(present, &row.kind)?;
    let (amount, balance_after) = (row.amount, row.balance_after);
    let (job, subscription) = (row.related_generation_id, row.related_subscription_id);
    Some(match present {
        Presentation::PingvasS3 => {
            let reference = job.map(|id| (id, "job"));
            let reference = reference.or(subscription.map(|id| (id, "subscription"))).unzip();
            json!({"type": word, "amount": amount, "balance_after": balance_after,
                "reference_id": reference.0, "reference_type": reference.1})
        }
        Presentation::StyleLicense | Presentation::PingvasS2 | Presentation::PingvasS4 => {
            json!({"type": word, "amount": amount, "balance_after": balance_after,
                "job_id": job, "subscription_id": subscription})
        }
    })
}

/// The seed says who was debited and who credited; its amounts are above zero.
fn style_license(row: &Transaction) -> Value {
    json!({
        "sender_id": row.sender_id,
        "receiver_id": row.receiver_id,
        "amount": row.amount.abs(),
        "status": "completed",
        "payment_method": "token",
        "memo": row.memo,
        "related_style_id": row.related_style_id,
        "related_generation_id": row.related_generation_id,
        "refunded": row.kind == "refund",
    })
}

/// Our kind in a seed's word (C-03); what it lacks is the nearest it has.
fn word(present: Presentation, kind: &str) -> Option<&'static str> {
    let (s2, s3, s4) = match kind {
        "subscription_grant" => ("grant", "subscription_grant", Some("subscription_grant")),
        "subscription_renewal" => ("grant", "subscription_renew", Some("subscription_grant")),
        "subscription_upgrade" => ("grant", "subscription_grant", Some("subscription_upgrade")),
        "generation_payment" | "generation_usage" => {
            ("consume", "generation_use", Some("generation_usage"))
        }
        "refund" => ("refund", "refund", None),
        "expiry" => return (present == Presentation::PingvasS2).then_some("expire"),
        "welcome_bonus" | "bonus" | "grant" | "rollover" => {
            ("bonus", "bonus", Some("admin_adjustment"))
        }
        "adjustment" | "clawback" => ("bonus", "admin_adjustment", Some("admin_adjustment")),
        _ => return None, // Purchases, transfers and earnings are Style License's alone.
    };
    match present {
        Presentation::StyleLicense => None,
        Presentation::PingvasS2 => Some(s2),
        Presentation::PingvasS3 => Some(s3),
        Presentation::PingvasS4 => s4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_the_word_of_each_seed() {
        let words = |kind| {
            [Presentation::PingvasS2, Presentation::PingvasS3, Presentation::PingvasS4]
                .map(|present| word(present, kind))
        };
        let some = |words: [&'static str; 3]| words.map(Some);
        assert_eq!(
            words("subscription_renewal"),
            some(["grant", "subscription_renew", "subscription_grant"])
        );
        assert_eq!(
            words("generation_usage"),
            some(["consume", "generation_use", "generation_usage"])
        );
        assert_eq!(words("refund"), [Some("refund"), Some("refund"), None]);
        assert_eq!(words("expiry"), [Some("expire"), None, None]);
        assert_eq!(words("bonus"), some(["bonus", "bonus", "admin_adjustment"]));
        assert_eq!(words("adjustment"), some(["bonus", "admin_adjustment", "admin_adjustment"]));
        assert_eq!(words("payout"), [None; 3]);
    }
}
