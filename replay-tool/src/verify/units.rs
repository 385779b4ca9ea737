//! Units: the events of one command, which name it in their metadata. Each has its command row at
//! its last position, accepted (D4).

use std::collections::HashMap;

use anyhow::Result;
use domain::Metadata;
use eventstore::Recorded;
use eventstore::audit::Audit;
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

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
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
    /// Reads one event's metadata.
    pub fn see(&mut self, event: &Recorded, findings: &mut Findings) {
        if self.open.as_ref().is_none_or(|open| open.metadata != event.metadata) {
            self.close();
            self.open = Some(self.begin(event, findings));
        }
        let Some(open) = &mut self.open else { return };
        open.last = event.position;
        if !open.takes.is_empty() {
            open.streams.push((event.stream_type.clone(), event.stream_id));
        }
    }

    /// The units that were completed since the last call; `at_end` includes the last one.
    pub fn take_complete(&mut self, at_end: bool) -> Vec<Complete> {
        if at_end {
            self.close();
        }
        std::mem::take(&mut self.complete)
    }

    fn begin(&mut self, event: &Recorded, findings: &mut Findings) -> Open {
        let (metadata, position) = (event.metadata.clone(), event.position);
        let mut open =
            Open { metadata, name: None, last: position, takes: vec![], streams: vec![] };
        if let Err(e) = serde_json::from_str::<Metadata>(&event.metadata) {
            findings.at("metadata", position, e.to_string());
        }
        match read(&event.metadata) {
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
    let scopes: Vec<&str> = units.iter().map(|unit| unit.name.scope.as_str()).collect();
    let keys: Vec<&str> = units.iter().map(|unit| unit.name.key.as_str()).collect();
    let stored: HashMap<CommandName, (bool, i64)> = audit
        .commands(&scopes, &keys)
        .await?
        .into_iter()
        .map(|c| (CommandName { scope: c.scope, key: c.key }, (c.refused, c.position)))
        .collect();
    for Complete { name, last } in units {
        let detail = match stored.get(name) {
            Some((false, at)) if at == last => continue,
            Some((true, _)) => "is stored as refused".to_owned(),
            Some((false, at)) => format!("is stored at position {at}"),
            None => "is not stored".to_owned(),
        };
        let CommandName { scope, key } = name;
        findings.at(CHECK, *last, format!("the command {scope} {key} {detail}"));
    }
    Ok(findings)
}
