//! The table `purchases`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// A purchase of tokens through Toss (PUR-01).
    pub struct Purchase: "purchases" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Who buys.
        pub buyer_id: Uuid,
        /// The package of the price list.
        pub package: String,
        /// How many tokens.
        pub amount_tokens: i64,
        /// Won per token, a decimal as text.
        pub price_per_token: String,
        /// ISO 4217.
        pub currency_code: String,
        /// Whole won to pay.
        pub total_price: i64,
        /// `toss`.
        pub provider: String,
        /// Our order id at the provider.
        pub provider_order_id: String,
        /// The provider's key, once it gave one.
        pub provider_payment_key: Option<String>,
        /// `domain::purchases::PurchaseStatus` as its code.
        pub status: String,
        /// What the provider says was paid, whole won.
        pub provider_total_amount: Option<i64>,
        /// How it was paid, in the provider's words.
        pub method: Option<String>,
        /// Masked card number (PUR-04).
        pub card_detail: Option<String>,
        /// Easy-pay provider.
        pub easy_pay_detail: Option<String>,
        /// For the buyer.
        pub receipt_url: Option<String>,
        /// Why it failed or is in doubt, in the provider's words.
        pub failure_code: Option<String>,
        /// The bank that waits for a deposit.
        pub deposit_bank: Option<String>,
        /// The account to pay into.
        pub deposit_account: Option<String>,
        /// Until when the deposit can be made.
        pub deposit_due_at: Option<DateTime<Utc>>,
        /// Until when it can be confirmed.
        pub expires_at: DateTime<Utc>,
        /// When the provider approved it.
        pub approved_at: Option<DateTime<Utc>>,
        /// When the tokens were granted.
        pub granted_at: Option<DateTime<Utc>>,
        /// What the provider still has of it, whole won; none before it was paid.
        pub balance: Option<i64>,
        /// Tokens that went back for money.
        pub returned_tokens: i64,
        /// Tokens of those that were spent already and became a debt of the wallet, which alone
        /// knows how much is still owed; none when the purchase is granted anew, which pays them.
        pub owed_tokens: i64,
        /// Why somebody should look: `mismatched`, `canceled_externally` or `deposit_reversed`.
        pub review: Option<String>,
        /// When it began.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers {
        Readers::owner("buyer_id").personal(&[
            "card_detail", "easy_pay_detail", "receipt_url", "deposit_account",
        ])
    }
    checks {
        purchases_amount_tokens_check: "amount_tokens > 0",
    }
    indexes {
        purchases_buyer: "(buyer_id, created_at desc, id desc)",
        purchases_created: "(created_at desc, id desc)",
        purchases_status: "(status, created_at desc, id desc)",
        purchases_order: "(provider_order_id)",
        purchases_review: "(created_at desc, id desc) where review is not null",
    }
}

static ANY: Query<Purchase> = Query::rows("where id = $1");
static ONE: Query<Purchase> = Query::rows("where id = $1 and buyer_id = $2");
static OF_BUYER: Query<Purchase> = Query::rows(
    "where buyer_id = $1 and (created_at, id) < ($2, $3) \
    and ($4::text[] is null or status = any ($4)) \
    order by created_at desc, id desc limit $5",
);
static PAGE: Query<Purchase> = Query::rows(
    "where (created_at, id) < ($1, $2) and ($3::text is null or status = $3) \
    order by created_at desc, id desc limit $4",
);
static TO_REVIEW: Query<Purchase> = Query::rows(
    "where (created_at, id) < ($1, $2) and review is not null \
    order by created_at desc, id desc limit $3",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&ANY, &ONE, &OF_BUYER, &PAGE, &TO_REVIEW];

/// One purchase of one's own.
///
/// # Errors
/// The read tables cannot be read.
pub async fn one(reader: Reader<'_>, buyer: Uuid, id: Uuid) -> Result<Option<Purchase>, ReadError> {
    ONE.one(reader, &[&id, &buyer]).await
}

/// One purchase of anybody's, for operators.
///
/// # Errors
/// The read tables cannot be read.
pub async fn any(reader: Reader<'_>, id: Uuid) -> Result<Option<Purchase>, ReadError> {
    ANY.one(reader, &[&id]).await
}

/// Those of everybody's purchases that somebody should look at. Reads by `purchases_review`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn to_review(reader: Reader<'_>, page: Page) -> Result<Vec<Purchase>, ReadError> {
    let Page { key, id, limit, way } = page;
    TO_REVIEW.page(reader, way, &[&key, &id, &limit]).await
}

/// A buyer's purchases, newest first, perhaps of some statuses only. Reads by `purchases_buyer`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn purchases_of(
    reader: Reader<'_>,
    buyer: Uuid,
    statuses: Option<&[String]>,
    page: Page,
) -> Result<Vec<Purchase>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_BUYER.page(reader, way, &[&buyer, &key, &id, &statuses, &limit]).await
}

/// Everybody's purchases, for operators, perhaps of one status only. Reads by `purchases_created`
/// or `purchases_status`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn page(
    reader: Reader<'_>,
    status: Option<&str>,
    page: Page,
) -> Result<Vec<Purchase>, ReadError> {
    let Page { key, id, limit, way } = page;
    PAGE.page(reader, way, &[&key, &id, &status, &limit]).await
}
