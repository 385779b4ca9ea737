//! A second reader: everything again through postgres-es and its own decoding, compared by value
//! and count (D6). It knows no positions, so both sides are summed up in no order.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Context, Result};
use cqrs_es::persist::PersistedEventRepository;
use domain::{
    artists::Artist, generations::Generation, images::Image, likes::Like, models::Model,
    purchases::Purchase, styles::Style, users::User, wallets::Wallet, webhooks::Webhook,
    workers::Worker,
};
use eventstore::Entry;
use postgres_es::PostgresEventRepository;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::finding::Findings;

/// Connections of the second reader.
const POOL: u32 = 2;

/// How many events of each kind there are, and what they say in sum.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Sums(HashMap<String, Sum>);

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Sum {
    count: u64,
    digest: u64,
}

impl Sums {
    /// Adds an event as our own reader has it.
    pub fn see(&mut self, entry: &Entry) {
        let event = &entry.recorded;
        self.add(&event.stream_type, &event.stream_id.to_string(), event.sequence, &entry.event);
    }

    /// Reads everything a second time and compares.
    ///
    /// Meant for a log at rest: what is appended meanwhile is seen by this reader alone.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn compare(&self, url: &str, findings: &mut Findings) -> Result<()> {
        let options: PgConnectOptions = url.parse().context("the database URL")?;
        let options = options.options([("search_path", "es_compat")]);
        let pool = PgPoolOptions::new().max_connections(POOL).connect_with(options).await?;
        let reader = PostgresEventRepository::new(pool);
        let mut other = Self::default();
        macro_rules! read {
            ($($aggregate:ty => $context:ident),+ $(,)?) => {
                $({
                    use cqrs_es::Aggregate;
                    let mut events = reader.stream_all_events::<$aggregate>().await?;
                    while let Some(event) = events.next::<$aggregate>(&[]).await {
                        let event = event?;
                        let sequence = i64::try_from(event.sequence)?;
                        let payload = domain::Event::$context(event.payload);
                        other.add(<$aggregate>::TYPE, &event.aggregate_id, sequence, &payload);
                    }
                })+
            };
        }
        read!(
            User => User, Artist => Artist, Wallet => Wallet, Purchase => Purchase,
            Webhook => Webhook, Style => Style, Model => Model, Generation => Generation,
            Worker => Worker, Image => Image, Like => Like,
        );
        self.differ(&other, findings);
        Ok(())
    }

    fn differ(&self, other: &Self, findings: &mut Findings) {
        let mut kinds: Vec<&String> = self.0.keys().chain(other.0.keys()).collect();
        kinds.sort();
        kinds.dedup();
        for kind in kinds {
            let ours = self.0.get(kind).copied().unwrap_or_default();
            let theirs = other.0.get(kind).copied().unwrap_or_default();
            if ours.count != theirs.count {
                let (ours, theirs) = (ours.count, theirs.count);
                let detail = format!("{kind}: {ours} events here, {theirs} through postgres-es");
                findings.overall("independent", detail);
            } else if ours.digest != theirs.digest {
                findings.overall("independent", format!("{kind}: both readers differ in content"));
            }
        }
    }

    fn add(&mut self, kind: &str, id: &str, sequence: i64, event: &domain::Event) {
        let mut hasher = DefaultHasher::new();
        (id, sequence).hash(&mut hasher);
        format!("{event:?}").hash(&mut hasher);
        let sum = self.0.entry(kind.to_owned()).or_default();
        sum.count += 1;
        sum.digest = sum.digest.wrapping_add(hasher.finish());
    }
}
