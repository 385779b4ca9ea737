//! `history`: one stream's events, readable or as JSON lines. A wallet's stream has an id of its own,
//! made of its owner's and the asset, so it is named by those.

use std::io::Write;

use anyhow::{Context, Result, bail};
use chrono::SecondsFormat;
use domain::{Asset, UserId, WalletId};
use eventstore::{Log, Recorded};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// Events of one page.
const PAGE: i64 = 1_000;

/// The type of wallets' streams.
const WALLET: &str = "wallet";

/// Which stream, as people write it: `purchase-0192f5a0-…`, `wallet-0192f5a0-…-token`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamName {
    /// The aggregate's type.
    pub kind: String,
    /// The aggregate's id.
    pub id: Uuid,
}

impl std::str::FromStr for StreamName {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        let (kind, id) = name.split_once('-').context("a stream is written <type>-<uuid>")?;
        let uuid = |text: &str| {
            let parsed = text.parse::<Uuid>();
            parsed.with_context(|| format!("{text:?} is no uuid; write <type>-<uuid>"))
        };
        let of_wallet = id.rsplit_once('-').filter(|_| kind == WALLET);
        let asset = of_wallet.and_then(|(owner, code)| Some((owner, Asset::parse(code)?)));
        let id = match asset {
            Some((owner, asset)) => WalletId::of(UserId(uuid(owner)?), asset).0,
            None => uuid(id)?,
        };
        Ok(Self { kind: kind.to_owned(), id })
    }
}

#[derive(Serialize)]
struct Line<'a> {
    position: i64,
    sequence: i64,
    recorded_at: chrono::DateTime<chrono::Utc>,
    event_id: Uuid,
    event_type: &'a str,
    event_version: i32,
    payload: &'a RawValue,
    metadata: &'a RawValue,
}

/// Prints a stream from its first event on.
///
/// # Errors
/// The stream has no events, or the database cannot be asked.
pub async fn print(log: &Log, stream: &StreamName, json: bool) -> Result<()> {
    let mut out = std::io::stdout();
    let mut sequence = 0;
    loop {
        let page = log.stream(&stream.kind, stream.id, sequence, PAGE).await?;
        let Some(last) = page.last().map(|event| event.sequence) else { break };
        for event in &page {
            writeln!(out, "{}", if json { json_line(event)? } else { line(event) })?;
        }
        sequence = last;
    }
    if sequence == 0 {
        let advice = match stream.kind.as_str() {
            WALLET => "a wallet is named by its owner, wallet-<user>-<asset>",
            _ => "check the type and the id",
        };
        bail!("{}-{} has no events: {advice}", stream.kind, stream.id);
    }
    Ok(())
}

fn json_line(event: &Recorded) -> Result<String> {
    let line = Line {
        position: event.position,
        sequence: event.sequence,
        recorded_at: event.recorded_at,
        event_id: event.event_id,
        event_type: &event.event_type,
        event_version: event.event_version,
        payload: serde_json::from_str(&event.payload)?,
        metadata: serde_json::from_str(&event.metadata)?,
    };
    Ok(serde_json::to_string(&line)?)
}

fn line(event: &Recorded) -> String {
    // As `balance --at` and `statement --from` take it.
    let time = event.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let Recorded { sequence, position, event_type, payload, .. } = event;
    format!("{sequence:>6} @{position:<8} {time}  {event_type:<28} {payload}")
}
