//! An export's file is there: from now on its end is set.

use super::request::schedule;
use super::{EXPORT_END, ExportCommand, ExportTimer, Exports, KEPT};
use crate::aggregate::Stream;
use crate::work::{Decision, Halt, Work};
use crate::{ExportId, UserId};

/// Says that the file is there. Refused if nobody waits for it any more: then it must go again.
#[derive(Debug, Clone, Copy)]
pub struct CompleteExport {
    /// Whose data.
    pub user: UserId,
    /// Which.
    pub export: ExportId,
    /// The file's size.
    pub bytes: u64,
}

impl Decision for CompleteExport {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Exports>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { user, export, bytes } = *self;
        let expires_at = work.at() + KEPT;
        let complete = ExportCommand::Complete { user, export, bytes, expires_at };
        if work.decide::<Exports>(user, complete)? > 0 {
            schedule(work, EXPORT_END, ExportTimer { user, export }, expires_at)?;
        }
        Ok(())
    }
}
