//! Claims: what events took and did not release is exactly what the table holds, and each is held
//! by a stream of the unit that took it (b3.7).

use std::collections::HashMap;

use anyhow::Result;
use eventstore::audit::{Audit, CLAIMS_PAGE, Claim};
use uuid::Uuid;

use super::finding::Findings;
use super::meanwhile::Suspicion;

const CHECK: &str = "claims";

/// Scope and value.
type Name = (String, String);

/// Unique values that are held, as history says.
#[derive(Debug, Default)]
pub struct Claims(HashMap<Name, Taken>);

#[derive(Debug)]
struct Taken {
    position: i64,
    /// One of these holds it.
    streams: Vec<(String, Uuid)>,
}

impl Claims {
    /// A unit that ended at `position` took these; its events are in `streams`. A holder may take
    /// what it has once more.
    pub(super) fn take(&mut self, names: Vec<Name>, position: i64, streams: &[(String, Uuid)]) {
        for name in names {
            let taken = Taken { position, streams: streams.to_vec() };
            self.0.insert(name, taken);
        }
    }

    /// A unit released these.
    pub(super) fn release(&mut self, names: Vec<Name>, position: i64, findings: &mut Findings) {
        for name in names {
            if self.0.remove(&name).is_none() {
                let (scope, value) = name;
                findings.at(CHECK, position, format!("{scope} {value:?} was released untaken"));
            }
        }
    }

    /// How many are held.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What the table has otherwise. Of a running service that may be younger than what was read.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn compare(&self, audit: &Audit) -> Result<Vec<Suspicion>> {
        let mut expected: HashMap<&Name, &Taken> = self.0.iter().collect();
        let mut suspicions = Vec::new();
        let mut last: Option<Claim> = None;
        loop {
            let (scope, value) = last.as_ref().map_or(("", ""), |c| (&c.scope, &c.value));
            let page = audit.claims(scope, value).await?;
            let full = i64::try_from(page.len())? == CLAIMS_PAGE;
            last = page.last().cloned();
            for Claim { scope, value, stream_type, stream_id } in page {
                let name = (scope, value);
                let taken = expected.remove(&name);
                suspicions.extend(differs(name, taken, (stream_type, stream_id)));
            }
            if !full {
                break;
            }
        }
        suspicions.extend(expected.into_iter().map(|(name, taken)| {
            let detail = format!("the claim {} {:?} is not in the table", name.0, name.1);
            Suspicion::of_claim(CHECK, Some(taken.position), detail, name.clone())
        }));
        Ok(suspicions)
    }
}

/// Compares a row of the table with what history says of it.
fn differs(name: Name, taken: Option<&Taken>, holder: (String, Uuid)) -> Option<Suspicion> {
    let (scope, value) = &name;
    let Some(taken) = taken else {
        let detail = format!("no event took {scope} {value:?}, yet it is held");
        return Some(Suspicion::of_claim(CHECK, None, detail, name));
    };
    if taken.streams.contains(&holder) {
        return None;
    }
    let detail =
        format!("{scope} {value:?} was taken here, yet {}-{} holds it", holder.0, holder.1);
    Some(Suspicion::of_claim(CHECK, Some(taken.position), detail, name))
}
