//! Asking for an export: the timer that has it made is set in the same append, so that it is made
//! whatever happens.

use super::{EXPORT_MAKE, ExportCommand, ExportTimer, Exports};
use crate::aggregate::Stream;
use crate::users::{User, UserError};
use crate::work::{Decision, Halt, Work};
use crate::{ExportId, UserId};

/// A person asks for all that is kept of them. Whoever rests or is about to leave may too, until
/// their erasure has begun.
#[derive(Debug, Clone, Copy)]
pub struct RequestExport {
    /// Whose data.
    pub user: UserId,
    /// Drawn at the edge.
    pub export: ExportId,
}

impl Decision for RequestExport {
    type Reply = ExportId;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user), Stream::of::<Exports>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<ExportId, Halt> {
        let (Self { user, export }, at) = (*self, work.at());
        let person = work.state::<User>(user)?;
        if !person.is_registered() {
            return Err(UserError::NotFound.into());
        }
        person.status().may_sign_in()?;
        if person.leaving().is_some_and(|leaving| leaving.begun) {
            return Err(UserError::ErasureBegun.into());
        }
        work.decide::<Exports>(user, ExportCommand::Request { user, export, at })?;
        schedule(work, EXPORT_MAKE, ExportTimer { user, export }, at)?;
        Ok(export)
    }
}

pub(super) fn schedule(
    work: &mut Work<'_>,
    kind: &'static str,
    timer: ExportTimer,
    due: chrono::DateTime<chrono::Utc>,
) -> Result<(), Halt> {
    let bytes = serde_json::to_vec(&timer).map_err(|error| Halt::Fault(error.to_string()))?;
    work.schedule(kind, timer.export.to_string(), due, bytes);
    Ok(())
}
