//! The table `received_memos`: a sender's word, as the receiver's own row. The sender's line has it
//! too, but is not the receiver's to see.

use uuid::Uuid;

use crate::frame::Readers;
use crate::frame::macros::append_table;

append_table! {
    /// What somebody said with a transfer to somebody.
    pub struct ReceivedMemo: "received_memos" key (transfer_id: Uuid) {
        /// Which transfer.
        pub transfer_id: Uuid,
        /// Who received it.
        pub user_id: Uuid,
        /// Who said it.
        pub sender_id: Uuid,
        /// The sender's word.
        pub memo: String,
    }
    readers { Readers::owner("user_id").personal(&["memo"]) }
    checks {}
    indexes {}
}
