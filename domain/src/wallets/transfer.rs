//! Tokens from one user to another (LED-06).

use super::{DailyLimit, Receiving, Sending, Wallet, WalletCommand, WalletError, WalletKey};
use crate::users::{Status, User};
use crate::{Amount, Decision, Halt, Sealed, Stream, TransferId, UserId, Work};

/// Sends paid tokens to another user: both wallets in one append, or neither.
///
/// A wallet does not remember transfers: that a repeated request is one transfer is the command
/// key's doing, so this is never submitted without the client's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferTokens {
    /// The transfer, drawn at the edge.
    pub transfer: TransferId,
    /// Who sends: the caller.
    pub from: UserId,
    /// Who receives; must be registered, and still somebody.
    pub to: UserId,
    /// How much, above zero.
    pub amount: Amount,
    /// A word to the receiver, sealed for the sender.
    pub memo: Option<Sealed>,
    /// How much may leave in a day.
    pub limit: DailyLimit,
}

impl Decision for TransferTokens {
    type Reply = TransferId;

    fn streams(&self) -> Vec<Stream> {
        vec![
            Stream::of::<Wallet>(WalletKey::token(self.from)),
            Stream::of::<Wallet>(WalletKey::token(self.to)),
            Stream::of::<User>(self.to),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<TransferId, Halt> {
        let at = work.at();
        let receiver = work.state::<User>(self.to)?;
        if !receiver.is_registered() || receiver.status() == Status::Erased {
            Err(WalletError::UnknownReceiver { receiver: self.to })?;
        }
        let (sender, receiver) = (WalletKey::token(self.from), WalletKey::token(self.to));
        let (transfer, amount) = (self.transfer, self.amount);
        let (to, memo) = (self.to, self.memo.clone());
        let sending = Sending { wallet: sender, transfer, to, amount, memo, at };
        work.decide::<Wallet>(sender, WalletCommand::SendTransfer(sending, self.limit))?;
        let receiving = Receiving { wallet: receiver, transfer, from: self.from, amount, at };
        work.decide::<Wallet>(receiver, WalletCommand::ReceiveTransfer(receiving))?;
        Ok(self.transfer)
    }
}
