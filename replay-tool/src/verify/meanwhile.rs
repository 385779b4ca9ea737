//! What a running service appended while the log was read. Claims and timers are read after the
//! events, so what differs there may only be younger than the last event that was read.

use std::collections::HashSet;

use anyhow::Result;
use eventstore::Log;
use eventstore::read::PAGE_MAX;
use uuid::Uuid;

use super::finding::Findings;
use super::units;

/// A difference between history and what stands beside it.
#[derive(Debug)]
pub struct Suspicion {
    check: &'static str,
    position: Option<i64>,
    detail: String,
    about: About,
}

/// Whatever changes this explains the difference.
#[derive(Debug)]
enum About {
    Stream(&'static str, Uuid),
    Claim(String, String),
}

impl Suspicion {
    /// Explained by any later event of the stream.
    pub fn of_stream(
        check: &'static str,
        position: i64,
        detail: String,
        (kind, id): (&'static str, Uuid),
    ) -> Self {
        Self { check, position: Some(position), detail, about: About::Stream(kind, id) }
    }

    /// Explained by any later event that takes or releases the claim.
    pub fn of_claim(
        check: &'static str,
        position: Option<i64>,
        detail: String,
        (scope, value): (String, String),
    ) -> Self {
        Self { check, position, detail, about: About::Claim(scope, value) }
    }
}

/// Notes the suspicions that nothing after `head` explains.
///
/// # Errors
/// The database cannot be asked.
pub async fn judge(
    log: &Log,
    head: i64,
    suspicions: Vec<Suspicion>,
    findings: &mut Findings,
) -> Result<()> {
    if suspicions.is_empty() {
        return Ok(());
    }
    let (mut streams, mut claims) = (HashSet::new(), HashSet::new());
    let (mut after, until) = (head, log.head().await?);
    while after < until {
        let page = log.range(after, PAGE_MAX.min(until - after)).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for event in page {
            if let Ok(stamp) = units::read(&event.metadata) {
                claims.extend(stamp.claims.into_changed());
            }
            streams.insert((event.stream_type, event.stream_id));
        }
    }
    for Suspicion { check, position, detail, about } in suspicions {
        let explained = match about {
            About::Stream(kind, id) => streams.contains(&(kind.to_owned(), id)),
            About::Claim(scope, value) => claims.contains(&(scope, value)),
        };
        match position {
            _ if explained => {}
            Some(position) => findings.at(check, position, detail),
            None => findings.overall(check, detail),
        }
    }
    Ok(())
}
