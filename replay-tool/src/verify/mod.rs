//! `verify`: reads the whole log once and proves what an auditor must be able to prove (b3).

mod anchor;
mod books;
mod chain;
mod finding;
mod independent;
mod keys;
mod promises;
mod report;
mod streams;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use deadpool_postgres::Pool;
use eventstore::audit::Audit;
use eventstore::read::PAGE_MAX;
use eventstore::{Entry, Log, Recorded};
use tokio::sync::mpsc;

use finding::Findings;
pub use finding::{FINDINGS_MAX, Finding};
pub use report::Report;

/// Pages read ahead of the checks.
const PAGES_AHEAD: usize = 2;

/// What else to do in the pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Read everything a second time through postgres-es, from this URL.
    pub independent: Option<&'a str>,
    /// Compare with the heads noted in this file, and note today's.
    pub anchor: Option<&'a Path>,
}

/// Everything that is checked in one pass.
struct Checks {
    chain: chain::Chain,
    streams: streams::Streams,
    books: books::Books,
    promises: promises::Promises,
    keys: keys::Keys,
    sums: Option<independent::Sums>,
    anchors: anchor::Anchors,
    findings: Findings,
}

/// Verifies the log up to its head at the start.
///
/// `progress` is told each position that has been read, and the head.
///
/// # Errors
/// The database cannot be asked. What is *wrong* is in the report.
pub async fn verify(
    pool: &Pool,
    options: Options<'_>,
    progress: impl Fn(i64, i64),
) -> Result<Report> {
    let (log, audit) = (Log::new(pool.clone()), Audit::new(pool.clone()));
    let head = log.head().await?;
    let mut checks = Checks::begin(&log, options).await?;
    let mut pages = read_ahead(log.clone(), head);
    let mut read = 0;
    while let Some(page) = pages.recv().await {
        let page = page?;
        let last = page.last().map_or(read, |event| event.position);
        cover(&log, &mut checks.chain, last).await?;
        checks = tokio::task::spawn_blocking(move || checks.page(page)).await?;
        checks.keys.compare_commands(&audit, last >= head, &mut checks.findings).await?;
        read = last;
        progress(read, head);
        if checks.findings.full() {
            break;
        }
    }
    checks.end((&log, &audit), read, head, options).await
}

impl Checks {
    async fn begin(log: &Log, options: Options<'_>) -> Result<Self> {
        let mut findings = Findings::default();
        let zero = log.blocks(-1, 1).await?;
        let chain = chain::Chain::new(log.store_id().await?, zero.first(), &mut findings);
        Ok(Self {
            chain,
            streams: streams::Streams::default(),
            books: books::Books::default(),
            promises: promises::Promises::default(),
            keys: keys::Keys::default(),
            sums: options.independent.map(|_| independent::Sums::default()),
            anchors: options.anchor.map(anchor::Anchors::read).transpose()?.unwrap_or_default(),
            findings,
        })
    }

    fn page(mut self, page: Vec<Recorded>) -> Self {
        for event in page {
            let position = event.position;
            if self.chain.see(&event, &mut self.findings) && self.anchors.any() {
                self.anchors.see(position, &self.chain.hash(), &mut self.findings);
            }
            self.streams.see(&event, &mut self.findings);
            match Entry::decode(event) {
                Ok(entry) => self.entry(&entry),
                Err(e) => self.findings.at("chain", position, e.to_string()),
            }
            if self.findings.full() {
                break;
            }
        }
        self
    }

    fn entry(&mut self, entry: &Arc<Entry>) {
        let position = entry.recorded.position;
        self.books.see(&entry.event, position, &mut self.findings);
        self.promises.see(&entry.event, position, &mut self.findings);
        self.keys.see(entry, &mut self.findings);
        if let Some(sums) = &mut self.sums {
            sums.see(entry);
        }
    }

    async fn end(
        mut self,
        (log, audit): (&Log, &Audit),
        read: i64,
        head: i64,
        options: Options<'_>,
    ) -> Result<Report> {
        let findings = &mut self.findings;
        let mut claims = 0;
        if !findings.full() {
            if read != head {
                findings.at("chain", read + 1, format!("the log ends here, its head is {head}"));
            }
            self.chain.finish(findings);
            self.promises.finish(findings);
            self.promises.compare_timers((log, audit), head, findings).await?;
            claims = self.keys.compare_claims(audit, findings).await?;
            self.anchors.finish(findings);
            if let (Some(sums), Some(url)) = (&self.sums, options.independent) {
                sums.compare(url, findings).await?;
            }
        }
        let sums = self.books.trial_balance();
        for (asset, sum) in sums.iter().filter(|(_, sum)| **sum != 0) {
            findings.overall("books", format!("the trial balance of {asset} is {sum}"));
        }
        let findings = self.findings.into_vec();
        let head_hash = self.chain.hash();
        if let (true, Some(file)) = (findings.is_empty(), options.anchor) {
            anchor::Anchors::append(file, read, &head_hash)?;
        }
        Ok(Report {
            ok: findings.is_empty(),
            head: read,
            head_hash,
            streams: self.streams.count(),
            claims,
            trial_balance: sums.into_iter().map(|(a, sum)| (a.to_string(), sum)).collect(),
            findings,
        })
    }
}

/// Loads the blocks of all positions up to `last`.
async fn cover(log: &Log, chain: &mut chain::Chain, last: i64) -> Result<()> {
    while chain.covered() < last {
        let blocks = log.blocks(chain.covered(), PAGE_MAX).await?;
        if blocks.is_empty() {
            break; // The chain says which event has no block.
        }
        chain.extend(blocks);
    }
    Ok(())
}

/// Reads pages while others are checked. Pages, not one long query: verify holds no snapshot.
fn read_ahead(log: Log, head: i64) -> mpsc::Receiver<Result<Vec<Recorded>>> {
    let (pages, read) = mpsc::channel(PAGES_AHEAD);
    tokio::spawn(async move {
        let mut after = 0;
        while after < head {
            let page = log.range(after, PAGE_MAX.min(head - after)).await;
            let page = page.context("reading the log");
            let last = page.as_ref().ok().and_then(|page| page.last()).map(|event| event.position);
            let Some(last) = last else {
                let _ = pages.send(page).await; // Nobody listens only if the checks have stopped.
                return;
            };
            after = last;
            if pages.send(page).await.is_err() {
                return;
            }
        }
    });
    read
}
