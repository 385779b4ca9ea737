//! Asking for a payout: the earnings are held and the request recorded in one append.

use serde::{Deserialize, Serialize};

use super::{Deal, Payout, PayoutCommand, PayoutError, Terms};
use crate::aggregate::Stream;
use crate::artists::{Artist, ArtistError};
use crate::wallets::{Purpose, Wallet, WalletKey, funds};
use crate::work::{Decision, Halt, Work};
use crate::{Amount, PayoutId, UserId};

/// An artist asks for earnings to be paid out: at least the minimum, one payout at a time, to the bank
/// account that is known now (P8). Another one that is named later is for later payouts.
#[derive(Debug, Clone)]
pub struct RequestPayout {
    /// The payout, drawn at the edge.
    pub payout: PayoutId,
    /// Whose earnings: the caller.
    pub artist: UserId,
    /// How much of them.
    pub amount: Amount,
    /// The policy of now.
    pub terms: Terms,
}

/// What was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// The payout.
    pub payout: PayoutId,
    /// What it is in money.
    pub deal: Deal,
}

impl Decision for RequestPayout {
    type Reply = Requested;

    fn streams(&self) -> Vec<Stream> {
        vec![
            Stream::of::<Payout>(self.payout),
            Stream::of::<Artist>(self.artist),
            Stream::of::<Wallet>(WalletKey::earning(self.artist)),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Requested, Halt> {
        let Self { payout, artist, amount, terms } = *self;
        let profile = work.state::<Artist>(artist)?;
        if !profile.is_registered() {
            return Err(ArtistError::NotAnArtist.into());
        }
        let account = profile.payout_account().ok_or(PayoutError::NoAccount)?;
        let deal = terms.deal(amount)?;
        let wallet = work.state::<Wallet>(WalletKey::earning(artist))?;
        if wallet.pays_out() {
            return Err(PayoutError::AlreadyOpen.into());
        }
        let request = PayoutCommand::Request { payout, artist, amount, deal, account };
        work.decide::<Payout>(payout, request)?;
        funds::hold(work, WalletKey::earning(artist), Purpose::Payout(payout), amount, None)?;
        Ok(Requested { payout, deal })
    }
}
