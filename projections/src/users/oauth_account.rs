//! The table `oauth_accounts`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Capacity, Query, ReadError, Reader, Readers, Statement};

table! {
    /// An account of a provider that signs somebody in (IAM-15, IAM-16). Providers' tokens are
    /// nowhere.
    pub struct OauthAccount: "oauth_accounts" key (user_id: Uuid, provider: String) {
        /// Whom.
        pub user_id: Uuid,
        /// `google` or `discord`.
        pub provider: String,
        /// The provider's id of the account.
        pub provider_user_id: String,
        /// The address there, if the provider verified it.
        pub provider_email: Option<String>,
        /// The name there.
        pub provider_name: Option<String>,
        /// What is unique of `provider_user_id`; outlives it when its person is forgotten.
        pub subject_hash: String,
        /// Since when.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers {
        Readers::owner("user_id")
            .and(&[(Capacity::Service, "true")])
            .personal(&["provider_user_id", "provider_email", "provider_name"])
    }
    checks {
        oauth_accounts_provider_check: "provider in ('google', 'discord')",
    }
    indexes {
        oauth_accounts_subject: "(provider, subject_hash)",
    }
}

static OF_USER: Query<OauthAccount> = Query::rows("where user_id = $1 order by provider");
static BY_SUBJECT: Query<OauthAccount> = Query::rows("where provider = $1 and subject_hash = $2");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&OF_USER, &BY_SUBJECT];

/// The accounts that sign a user in, by the provider's name. Reads by the primary key.
///
/// # Errors
/// The read tables cannot be read.
pub async fn oauth_accounts_of(
    reader: Reader<'_>,
    user: Uuid,
) -> Result<Vec<OauthAccount>, ReadError> {
    OF_USER.all(reader, &[&user]).await
}

/// The one that signs in whoever has this account. Reads by `oauth_accounts_subject`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_subject(
    reader: Reader<'_>,
    provider: &str,
    subject_hash: &str,
) -> Result<Option<OauthAccount>, ReadError> {
    BY_SUBJECT.one(reader, &[&provider, &subject_hash]).await
}
