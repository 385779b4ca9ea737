//! The table `token_packages`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Query, ReadError, Reader, Readers, Statement};

table! {
    /// A package of tokens as it is sold now (PUR-01); purchases keep the figures they began with.
    pub struct TokenPackage: "token_packages" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// For example `tokens-150`.
        pub name: String,
        /// How many tokens.
        pub tokens: i64,
        /// Won per token, a decimal as text.
        pub unit_price: String,
        /// Whole won to pay.
        pub amount: i64,
        /// ISO 4217.
        pub currency_code: String,
        /// Whether it is sold.
        pub is_active: bool,
        /// When it was first published.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::EVERYBODY }
    checks {
        token_packages_tokens_check: "tokens > 0",
        token_packages_amount_check: "amount > 0",
    }
    indexes {
        token_packages_sold: "(tokens, name) where is_active",
    }
}

static SOLD: Query<TokenPackage> = Query::rows("where is_active order by tokens, name limit $1");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&SOLD];

/// The longest price list that is shown.
const PACKAGES_MAX: i64 = 100;

/// What is sold, the smallest first. Reads by `token_packages_sold`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn sold(reader: Reader<'_>) -> Result<Vec<TokenPackage>, ReadError> {
    SOLD.all(reader, &[&PACKAGES_MAX]).await
}
