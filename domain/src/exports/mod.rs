//! Exports of one's data (D12): a person asks for all that is kept of them, gets it as one file, and
//! the file goes. One aggregate per person, so that their number is bounded in one place.

mod command;
mod complete;
mod error;
mod event;
mod remove;
mod request;
#[cfg(test)]
mod tests;

pub use command::ExportCommand;
pub use complete::CompleteExport;
pub use error::ExportError;
pub use event::*;
pub use remove::RemoveExport;
pub use request::RequestExport;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};
use crate::{ExportId, UserId};

/// The most exports a person asks for within a day.
pub const A_DAY_MAX: usize = 3;
/// How long a file can be fetched.
pub const KEPT: TimeDelta = TimeDelta::days(7);
/// Vault kind of the timer that has an export made; the key is the export's id.
pub const EXPORT_MAKE: &str = "export-make";
/// Vault kind of the timer that ends an export; the key is the export's id.
pub const EXPORT_END: &str = "export-end";

/// What both timers keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportTimer {
    /// Whose data.
    pub user: UserId,
    /// Which export.
    pub export: ExportId,
}

/// A person's exports; the stream's id is the person's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exports {
    /// Those that have or will have a file, and whether it is there.
    live: BTreeMap<ExportId, bool>,
    /// When the latest ones were asked for; [`A_DAY_MAX`] at most.
    asked: Vec<DateTime<Utc>>,
}

aggregate!(Exports, "export", ExportCommand, ExportEvent, ExportError);

impl Decide for Exports {
    fn decide(&self, command: ExportCommand) -> Result<Vec<ExportEvent>, ExportError> {
        match command {
            ExportCommand::Request { user, export, at } => {
                if let Some(export) = self.under_way() {
                    return Err(ExportError::UnderWay { export });
                }
                if let Some(again_at) = self.quota_until(at) {
                    return Err(ExportError::TooMany { max: A_DAY_MAX, again_at });
                }
                Ok(vec![ExportEvent::Requested { user, export, at }])
            }
            ExportCommand::Complete { user, export, bytes, expires_at } => {
                match self.live.get(&export) {
                    None => Err(ExportError::Gone),
                    Some(true) => Ok(vec![]),
                    Some(false) => {
                        Ok(vec![ExportEvent::Completed { user, export, bytes, expires_at }])
                    }
                }
            }
            ExportCommand::Remove { user, export } => {
                let is_live = self.live.contains_key(&export);
                Ok(if is_live { vec![ExportEvent::Removed { user, export }] } else { vec![] })
            }
        }
    }
}

impl Exports {
    /// Those that have or will have a file.
    pub fn live(&self) -> impl Iterator<Item = ExportId> {
        self.live.keys().copied()
    }

    /// Whether it is still to be made.
    #[must_use]
    pub fn is_awaited(&self, export: ExportId) -> bool {
        self.live.get(&export) == Some(&false)
    }

    fn under_way(&self) -> Option<ExportId> {
        self.live.iter().find(|(_, ready)| !**ready).map(|(export, _)| *export)
    }

    /// Until when no more can be asked for, if that is later than `at`.
    fn quota_until(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let oldest = self.asked.first().filter(|_| self.asked.len() >= A_DAY_MAX)?;
        let until = *oldest + TimeDelta::days(1);
        (until > at).then_some(until)
    }

    fn evolve(&mut self, event: ExportEvent) {
        match event {
            ExportEvent::Requested { export, at, .. } => {
                self.live.insert(export, false);
                if self.asked.len() >= A_DAY_MAX {
                    self.asked.remove(0);
                }
                self.asked.push(at);
            }
            ExportEvent::Completed { export, .. } => {
                self.live.insert(export, true);
            }
            ExportEvent::Removed { export, .. } => {
                self.live.remove(&export);
            }
        }
    }
}
