//! Tips: paid tokens for an artist, beside what a picture costs (c4).

use serde::{Deserialize, Serialize};

use super::{
    DailyLimit, Tip, Tipping, Wallet, WalletCommand, WalletError, WalletEvent, WalletKey, fee,
};
use crate::artists::Artist;
use crate::generations::{Generation, GenerationError};
use crate::{Amount, Decision, GenerationId, Halt, Stream, TransferId, UserId, Work};

/// Gives an artist paid tokens; what the platform's share leaves is earned at once. Like a transfer,
/// it is never submitted without the client's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TipArtist {
    /// The tip, drawn at the edge.
    pub tip: TransferId,
    /// Who gives: the caller.
    pub from: UserId,
    /// Who receives; must be an artist.
    pub artist: UserId,
    /// How much, above zero.
    pub amount: Amount,
    /// For which picture, if for one: in the artist's style, and the caller's own or published.
    pub generation: Option<GenerationId>,
    /// The platform's share, in basis points.
    pub fee_basis_points: u32,
    /// How much may leave in a day, transfers included.
    pub limit: DailyLimit,
}

/// What the giver is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tipped {
    /// Which.
    pub tip: TransferId,
    /// What the artist earns.
    pub earned: Amount,
}

impl Decision for TipArtist {
    type Reply = Tipped;

    fn streams(&self) -> Vec<Stream> {
        let artist = Stream::of::<Artist>(self.artist);
        let generation = self.generation.map(Stream::of::<Generation>);
        let wallet = Stream::of::<Wallet>(WalletKey::token(self.from));
        [wallet, artist].into_iter().chain(generation).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Tipped, Halt> {
        let Self { tip, from, artist, amount, generation, .. } = *self;
        if !work.state::<Artist>(artist)?.is_registered() {
            return Err(WalletError::UnknownArtist { artist }.into());
        }
        if artist == from {
            return Err(WalletError::SelfTip.into());
        }
        if let Some(picture) = generation {
            let picture = work.state::<Generation>(picture)?;
            let job = picture.job()?;
            let seen = picture.is_published() || job.user == from;
            if !seen || job.earner.is_none_or(|(earner, _)| earner != artist) {
                return Err(GenerationError::NotFound.into());
            }
        }
        let wallet = WalletKey::token(from);
        let tipping = Tipping { wallet, tip, artist, generation, amount, at: work.at() };
        work.decide::<Wallet>(wallet, WalletCommand::SendTip(tipping, self.limit))?;
        let fee = fee(amount, self.fee_basis_points);
        let earning = WalletKey::earning(artist);
        let earned = WalletEvent::TipEarned {
            owner: earning.owner,
            asset: earning.asset,
            tip: Tip { tip, payer: from, generation, gross: amount, fee },
            amount: amount.minus(fee),
        };
        work.append_blind::<Wallet>(earning, earned)?;
        Ok(Tipped { tip, earned: amount.minus(fee) })
    }
}
