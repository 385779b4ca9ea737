//! A wallet in the shape each system keeps its balance in (C-02, LED-09). There a balance falls when
//! work begins, here when it is paid: theirs is what is available.

use chrono::{DateTime, Utc};
use domain::{Asset, UserId};
use projections::wallets as read;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::WalletBody;
use crate::present::Presentation;

/// A wallet, in our shape or that of another system.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum WalletShape {
    /// Ours.
    Folio(WalletBody),
    /// Style License: `users.token_balance`.
    TokenBalance {
        /// Tokens that can be spent.
        token_balance: i64,
    },
    /// Style License: `artists.earned_token_balance`.
    EarnedTokenBalance {
        /// Earnings that can be paid out.
        earned_token_balance: i64,
    },
    /// Pingvas Studio, second document: `subscriptions.remaining_credits`.
    RemainingCredits {
        /// Credits that can be spent.
        remaining_credits: i64,
    },
    /// Pingvas Studio, third document: `users.credits`.
    Credits {
        /// Credits that can be spent.
        credits: i64,
    },
    /// Pingvas Studio, fourth document: `credit_balances`.
    CreditBalance {
        /// Whose.
        user_id: Uuid,
        /// Credits that can be spent.
        balance: i64,
        /// When some were last granted.
        last_granted_at: Option<DateTime<Utc>>,
        /// When it last moved.
        updated_at: Option<DateTime<Utc>>,
    },
}

impl WalletShape {
    /// A wallet of one asset; `None` before its first movement. The presentation is one that knows
    /// the asset.
    pub(super) fn of(
        presentation: Option<Presentation>,
        (user, asset): (UserId, Asset),
        wallet: Option<read::WalletView>,
    ) -> Self {
        let available = wallet.as_ref().map_or(0, |wallet| wallet.available);
        match presentation {
            None => Self::Folio(wallet.map_or_else(|| WalletBody::empty(asset), WalletBody::from)),
            Some(Presentation::StyleLicense) if asset == Asset::Earning => {
                Self::EarnedTokenBalance { earned_token_balance: available }
            }
            Some(Presentation::StyleLicense) => Self::TokenBalance { token_balance: available },
            Some(Presentation::PingvasS2) => {
                Self::RemainingCredits { remaining_credits: available }
            }
            Some(Presentation::PingvasS3) => Self::Credits { credits: available },
            Some(Presentation::PingvasS4) => Self::CreditBalance {
                user_id: user.0,
                balance: available,
                last_granted_at: wallet.as_ref().and_then(|wallet| wallet.last_granted_at),
                updated_at: wallet.map(|wallet| wallet.updated_at),
            },
        }
    }
}
