//! Step 9: copies of the person's data that were made for them go, after their files went.

use crate::aggregate::Stream;
use crate::exports::{Exports, RemoveExport};
use crate::work::{Decision, Halt, Work};
use crate::{ExportId, UserId};

/// Ends a person's exports, whose files are gone.
#[derive(Debug, Clone)]
pub struct RemoveExports {
    /// Whose.
    pub user: UserId,
    /// Which; a person cannot have many (`crate::exports::A_DAY_MAX`).
    pub exports: Vec<ExportId>,
}

impl Decision for RemoveExports {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Exports>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let user = self.user;
        self.exports
            .iter()
            .try_for_each(|export| RemoveExport { user, export: *export }.decide(work))
    }
}
