//! `verify`: reads the whole log once and proves what an auditor must be able to prove (b3).

mod anchor;
mod books;
mod chain;
mod claims;
mod deliveries;
mod finding;
mod independent;
mod meanwhile;
mod pages;
mod promises;
mod report;
mod streams;
mod timers;
mod units;

use std::path::Path;

use anyhow::Result;
use deadpool_postgres::Pool;
use domain::Event;
use eventstore::audit::Audit;
use eventstore::read::{EventRows, PAGE_MAX};
use eventstore::upcast::upcast;
use eventstore::{Log, RecordedRef};

use finding::Findings;
pub use finding::{FINDINGS_MAX, Finding};
pub use report::Report;

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
    timers: timers::Timers,
    deliveries: deliveries::Deliveries,
    units: units::Units,
    sums: Option<independent::Sums>,
    anchors: anchor::Anchors,
    findings: Findings,
}

/// Verifies the log up to its head at the start; the service may go on appending.
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
    let mut pages = pages::read_ahead(log.clone(), head);
    let mut read = 0;
    while let Some(page) = pages.recv().await {
        let (page, last) = page?;
        read = last.min(head);
        cover(&log, &mut checks.chain, read).await?;
        // Three at a time: the next page is read, this one checked, the last one's keys looked up.
        let complete = checks.units.take_complete(false);
        let checking = tokio::task::spawn_blocking(move || checks.page(&page, head));
        let (checked, compared) = tokio::join!(checking, units::compare(&audit, &complete));
        checks = checked??;
        checks.findings.extend(compared?);
        progress(read, head);
        if checks.findings.full() {
            break;
        }
    }
    if !checks.findings.full() {
        checks.compare((&log, &audit), head).await?;
        if let (Some(sums), Some(url)) = (&checks.sums, options.independent) {
            sums.compare(url, &checks.streams, &mut checks.findings).await?;
        }
    }
    checks.report(read, options.anchor)
}

impl Checks {
    async fn begin(log: &Log, options: Options<'_>) -> Result<Self> {
        let mut findings = Findings::default();
        let zero = log.blocks(-1, 1).await?;
        let chain = chain::Chain::new(log.store_id().await?, zero.first(), &mut findings);
        let mut anchors =
            options.anchor.map(anchor::Anchors::read).transpose()?.unwrap_or_default();
        anchors.see(0, &chain.hash(), &mut findings);
        Ok(Self {
            chain,
            streams: streams::Streams::default(),
            books: books::Books::default(),
            promises: promises::Promises::default(),
            timers: timers::Timers::default(),
            deliveries: deliveries::Deliveries::default(),
            units: units::Units::default(),
            sums: options.independent.map(|_| independent::Sums::default()),
            anchors,
            findings,
        })
    }

    fn page(mut self, page: &EventRows, head: i64) -> Result<Self> {
        for event in page.iter() {
            let event = event?;
            if event.position > head || self.findings.full() {
                break;
            }
            self.event(event);
        }
        Ok(self)
    }

    fn event(&mut self, event: RecordedRef<'_>) {
        let findings = &mut self.findings;
        if self.chain.see(event, findings) && self.anchors.any() {
            self.anchors.see(event.position, &self.chain.hash(), findings);
        }
        self.streams.see(event, findings);
        let payload = upcast(event.event_type, event.event_version, event.payload);
        match payload.and_then(|text| Event::decode(event.event_type, &text)) {
            Ok(decoded) => self.decoded(event, &decoded),
            Err(e) => findings.at("events", event.position, e.to_string()),
        }
        self.units.see(event, &mut self.findings);
    }

    fn decoded(&mut self, event: RecordedRef<'_>, decoded: &Event) {
        let (position, findings) = (event.position, &mut self.findings);
        if let Event::Wallet(wallet) = decoded {
            self.books.see(wallet, (event.stream_id, position), findings);
        }
        if let Event::Webhook(webhook) = decoded {
            self.deliveries.see(webhook, position, event.recorded_at);
        }
        self.deliveries.pass(event.recorded_at);
        self.promises.see(decoded, position, findings);
        self.timers.see(decoded, position, findings);
        if let Some(sums) = &mut self.sums {
            sums.see(event, decoded);
        }
    }

    /// What can only be said at the end, and what stands beside the events.
    async fn compare(&mut self, (log, audit): (&Log, &Audit), head: i64) -> Result<()> {
        let findings = &mut self.findings;
        self.chain.finish(head, findings);
        beyond_blocks(log, findings).await?;
        self.promises.finish(findings);
        self.anchors.finish(findings);
        let complete = self.units.take_complete(true);
        findings.extend(units::compare(audit, &complete).await?);
        let mut suspicions = self.timers.compare(audit).await?;
        suspicions.extend(self.units.claims.compare(audit).await?);
        suspicions.extend(self.deliveries.overdue());
        meanwhile::judge(log, head, suspicions, findings).await?;
        for (asset, sum) in self.books.trial_balance() {
            if sum != 0 {
                findings.overall("books", format!("the trial balance of {asset} is {sum}"));
            }
        }
        Ok(())
    }

    fn report(self, read: i64, anchor: Option<&Path>) -> Result<Report> {
        let head_hash = self.chain.hash();
        let trial_balance = self.books.trial_balance().into_iter();
        let findings = self.findings.into_vec();
        if let (true, Some(file)) = (findings.is_empty(), anchor) {
            self.anchors.note(file, read, &head_hash)?;
        }
        Ok(Report {
            ok: findings.is_empty(),
            head: read,
            head_hash,
            streams: self.streams.count(),
            claims: self.units.claims.count(),
            deliveries_waiting: self.deliveries.waiting(),
            trial_balance: trial_balance.map(|(asset, sum)| (asset.to_string(), sum)).collect(),
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

/// Events that somebody put after the last block. The service may append meanwhile, so the head is
/// asked for before and after.
async fn beyond_blocks(log: &Log, findings: &mut Findings) -> Result<()> {
    let head = log.head().await?;
    if let Some(event) = log.range(head, 1).await?.first()
        && log.head().await? < event.position
    {
        findings.at("chain", event.position, "the event belongs to no block");
    }
    Ok(())
}
