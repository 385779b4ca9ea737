//! `statement`: what came and went in a wallet between two times, from the events alone, to hold
//! beside a statement somebody was given (b3.10).

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Result, ensure};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::{Asset, UserId, WalletId, ledger};
use eventstore::{Entry, Log};
use serde::Serialize;

/// Events of one page.
const PAGE: i64 = 1_000;

/// One movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Where in the log.
    pub position: i64,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// What happened, for example `wallet.granted`.
    pub event_type: String,
    /// Below zero when it left.
    pub amount: i64,
    /// Owned afterwards.
    pub balance_after: i64,
}

/// What came and went, from one time until before another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// Whose.
    pub user: UserId,
    /// Of what.
    pub asset: Asset,
    /// From then on; from the beginning if `None`.
    pub from: Option<DateTime<Utc>>,
    /// Until before then; until now if `None`.
    pub to: Option<DateTime<Utc>>,
    /// Owned before the first movement.
    pub opening_balance: i64,
    /// Owned after the last one.
    pub closing_balance: i64,
    /// The movements' sums by what happened.
    pub totals: BTreeMap<String, i64>,
    /// The movements, in the log's order.
    pub lines: Vec<Line>,
}

/// Folds what the user's own wallet says.
///
/// # Errors
/// The times are the wrong way round, or the database cannot be asked.
pub async fn between(
    log: &Log,
    (user, asset): (UserId, Asset),
    (from, to): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
) -> Result<Statement> {
    ensure!(from.zip(to).is_none_or(|(from, to)| from < to), "--from must lie before --to");
    let (opening_balance, closing_balance) = (0, 0);
    let (totals, lines) = (BTreeMap::new(), Vec::new());
    let mut statement =
        Statement { user, asset, from, to, opening_balance, closing_balance, totals, lines };
    let mut sequence = 0;
    loop {
        let page = log.stream("wallet", WalletId::of(user, asset).0, sequence, PAGE).await?;
        let Some(last) = page.last() else { return Ok(statement) };
        sequence = last.sequence;
        for event in page {
            if to.is_some_and(|to| event.recorded_at >= to) {
                return Ok(statement);
            }
            statement.post(Entry::decode(event)?.as_ref());
        }
    }
}

impl Statement {
    fn post(&mut self, entry: &Entry) {
        let domain::Event::Wallet(event) = &entry.event else { return };
        let (available, held) = ledger::movement(event);
        let amount = available + held;
        if amount == 0 {
            return; // Set aside or given back: nothing came or went.
        }
        self.closing_balance += amount;
        let recorded = &entry.recorded;
        if self.from.is_some_and(|from| recorded.recorded_at < from) {
            self.opening_balance += amount;
            return;
        }
        *self.totals.entry(recorded.event_type.clone()).or_default() += amount;
        self.lines.push(Line {
            position: recorded.position,
            recorded_at: recorded.recorded_at,
            event_type: recorded.event_type.clone(),
            amount,
            balance_after: self.closing_balance,
        });
    }

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
        writeln!(out, "{} opens with {} {}", self.user, self.opening_balance, self.asset)?;
        for line in &self.lines {
            let time = line.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true);
            let Line { position, event_type, amount, balance_after, .. } = line;
            writeln!(
                out,
                "{position:>10}  {time}  {event_type:<25} {amount:>+14} {balance_after:>14}"
            )?;
        }
        for (event_type, amount) in &self.totals {
            writeln!(out, "{:>10}  {:>27}  {event_type:<25} {amount:>+14}", "", "together")?;
        }
        writeln!(out, "{} closes with {} {}", self.user, self.closing_balance, self.asset)?;
        Ok(())
    }
}
