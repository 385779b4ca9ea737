//! Step 2: nothing more is collected from whoever leaves (SUB-09). What was paid stays in the books.

use crate::aggregate::Stream;
use crate::subscriptions::{Status, Subscription, Wish, ask_for};
use crate::work::{Decision, Halt, Work};
use crate::{SubscriptionId, UserId};

/// Asks for the end of those of a person's subscriptions that would be renewed, whatever else was
/// asked of them before. Answers Lemon Squeezy's numbers of those it has yet to cancel.
#[derive(Debug, Clone)]
pub struct EndSubscriptions {
    /// Whose.
    pub user: UserId,
    /// Which; at most [`super::PAGE_MAX`].
    pub subscriptions: Vec<SubscriptionId>,
}

impl Decision for EndSubscriptions {
    type Reply = Vec<u64>;

    fn streams(&self) -> Vec<Stream> {
        self.subscriptions.iter().map(|id| Stream::of::<Subscription>(*id)).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Vec<u64>, Halt> {
        let (user, wish) = (self.user, Wish::Cancel);
        let mut open = Vec::new();
        for subscription in self.subscriptions.iter().copied() {
            let known = work.state::<Subscription>(subscription)?.of(user)?;
            let (shown, asked) = (known.shown, known.wish);
            if shown.cancelled || shown.status == Status::Expired {
                continue;
            }
            open.push(shown.lemon_id);
            if asked != Some(wish) {
                ask_for(work, (subscription, user), wish)?;
            }
        }
        Ok(open)
    }
}
