//! Units: the events of one command, which name it in their metadata. Each has its command row at
//! its last position, accepted (D4).

use anyhow::Result;
use domain::Metadata;
use eventstore::RecordedRef;
use eventstore::audit::{Audit, Expected, Otherwise};
use serde::Deserialize;
use uuid::Uuid;

use super::claims::Claims;
use super::finding::Findings;

const CHECK: &str = "commands";

/// What the writer adds to the metadata of a unit's events.
#[derive(Debug, Deserialize)]
pub struct Stamp {
    command: Option<CommandName>,
    /// What the unit took and released.
    #[serde(default)]
    pub claims: Changed,
}

#[derive(Debug, Deserialize)]
struct CommandName {
    scope: String,
    key: String,
}

/// Claims as (scope, value).
#[derive(Debug, Default, Deserialize)]
pub struct Changed {
    /// Now held.
    #[serde(default)]
    pub taken: Vec<(String, String)>,
    /// Free again.
    #[serde(default)]
    pub released: Vec<(String, String)>,
}

impl Changed {
    /// Whichever way they changed.
    pub fn into_changed(self) -> impl Iterator<Item = (String, String)> {
        self.taken.into_iter().chain(self.released)
    }
}

/// Reads what the writer added.
///
/// # Errors
/// It is not what a writer writes.
pub fn read(metadata: &str) -> serde_json::Result<Stamp> {
    serde_json::from_str(metadata)
}

/// A unit whose events were all read: its command and its last position.
#[derive(Debug)]
pub struct Complete {
    name: CommandName,
    last: i64,
}

/// A unit whose next event may still come.
#[derive(Debug)]
struct Open {
    /// All events of a unit carry the same text, so it is read once.
    metadata: String,
    name: Option<CommandName>,
    last: i64,
    takes: Vec<(String, String)>,
    streams: Vec<(String, Uuid)>,
}

/// Folds units out of metadata, and claims out of units.
#[derive(Debug, Default)]
pub struct Units {
    open: Option<Open>,
    complete: Vec<Complete>,
    /// What is claimed.
    pub claims: Claims,
}

impl Units {
    /// Reads one event's metadata, and keeps it for the next event.
    pub fn see(&mut self, event: RecordedRef<'_>, findings: &mut Findings) {
        let RecordedRef { position, metadata, stream_type, stream_id, .. } = event;
        if self.open.as_ref().is_none_or(|open| open.metadata != metadata) {
            self.close();
            self.open = Some(self.begin(metadata, position, findings));
        }
        let Some(open) = &mut self.open else { return };
        open.last = position;
        if !open.takes.is_empty() {
            open.streams.push((stream_type.to_owned(), stream_id));
        }
    }

    /// The units that were completed since the last call; `at_end` includes the last one.
    pub fn take_complete(&mut self, at_end: bool) -> Vec<Complete> {
        if at_end {
            self.close();
        }
        std::mem::take(&mut self.complete)
    }

    fn begin(&mut self, metadata: &str, position: i64, findings: &mut Findings) -> Open {
        if let Err(e) = serde_json::from_str::<Metadata>(metadata) {
            findings.at("metadata", position, e.to_string());
        }
        let stamp = read(metadata);
        let metadata = metadata.to_owned();
        let mut open =
            Open { metadata, name: None, last: position, takes: vec![], streams: vec![] };
        match stamp {
            Ok(Stamp { command: None, .. }) => {
                findings.at(CHECK, position, "the event names no command");
            }
            Ok(Stamp { command, claims }) => {
                open.name = command;
                self.claims.release(claims.released, position, findings);
                open.takes = claims.taken;
            }
            Err(e) => findings.at(CHECK, position, format!("metadata: {e}")),
        }
        open
    }

    fn close(&mut self) {
        let Some(Open { name, last, takes, streams, .. }) = self.open.take() else { return };
        self.claims.take(takes, last, &streams);
        self.complete.extend(name.map(|name| Complete { name, last }));
    }
}

/// Compares units with the command rows.
///
/// # Errors
/// The database cannot be asked.
pub async fn compare(audit: &Audit, units: &[Complete]) -> Result<Findings> {
    let mut findings = Findings::default();
    if units.is_empty() {
        return Ok(findings);
    }
    let mut expected = Expected::default();
    for Complete { name, last } in units {
        expected.scopes.push(&name.scope);
        expected.keys.push(&name.key);
        expected.positions.push(*last);
    }
    for Otherwise { place, stored } in audit.commands(&expected).await? {
        let Complete { name: CommandName { scope, key }, last } = &units[place];
        let detail = match stored {
            Some((true, _)) => "is stored as refused".to_owned(),
            Some((false, at)) => format!("is stored at position {at}"),
            None => "is not stored".to_owned(),
        };
        findings.at(CHECK, *last, format!("the command {scope} {key} {detail}"));
    }
    Ok(findings)
}
