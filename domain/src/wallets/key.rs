//! How a wallet is named.

use serde::{Deserialize, Serialize};

use crate::{Asset, UserId, WalletId};

/// A wallet is named by whose it is and what it counts; its stream's id is derived from both.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct WalletKey {
    /// Whose.
    pub owner: UserId,
    /// Of what.
    pub asset: Asset,
}

impl WalletKey {
    /// The tokens of `owner`.
    #[must_use]
    pub const fn token(owner: UserId) -> Self {
        Self { owner, asset: Asset::Token }
    }

    /// The credits of `owner`.
    #[must_use]
    pub const fn credit(owner: UserId) -> Self {
        Self { owner, asset: Asset::Credit }
    }

    /// What `owner` earned as an artist.
    #[must_use]
    pub const fn earning(owner: UserId) -> Self {
        Self { owner, asset: Asset::Earning }
    }

    /// The stream's id.
    #[must_use]
    pub fn id(self) -> WalletId {
        WalletId::of(self.owner, self.asset)
    }
}

impl From<WalletKey> for uuid::Uuid {
    fn from(wallet: WalletKey) -> Self {
        wallet.id().0
    }
}
