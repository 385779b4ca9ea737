//! The bank account a payout goes to is shown whole (P8, OPS-02): it is a person's, so never unseen.

use super::{Payout, PayoutEvent};
use crate::PayoutId;
use crate::aggregate::Stream;
use crate::users::ViewReason;
use crate::work::{Decision, Halt, Work};

/// Somebody of the house looks at the whole account. What this records is in the log before it is
/// shown.
#[derive(Debug, Clone)]
pub struct ViewPayoutAccount {
    /// Which payout goes there.
    pub payout: PayoutId,
    /// What for.
    pub reason: ViewReason,
}

impl Decision for ViewPayoutAccount {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Payout>(self.payout)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { payout, reason } = self.clone();
        work.state::<Payout>(payout)?.request()?;
        let reason = reason.into();
        work.record::<Payout>(payout, PayoutEvent::AccountViewed { payout, reason })
    }
}
