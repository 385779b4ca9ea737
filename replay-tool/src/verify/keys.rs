//! Commands and claims agree with the events that name them in their metadata: each unit of events
//! has its command row at its last position, and the claims taken less those released are exactly
//! the rows of the claims table (D4).

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Result;
use eventstore::Entry;
use eventstore::audit::{Audit, CLAIMS_PAGE, Claim};
use serde::Deserialize;

use super::finding::Findings;

/// What the writer adds to the metadata of a unit's events.
#[derive(Debug, Deserialize)]
struct Added {
    command: Option<CommandName>,
    claims: Option<ClaimsChanged>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
struct CommandName {
    scope: String,
    key: String,
}

#[derive(Debug, Default, Deserialize)]
struct ClaimsChanged {
    #[serde(default)]
    taken: Vec<(String, String)>,
    #[serde(default)]
    released: Vec<(String, String)>,
}

/// Folds commands and claims out of metadata.
#[derive(Debug, Default)]
pub struct Keys {
    /// Units whose last event may still come.
    open: Option<(CommandName, i64)>,
    /// Units complete since the last comparison, with their last position.
    complete: Vec<(CommandName, i64)>,
    claims: HashMap<(String, String), i64>,
}

impl Keys {
    /// Reads one event's metadata.
    pub fn see(&mut self, entry: &Entry, findings: &mut Findings) {
        let position = entry.recorded.position;
        let added = match serde_json::from_str::<Added>(&entry.recorded.metadata) {
            Ok(added) => added,
            Err(e) => return findings.at("commands", position, format!("metadata: {e}")),
        };
        match added.command {
            None => findings.at("commands", position, "the event names no command"),
            Some(name) => {
                let first = self.turn(name, position);
                if first {
                    self.claim(added.claims.unwrap_or_default(), position, findings);
                }
            }
        }
    }

    /// Compares the units read so far with the command rows.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn compare_commands(
        &mut self,
        audit: &Audit,
        at_end: bool,
        findings: &mut Findings,
    ) -> Result<()> {
        if at_end {
            self.complete.extend(self.open.take());
        }
        let units = std::mem::take(&mut self.complete);
        let scopes: Vec<&str> = units.iter().map(|(name, _)| name.scope.as_str()).collect();
        let keys: Vec<&str> = units.iter().map(|(name, _)| name.key.as_str()).collect();
        let stored: HashMap<CommandName, (bool, i64)> = audit
            .commands(&scopes, &keys)
            .await?
            .into_iter()
            .map(|c| (CommandName { scope: c.scope, key: c.key }, (c.refused, c.position)))
            .collect();
        for (name, position) in &units {
            let detail = match stored.get(name) {
                Some((false, at)) if at == position => continue,
                Some((true, _)) => "is stored as refused".to_owned(),
                Some((false, at)) => format!("is stored at position {at}"),
                None => "is not stored".to_owned(),
            };
            let CommandName { scope, key } = name;
            findings.at("commands", *position, format!("command {scope} {key} {detail}"));
        }
        Ok(())
    }

    /// Compares the claims left at the end with the table.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn compare_claims(&self, audit: &Audit, findings: &mut Findings) -> Result<usize> {
        let mut seen = HashSet::new();
        let mut last: Option<Claim> = None;
        loop {
            let (scope, value) = last.as_ref().map_or(("", ""), |c| (&c.scope, &c.value));
            let page = audit.claims(scope, value).await?;
            let full = i64::try_from(page.len())? == CLAIMS_PAGE;
            last = page.last().cloned();
            for claim in page {
                let name = (claim.scope, claim.value);
                if !self.claims.contains_key(&name) {
                    let (scope, value) = &name;
                    findings.overall("claims", format!("no event took {scope} {value:?}"));
                }
                seen.insert(name);
            }
            if !full {
                break;
            }
        }
        let missing: BTreeMap<_, _> =
            self.claims.iter().filter(|(name, _)| !seen.contains(*name)).collect();
        for ((scope, value), position) in missing {
            findings.at("claims", *position, format!("the claim {scope} {value:?} is not stored"));
        }
        Ok(seen.len())
    }

    /// Answers whether this event is the first of its unit.
    fn turn(&mut self, name: CommandName, position: i64) -> bool {
        if let Some((open, last)) = &mut self.open
            && *open == name
        {
            *last = position;
            return false;
        }
        self.complete.extend(self.open.replace((name, position)));
        true
    }

    fn claim(&mut self, changed: ClaimsChanged, position: i64, findings: &mut Findings) {
        for (scope, value) in changed.released {
            if self.claims.remove(&(scope.clone(), value.clone())).is_none() {
                findings.at("claims", position, format!("released {scope} {value:?} untaken"));
            }
        }
        for name in changed.taken {
            self.claims.insert(name, position);
        }
    }
}
