//! What happened to a person and to what is theirs, as the log has it: their own sealed fields
//! opened, those of others masked.

use anyhow::Context as _;
use domain::{Asset, LikeId, METADATA, Sealed, UserId, WalletId};
use eventstore::Recorded;
use eventstore::seal::{Keyring, SEALED, SealError, opened};
use projections::own::OwnTable;
use serde_json::{Value, json};
use uuid::Uuid;

use super::archive::Archive;
use crate::app::App;

/// Events of one stream read at once.
const PAGE_EVENTS: i64 = 500;
/// Streams that have the person's id.
const OF_THE_PERSON: [&str; 4] = ["user", "artist", "api_key", "export"];
/// Tables whose rows are streams: the table, the stream's type.
const OF_ROWS: [(&str, &str); 8] = [
    ("user_sessions", "session"),
    ("purchases", "purchase"),
    ("payouts", "payout"),
    ("subscriptions", "subscription"),
    ("invoices", "invoice"),
    ("styles", "style"),
    ("generations", "generation"),
    ("images", "image"),
];
/// The table of likes, whose streams' ids are derived.
const LIKES: &str = "likes";

/// The streams that are a person's.
pub(super) struct OwnEvents {
    person: UserId,
    streams: Vec<(&'static str, Uuid)>,
}

impl OwnEvents {
    /// Those that are known beforehand.
    pub(super) fn of(person: UserId) -> Self {
        let own = OF_THE_PERSON.map(|kind| (kind, person.0));
        let wallets = Asset::ALL.map(|asset| ("wallet", WalletId::of(person, asset).0));
        Self { person, streams: own.into_iter().chain(wallets).collect() }
    }

    /// Notes the streams that rows of a table stand for.
    pub(super) fn follow(&mut self, table: &OwnTable, rows: &[String]) -> anyhow::Result<()> {
        let kind = OF_ROWS.iter().find(|(name, _)| *name == table.name()).map(|(_, kind)| *kind);
        if kind.is_none() && table.name() != LIKES {
            return Ok(());
        }
        for row in rows {
            let row: Value = serde_json::from_str(row).context("read a row")?;
            let id = |column: &str| -> anyhow::Result<Uuid> {
                let text = row.get(column).and_then(Value::as_str).context("a row has no id")?;
                text.parse().context("read a row's id")
            };
            self.streams.push(match kind {
                Some(kind) => (kind, id("id")?),
                None => {
                    let like = LikeId::of(self.person, domain::GenerationId(id("generation_id")?));
                    ("like", like.0)
                }
            });
        }
        Ok(())
    }

    /// Writes all their events, stream by stream.
    pub(super) async fn write(self, app: &App, archive: &mut Archive) -> anyhow::Result<()> {
        for (kind, id) in self.streams {
            let mut after = 0;
            loop {
                let events = app.log.stream(kind, id, after, PAGE_EVENTS).await?;
                let Some(last) = events.last() else { break };
                after = last.sequence;
                let shown = |event| shown(event, self.person.0, &app.keyring);
                let shown = events.iter().map(shown).collect::<anyhow::Result<Vec<_>>>()?;
                archive.items(&shown).await?;
            }
        }
        Ok(())
    }
}

/// An event as its person may see it, as JSON.
fn shown(event: &Recorded, person: Uuid, keyring: &Keyring) -> anyhow::Result<String> {
    let show = |text: &str, event_type: &str| -> anyhow::Result<Value> {
        let open = |sealed: &Sealed, field: &str| -> Result<String, SealError> {
            if sealed.person != person {
                return Ok(SEALED.to_owned());
            }
            keyring.open(sealed, event_type, field)
        };
        let value = serde_json::from_str(text).context("read an event")?;
        opened(value, "", &open).context("open an event")
    };
    let shown = json!({
        "position": event.position,
        "recorded_at": event.recorded_at,
        "stream": format!("{}-{}", event.stream_type, event.stream_id),
        "type": event.event_type,
        "payload": show(&event.payload, &event.event_type)?,
        "metadata": show(&event.metadata, METADATA)?,
    });
    Ok(shown.to_string())
}
