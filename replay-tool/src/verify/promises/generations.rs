//! Each completed generation is paid and pays its artist once, exactly what was agreed, and takes no
//! more credits than were set aside; one that failed costs nothing and pays nobody, and one that was
//! canceled costs no more than credits.

use std::collections::HashMap;

use domain::generations::{GenerationEvent, Line};
use domain::wallets::{Draw, Earn, Purpose, WalletEvent};
use domain::{Amount, Asset, GenerationId, StyleId, UserId};

use super::CHECK;
use crate::verify::finding::Findings;

/// Generations and what became of them.
#[derive(Debug, Default)]
pub(super) struct Generations(HashMap<GenerationId, Job>);

/// One generation; positions where it happened.
#[derive(Debug, Default)]
struct Job {
    price: Amount,
    /// The CREDIT line: the most its GPU time may cost.
    credits: Amount,
    /// What its artist earns by its completion.
    share: Option<Box<WalletEvent>>,
    completed: Option<i64>,
    canceled: Option<i64>,
    captured: Option<i64>,
    charged: Option<i64>,
    paid: Option<i64>,
}

impl Generations {
    pub(super) fn see(&mut self, event: &GenerationEvent, position: i64, findings: &mut Findings) {
        match event {
            GenerationEvent::Requested {
                generation, user, style, lines, fee_basis_points, ..
            } => {
                let line = |asset| lines.iter().find(move |line| line.asset == asset);
                let job = self.0.entry(*generation).or_default();
                job.credits = line(Asset::Credit).map_or(Amount::ZERO, |line| line.amount);
                let Some(line) = line(Asset::Token) else { return };
                job.price = line.amount;
                job.share = share(*generation, (*user, *style), line, *fee_basis_points);
            }
            GenerationEvent::Completed { generation, .. } => {
                let job = self.0.entry(*generation).or_default();
                if job.completed.replace(position).is_some() {
                    let detail = format!("generation {generation} completed twice");
                    findings.at(CHECK, position, detail);
                }
            }
            GenerationEvent::Canceled { generation } => {
                self.0.entry(*generation).or_default().canceled = Some(position);
            }
            GenerationEvent::Queued { .. }
            | GenerationEvent::Described { .. }
            | GenerationEvent::Started { .. }
            | GenerationEvent::AttemptFailed { .. }
            | GenerationEvent::RetryScheduled { .. }
            | GenerationEvent::Failed { .. }
            | GenerationEvent::Settled { .. }
            | GenerationEvent::Published { .. }
            | GenerationEvent::Unpublished { .. } => {}
        }
    }

    pub(super) fn see_wallet(
        &mut self,
        event: &WalletEvent,
        position: i64,
        findings: &mut Findings,
    ) {
        match event {
            WalletEvent::Captured {
                purpose: Purpose::Generation(generation),
                asset: Asset::Credit,
                captured,
                ..
            } => {
                let job = self.0.entry(*generation).or_default();
                let (most, spent) = (job.credits.get(), total(captured));
                if spent > most {
                    let detail = format!("generation {generation} cost {spent} credits of {most}");
                    findings.at(CHECK, position, detail);
                }
                if job.charged.replace(position).is_some() {
                    let detail = format!("generation {generation} took credits twice");
                    findings.at(CHECK, position, detail);
                }
            }
            WalletEvent::Captured {
                purpose: Purpose::Generation(generation), captured, ..
            } => {
                let job = self.0.entry(*generation).or_default();
                let (price, spent) = (job.price.get(), total(captured));
                if spent != price {
                    let detail = format!("generation {generation} cost {spent}, not {price}");
                    findings.at(CHECK, position, detail);
                }
                if job.captured.replace(position).is_some() {
                    let detail = format!("generation {generation} was charged twice");
                    findings.at(CHECK, position, detail);
                }
            }
            WalletEvent::Earned { generation, .. } => {
                let job = self.0.entry(*generation).or_default();
                if job.share.as_deref() != Some(event) {
                    let detail = format!("generation {generation} pays otherwise than agreed");
                    findings.at(CHECK, position, detail);
                }
                if job.paid.replace(position).is_some() {
                    findings.at(CHECK, position, format!("generation {generation} paid twice"));
                }
            }
            WalletEvent::Captured { purpose: Purpose::Payout(_) | Purpose::Refund(_), .. }
            | WalletEvent::Granted { .. }
            | WalletEvent::Held { .. }
            | WalletEvent::Released { .. }
            | WalletEvent::HoldExpired { .. }
            | WalletEvent::LotExpired { .. }
            | WalletEvent::TransferSent { .. }
            | WalletEvent::TransferReceived { .. }
            | WalletEvent::Revoked { .. }
            | WalletEvent::DebtRecorded { .. }
            | WalletEvent::DebtSettled { .. }
            | WalletEvent::Adjusted { .. }
            | WalletEvent::OverrunAbsorbed { .. }
            | WalletEvent::TipSent { .. }
            | WalletEvent::TipEarned { .. }
            | WalletEvent::AlertsSet { .. }
            | WalletEvent::RanLow { .. }
            | WalletEvent::EndsSoon { .. } => {}
        }
    }

    pub(super) fn finish(&self, findings: &mut Findings) {
        for (generation, job) in &self.0 {
            let mut broken = |position: Option<i64>, what: &str| {
                if let Some(position) = position {
                    findings.at(CHECK, position, format!("generation {generation} {what}"));
                }
            };
            if job.completed.is_none() && job.canceled.is_none() {
                broken(job.charged, "took credits and was neither completed nor canceled");
            }
            if job.charged.is_none() && !job.credits.is_zero() {
                broken(job.completed, "was completed and took no credits");
            }
            if job.completed.is_none() {
                broken(job.captured, "was charged for and never completed");
                broken(job.paid, "paid its artist and never completed");
            }
            if job.captured.is_none() && !job.price.is_zero() {
                broken(job.completed, "was completed and never charged for");
            }
            if job.paid.is_none() && job.share.is_some() {
                broken(job.completed, "was completed and never paid its artist");
            }
        }
    }
}

fn total(draws: &[Draw]) -> i64 {
    Amount::total(draws.iter().map(|draw| draw.amount))
}

/// What the artist will earn, by the domain's own arithmetic.
fn share(
    generation: GenerationId,
    (payer, style): (UserId, Option<StyleId>),
    line: &Line,
    fee_basis_points: u32,
) -> Option<Box<WalletEvent>> {
    let (artist, style) = line.payee.zip(style)?;
    let gross = line.amount;
    Earn { artist, generation, style, payer, gross, fee_basis_points }.event().map(Box::new)
}
