//! The table `style_uses`: which style each unfinished generation uses. Small: rows go when the
//! generation ends.

use uuid::Uuid;

use crate::frame::Readers;
use crate::frame::macros::set_table;

set_table! {
    /// An unfinished generation.
    pub struct StyleUse: "style_uses" key (generation_id: Uuid) {
        /// Which.
        pub generation_id: Uuid,
        /// With which style.
        pub style_id: Option<Uuid>,
    }
    readers { Readers::STAFF }
    checks {}
    indexes {}
}
