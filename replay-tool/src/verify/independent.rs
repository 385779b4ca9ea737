//! A second reader: everything again through postgres-es and its own decoding, compared by value
//! and count (D6). It knows no positions, so both sides are summed up in no order.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Context, Result};
use cqrs_es::persist::PersistedEventRepository;
use domain::{
    Event,
    adjustments::{Adjustment, Allowance},
    artists::Artist,
    exports::Exports,
    generations::Generation,
    images::Image,
    invoices::Invoice,
    keys::ApiKeys,
    likes::Like,
    models::Model,
    packages::TokenPackage,
    payouts::Payout,
    plans::Plan,
    purchases::Purchase,
    sessions::Session,
    styles::Style,
    subscriptions::Subscription,
    users::User,
    wallets::Wallet,
    webhooks::Webhook,
    workers::Worker,
};
use eventstore::RecordedRef;
use postgres_es::PostgresEventRepository;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use super::finding::Findings;
use super::streams::Streams;

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
    pub fn see(&mut self, event: RecordedRef<'_>, decoded: &Event) {
        self.add((event.stream_type, event.stream_id), event.sequence, decoded);
    }

    /// Reads everything a second time and compares.
    ///
    /// What was appended since the first reading is not counted: sequences grow without gaps, so
    /// it lies beyond the last one of `streams`.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn compare(
        &self,
        url: &str,
        streams: &Streams,
        findings: &mut Findings,
    ) -> Result<()> {
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
                        let stream = (<$aggregate>::TYPE, event.aggregate_id.parse()?);
                        if sequence <= streams.last(stream.0, stream.1) {
                            other.add(stream, sequence, &Event::$context(event.payload));
                        }
                    }
                })+
                // A context that is not read here does not compile.
                const fn _every_context(event: &Event) {
                    match event { $(Event::$context(_))|+ => {} }
                }
            };
        }
        read!(
            User => User, Artist => Artist, Wallet => Wallet, Adjustment => Adjustment, Allowance => Allowance,
            TokenPackage => Package, Purchase => Purchase, Payout => Payout, Plan => Plan, Subscription => Subscription,
            Invoice => Invoice, Webhook => Webhook, Style => Style, Model => Model,
            Generation => Generation, Worker => Worker, Image => Image, Like => Like,
            Session => Session, ApiKeys => Key, Exports => Export,
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

    fn add(&mut self, (kind, id): (&str, Uuid), sequence: i64, event: &Event) {
        let mut hasher = DefaultHasher::new();
        (id, sequence).hash(&mut hasher);
        format!("{event:?}").hash(&mut hasher);
        if !self.0.contains_key(kind) {
            self.0.insert(kind.to_owned(), Sum::default());
        }
        let Some(sum) = self.0.get_mut(kind) else { return };
        sum.count += 1;
        sum.digest = sum.digest.wrapping_add(hasher.finish());
    }
}
