//! What `verify` says, for people and for machines.

use std::collections::BTreeMap;

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
    /// It does not serialize.
    pub fn print(&self, json: bool) -> Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        for Finding { check, position, detail } in &self.findings {
            match position {
                Some(position) => println!("WRONG at position {position} ({check}): {detail}"),
                None => println!("WRONG ({check}): {detail}"),
            }
        }
        let Self { head, head_hash, streams, claims, .. } = self;
        let sums: Vec<_> = self.trial_balance.iter().map(|(a, sum)| format!("{a} {sum}")).collect();
        println!("read     {head} events in {streams} streams, {claims} claims held");
        println!("head     {head} {head_hash}");
        println!(
            "balance  {}",
            if sums.is_empty() { "no money yet".into() } else { sums.join(", ") }
        );
        if self.deliveries_waiting > 0 {
            println!("waiting  {} deliveries of providers", self.deliveries_waiting);
        }
        let verdict = if self.ok { "everything holds" } else { "the log is NOT as it must be" };
        println!("verdict  {verdict}");
        Ok(())
    }
}
