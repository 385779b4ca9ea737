//! `balance`: what somebody had of an asset at a position or a time, from the events alone (b3.9).

use std::io::Write;

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Utc};
use domain::{Asset, UserId, WalletId, ledger};
use eventstore::position::Position;
use eventstore::{Entry, Log};
use serde::Serialize;

/// Events of one page.
const PAGE: i64 = 1_000;

/// When to look: a position of the log, or a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// After the event at this position.
    Position(i64),
    /// After the event at the position that this token of the API stands for.
    Token(String),
    /// After the last event recorded at or before this time.
    Time(DateTime<Utc>),
}

impl std::str::FromStr for At {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Ok(position) = text.parse() {
            return Ok(Self::Position(position));
        }
        match DateTime::parse_from_rfc3339(text) {
            Ok(time) => Ok(Self::Time(time.to_utc())),
            Err(_) if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Ok(Self::Token(text.to_owned()))
            }
            Err(_) => bail!("{text:?} is neither a position nor an RFC 3339 time"),
        }
    }
}

/// What was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// Whose.
    pub user: UserId,
    /// Of what.
    pub asset: Asset,
    /// At which position.
    pub position: i64,
    /// Available and held.
    pub posted: i64,
    /// Set aside.
    pub held: i64,
    /// Free to spend.
    pub available: i64,
    /// What was to be taken back and was not there any more.
    pub owed: i64,
}

/// Folds what the user's own wallet says up to `at`, or up to the head.
///
/// # Errors
/// The position lies beyond the head or the time is still to come, nobody has the id, or the database
/// cannot be asked.
pub async fn at(log: &Log, user: UserId, asset: Asset, at: Option<&At>) -> Result<Balance> {
    let head = log.head().await?;
    let position = match at {
        Some(At::Position(position)) => *position,
        Some(At::Token(token)) => {
            let parsed = Position::parse(token, log.store_id().await?);
            parsed.with_context(|| format!("--at {token}"))?.position
        }
        Some(At::Time(time)) => {
            ensure!(*time <= Utc::now(), "--at {time} is still to come: what will be is not known");
            log.position_at(*time).await?.min(head)
        }
        None => head,
    };
    ensure!((0..=head).contains(&position), "the log ends at position {head}");
    let mut balance = Balance { user, asset, position, posted: 0, held: 0, available: 0, owed: 0 };
    let mut sequence = 0;
    loop {
        let page = log.stream("wallet", WalletId::of(user, asset).0, sequence, PAGE).await?;
        let Some(last) = page.last() else { break };
        sequence = last.sequence;
        let beyond = last.position > position;
        for event in page.into_iter().take_while(|event| event.position <= position) {
            balance.post(Entry::decode(event)?.as_ref());
        }
        if beyond {
            break;
        }
    }
    // Who never moved anything has nothing; whom nobody knows is a mistake.
    let known = sequence > 0 || !log.stream("user", user.0, 0, 1).await?.is_empty();
    ensure!(known, "nobody has the id {user}");
    balance.posted = balance.available + balance.held;
    Ok(balance)
}

impl Balance {
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
        let Self { user, asset, position, posted, held, available, owed } = self;
        writeln!(
            out,
            "{user} had at position {position}: {posted} {asset}, {held} held, {available} free, \
            {owed} owed"
        )?;
        Ok(())
    }

    /// The wallet's own stream says what moved; a received transfer was posted by its sender.
    fn post(&mut self, entry: &Entry) {
        let domain::Event::Wallet(event) = &entry.event else { return };
        let (available, held) = ledger::movement(event);
        self.available += available;
        self.held += held;
        self.owed += ledger::owed(event);
    }
}
