//! What the tests of projections stand on: a history made by hand that touches every read table,
//! and read tables filled from it.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Actor, Event, Metadata};
use eventstore::consumer::Consumer;
use eventstore::seal::{Keyring, MasterKey};
use eventstore::{Entry, Log, Recorded};
use projections::frame::Reads;
use projections::rebuild::Workshop;
use projections::{ALL, Projection, Projector};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::projections_story::{PERSONS, story};
use crate::support::{Database, Role, database};

/// A database with read tables, and the story as entries.
pub struct Ground {
    pub database: Database,
    pub shop: Workshop,
    pub entries: Vec<Arc<Entry>>,
}

/// Empty read tables, the story in the log, the persons' keys in the vault.
pub async fn ground() -> Ground {
    let database = database().await;
    let pool = database.pool(Role::Projector);
    let master = MasterKey::from_base64("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap();
    let shop = Workshop {
        log: Log::new(pool.clone()),
        pool: pool.clone(),
        keyring: Keyring::new(pool.clone(), master.clone()),
    };
    projections::schema::create(&mut pool.get().await.unwrap()).await.unwrap();
    let key = master.new_person_key().unwrap();
    let seal = |person, field: (&str, &str), text: &str| {
        master.seal_with(&key, person, field, text).unwrap()
    };
    let admin = database.client(Role::Superuser).await;
    for person in PERSONS {
        const KEEP: &str =
            "insert into vault.records (kind, key, bytes) values ('person-key', $1, $2)";
        admin.execute(KEEP, &[&person.to_string(), &key]).await.unwrap();
    }
    let entries = record(story(&seal));
    write_log(&admin, &entries).await;
    Ground { database, shop, entries }
}

impl Ground {
    /// The read tables as the api sees them.
    pub fn reads(&self) -> Reads {
        Reads::new(self.database.pool(Role::Api))
    }

    /// Fills the live tables, as the service does, in batches of this size.
    pub async fn play(&self, size: usize) {
        for projector in ALL {
            self.play_some(*projector, &self.entries, size).await;
        }
    }

    /// Fills one projector's live tables with these events, the first ones of the log.
    pub async fn play_some(
        &self,
        projector: &'static dyn Projector,
        entries: &[Arc<Entry>],
        size: usize,
    ) {
        let mut client = self.shop.pool.get().await.unwrap();
        let mut projection = Projection::new(projector, self.shop.keyring.clone());
        for entries in entries.chunks(size) {
            let Some(work) = projection.prepare(entries).await.unwrap() else { continue };
            let tx = client.transaction().await.unwrap();
            projection.apply(&tx, work).await.unwrap();
            tx.commit().await.unwrap();
        }
        let last = &entries.last().unwrap().recorded;
        const MOVE: &str = "insert into control.checkpoints \
            (projection, generation, schema, position, event_id, updated_at) \
            values ($1, 1, 'read', $2, $3, now())";
        client.execute(MOVE, &[&projector.name(), &last.position, &last.event_id]).await.unwrap();
    }

    /// Every row of every table of a schema as text.
    pub async fn dump(&self, schema: &str) -> Vec<String> {
        let client = self.database.client(Role::Superuser).await;
        let mut dump = Vec::new();
        for table in ALL.iter().flat_map(|projector| projector.tables()) {
            dump.extend(rows(&client, schema, table.name).await);
        }
        dump
    }
}

async fn rows(client: &Client, schema: &str, table: &str) -> Vec<String> {
    let statement =
        format!("select t::text from \"{schema}\".{table} as t order by t::text collate \"C\"");
    let rows = client.query(&statement, &[]).await.unwrap();
    rows.iter().map(|row| format!("{table} {}", row.get::<_, String>(0))).collect()
}

/// When the event at a position was recorded.
pub fn recorded_at(position: i64) -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(position)
}

/// The story as the log has it: one event a second.
fn record(story: Vec<(Uuid, Event)>) -> Vec<Arc<Entry>> {
    let mut lasts = std::collections::HashMap::new();
    let recorded = (1..).zip(story).map(|(position, (stream_id, event))| {
        let event_type = event.type_name().to_owned();
        let stream_type = event_type.split_once('.').unwrap().0.to_owned();
        let last: &mut i64 = lasts.entry((stream_type.clone(), stream_id)).or_default();
        *last += 1;
        let correlation_id = Uuid::from_u128(0xc0 + position as u128 / 10);
        let metadata = Metadata::new(Actor::Operator, recorded_at(position), correlation_id);
        Recorded {
            position,
            recorded_at: recorded_at(position),
            event_id: Uuid::from_u128(0xe0_0000 + position as u128),
            stream_type,
            stream_id,
            sequence: *last,
            event_type,
            event_version: 1,
            payload: payload(&event),
            metadata: serde_json::to_string(&metadata).unwrap(),
        }
    });
    recorded.map(|recorded| Entry::decode(recorded).unwrap()).collect()
}

fn payload(event: &Event) -> String {
    event.encode().unwrap()
}

async fn write_log(admin: &Client, entries: &[Arc<Entry>]) {
    const EVENT: &str = "insert into es.events (position, recorded_at, event_id, stream_id, \
        stream_type, sequence, event_type, event_version, payload, metadata) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::json, $10::text::json)";
    const BLOCK: &str = "insert into es.blocks (first, count, recorded_at, hash, leaves) \
        values ($1, 1, $2, decode(repeat('00', 32), 'hex'), '')";
    for entry in entries {
        let e = &entry.recorded;
        admin
            .execute(
                EVENT,
                &[
                    &e.position,
                    &e.recorded_at,
                    &e.event_id,
                    &e.stream_id,
                    &e.stream_type,
                    &e.sequence,
                    &e.event_type,
                    &e.event_version,
                    &e.payload,
                    &e.metadata,
                ],
            )
            .await
            .unwrap();
        admin.execute(BLOCK, &[&e.position, &e.recorded_at]).await.unwrap();
    }
}
