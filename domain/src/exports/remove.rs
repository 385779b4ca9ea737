//! An export ends.

use super::{EXPORT_END, ExportCommand, Exports};
use crate::aggregate::Stream;
use crate::work::{Decision, Halt, Work};
use crate::{ExportId, UserId};

/// Ends an export whose file is gone. The timer that has one made is left alone: it rings once
/// more, and whoever was making a file meanwhile lets it go.
#[derive(Debug, Clone, Copy)]
pub struct RemoveExport {
    /// Whose data it was.
    pub user: UserId,
    /// Which.
    pub export: ExportId,
}

impl Decision for RemoveExport {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Exports>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { user, export } = *self;
        work.decide::<Exports>(user, ExportCommand::Remove { user, export })?;
        work.forget(EXPORT_END, export.to_string());
        Ok(())
    }
}
