//! What money promised: a paid purchase is granted once, a completed generation pays its artist
//! once, a failed one pays nobody (b3.5, b3.6), and what is open has a timer (log protocol, A8).

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use domain::generations::{GenerationEvent, LEASE_LOST};
use domain::purchases::{PURCHASE_EXPIRY, PURCHASE_RECONCILE, PurchaseEvent};
use domain::wallets::{GrantSource, HOLD_EXPIRY, WalletEvent};
use domain::{Amount, Asset, Event, GenerationId, HoldId, PurchaseId, UserId, WalletId};
use eventstore::Log;
use eventstore::audit::Audit;
use uuid::Uuid;

use super::finding::Findings;

const CHECK: &str = "promises";

/// Events of one page of a stream.
const PAGE: i64 = 1_000;

/// What is still owed, and what was given.
#[derive(Debug, Default)]
pub struct Promises {
    approved: HashSet<PurchaseId>,
    granted: HashSet<PurchaseId>,
    open_purchases: HashSet<PurchaseId>,
    open_holds: HashSet<(UserId, Asset, HoldId)>,
    generations: HashMap<GenerationId, Job>,
}

#[derive(Debug, Default)]
struct Job {
    earns: bool,
    completed: bool,
    paid: bool,
    running: bool,
}

impl Promises {
    /// Sees one event.
    pub fn see(&mut self, event: &Event, position: i64, findings: &mut Findings) {
        match event {
            Event::Purchase(event) => self.see_purchase(event, position, findings),
            Event::Wallet(event) => self.see_wallet(event, position, findings),
            Event::Generation(event) => self.see_generation(event, position, findings),
            Event::User(_)
            | Event::Artist(_)
            | Event::Webhook(_)
            | Event::Style(_)
            | Event::Model(_)
            | Event::Worker(_)
            | Event::Image(_)
            | Event::Like(_) => {}
        }
    }

    /// At the end of the log nothing is owed any more.
    pub fn finish(&self, findings: &mut Findings) {
        for purchase in self.approved.difference(&self.granted) {
            findings.overall(CHECK, format!("purchase {purchase} was paid and not granted"));
        }
        for purchase in self.granted.difference(&self.approved) {
            findings.overall(CHECK, format!("purchase {purchase} was granted and not paid"));
        }
        for (generation, job) in &self.generations {
            if job.completed && job.earns && !job.paid {
                findings.overall(CHECK, format!("generation {generation} never paid its artist"));
            }
        }
    }

    /// Compares what is open at `head` with the timers: each open purchase, hold and lease rings
    /// some day, or it would stay open for ever.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn compare_timers(
        &self,
        (log, audit): (&Log, &Audit),
        head: i64,
        findings: &mut Findings,
    ) -> Result<()> {
        let purchases = self.open_purchases.iter().map(|id| open("purchase", id.0, id.to_string()));
        let holds = self.open_holds.iter().map(|(owner, asset, hold)| {
            let wallet = WalletId::of(*owner, *asset).0;
            open("wallet", wallet, format!("{wallet}.{hold}"))
        });
        let leased = self.generations.iter().filter(|(_, job)| job.running);
        let leases = leased.map(|(id, _)| open("generation", id.0, id.to_string()));
        for (kinds, open) in [
            (&[PURCHASE_EXPIRY, PURCHASE_RECONCILE][..], purchases.collect::<Vec<_>>()),
            (&[HOLD_EXPIRY][..], holds.collect()),
            (&[LEASE_LOST][..], leases.collect()),
        ] {
            let mut set = HashSet::new();
            for kind in kinds {
                set.extend(audit.timers(kind).await?);
            }
            for open in open.into_iter().filter(|open| !set.contains(&open.timer)) {
                if open.unchanged_since(log, head).await? {
                    let Open { kind, id, timer } = open;
                    let kinds = kinds.join(" or ");
                    let detail = format!("{kind}-{id} is open and has no timer {kinds} {timer}");
                    findings.overall("timers", detail);
                }
            }
        }
        Ok(())
    }

    fn see_purchase(&mut self, event: &PurchaseEvent, position: i64, findings: &mut Findings) {
        match event {
            PurchaseEvent::Initiated { purchase, .. } => {
                self.open_purchases.insert(*purchase);
            }
            PurchaseEvent::Approved { purchase, .. } => {
                if !self.approved.insert(*purchase) {
                    findings.at(CHECK, position, format!("purchase {purchase} was approved twice"));
                }
                self.open_purchases.remove(purchase);
            }
            PurchaseEvent::Declined { purchase, .. }
            | PurchaseEvent::Canceled { purchase, .. }
            | PurchaseEvent::Expired { purchase }
            | PurchaseEvent::Mismatched { purchase, .. }
            | PurchaseEvent::DepositAwaited { purchase, .. } => {
                self.open_purchases.remove(purchase);
            }
            PurchaseEvent::Tampered { .. }
            | PurchaseEvent::ConfirmRequested { .. }
            | PurchaseEvent::PutInDoubt { .. }
            | PurchaseEvent::TokensGranted { .. } => {}
        }
    }

    fn see_wallet(&mut self, event: &WalletEvent, position: i64, findings: &mut Findings) {
        match event {
            WalletEvent::Granted { source: GrantSource::Purchase { purchase }, .. } => {
                if !self.granted.insert(*purchase) {
                    findings.at(CHECK, position, format!("purchase {purchase} was granted twice"));
                }
            }
            WalletEvent::Granted {
                source: GrantSource::Welcome | GrantSource::MakeGood { .. },
                ..
            }
            | WalletEvent::LotExpired { .. }
            | WalletEvent::TransferSent { .. }
            | WalletEvent::TransferReceived { .. } => {}
            WalletEvent::Held { owner, asset, hold, .. } => {
                self.open_holds.insert((*owner, *asset, *hold));
            }
            WalletEvent::Captured { owner, asset, hold, .. }
            | WalletEvent::Released { owner, asset, hold, .. }
            | WalletEvent::HoldExpired { owner, asset, hold, .. } => {
                if !self.open_holds.remove(&(*owner, *asset, *hold)) {
                    findings.at(CHECK, position, format!("hold {hold} was closed while not open"));
                }
            }
            WalletEvent::Earned { generation, .. } => {
                let job = self.generations.entry(*generation).or_default();
                if std::mem::replace(&mut job.paid, true) {
                    findings.at(CHECK, position, format!("generation {generation} paid twice"));
                }
            }
        }
    }

    fn see_generation(&mut self, event: &GenerationEvent, position: i64, findings: &mut Findings) {
        match event {
            GenerationEvent::Requested { generation, lines, .. } => {
                let earns =
                    lines.iter().any(|line| line.payee.is_some() && line.amount > Amount::ZERO);
                self.generations.entry(*generation).or_default().earns = earns;
            }
            GenerationEvent::Started { generation, .. } => {
                self.generations.entry(*generation).or_default().running = true;
            }
            GenerationEvent::AttemptFailed { generation, .. } => {
                self.generations.entry(*generation).or_default().running = false;
            }
            GenerationEvent::Completed { generation, .. } => {
                let job = self.generations.entry(*generation).or_default();
                job.running = false;
                if std::mem::replace(&mut job.completed, true) {
                    findings.at(
                        CHECK,
                        position,
                        format!("generation {generation} completed twice"),
                    );
                }
            }
            GenerationEvent::Failed { generation, .. }
            | GenerationEvent::Canceled { generation } => {
                let job = self.generations.entry(*generation).or_default();
                job.running = false;
                if job.paid {
                    findings.at(
                        CHECK,
                        position,
                        format!("generation {generation} paid and failed"),
                    );
                }
            }
            GenerationEvent::Queued { .. }
            | GenerationEvent::RetryScheduled { .. }
            | GenerationEvent::Settled { .. }
            | GenerationEvent::Published { .. }
            | GenerationEvent::Unpublished { .. } => {}
        }
    }
}

/// Something that is open at the head, its stream and its timer's key.
struct Open {
    kind: &'static str,
    id: Uuid,
    timer: String,
}

fn open(kind: &'static str, id: Uuid, timer: String) -> Open {
    Open { kind, id, timer }
}

impl Open {
    /// Whether nothing closed it while the log was being read: the service may be running.
    async fn unchanged_since(&self, log: &Log, head: i64) -> Result<bool> {
        let mut sequence = 0;
        loop {
            let page = log.stream(self.kind, self.id, sequence, PAGE).await?;
            let Some(last) = page.last() else { return Ok(true) };
            if last.position > head {
                return Ok(false);
            }
            sequence = last.sequence;
        }
    }
}
