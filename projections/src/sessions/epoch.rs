//! The table `user_epochs`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Batch, Readers};

table! {
    /// How often all sessions of somebody were ended at once; absent means never.
    pub struct Epoch: "user_epochs" key (user_id: Uuid) {
        /// Whose.
        pub user_id: Uuid,
        /// How often. Sessions opened in an earlier one are over.
        pub epoch: i64,
        /// When it was last raised.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id") }
    checks {}
    indexes {}
}

/// All sessions of a user end.
pub(super) fn next(user: Uuid, batch: &mut Batch) {
    let never = Epoch { user_id: user, epoch: 0, updated_at: batch.at() };
    batch.upsert(never, |row| row.epoch += 1);
}
