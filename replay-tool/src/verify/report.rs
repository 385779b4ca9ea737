//! What `verify` says, for people and for machines.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use serde::Serialize;

use super::finding::Finding;

/// The outcome of one pass over the log.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether nothing was found.
    pub ok: bool,
    /// The last position that was read.
    pub head: i64,
    /// Hex hash of the last block: written down elsewhere, it shows a cut tail.
    pub head_hash: String,
    /// How many streams there are.
    pub streams: usize,
    /// How many unique values are held.
    pub claims: usize,
    /// How many deliveries of providers wait for their outcome; of a service at rest none.
    pub deliveries_waiting: usize,
    /// Sum of all accounts per asset; zero.
    pub trial_balance: BTreeMap<String, i64>,
    /// What is wrong, at most [`super::FINDINGS_MAX`].
    pub findings: Vec<Finding>,
}

impl Report {
    /// Prints it.
    ///
    /// # Errors
    /// It does not serialize, or nobody reads it.
    pub fn print(&self, json: bool) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if json {
            writeln!(out, "{}", serde_json::to_string(self)?)?;
            return Ok(());
        }
        for Finding { check, position, detail } in &self.findings {
            match position {
                Some(position) => {
                    writeln!(out, "WRONG at position {position} ({check}): {detail}")?;
                }
                None => writeln!(out, "WRONG ({check}): {detail}")?,
            }
        }
        let Self { head, head_hash, streams, claims, .. } = self;
        let sums: Vec<_> = self.trial_balance.iter().map(|(a, sum)| format!("{a} {sum}")).collect();
        let balance = if sums.is_empty() { "no money yet".to_owned() } else { sums.join(", ") };
        writeln!(out, "read     {head} events in {streams} streams, {claims} claims held")?;
        writeln!(out, "head     {head} {head_hash}")?;
        writeln!(out, "balance  {balance}")?;
        if self.deliveries_waiting > 0 {
            writeln!(out, "waiting  {} deliveries of providers", self.deliveries_waiting)?;
        }
        let verdict = if self.ok { "everything holds" } else { "the log is NOT as it must be" };
        writeln!(out, "verdict  {verdict}")?;
        Ok(())
    }
}
