//! Buckets of NATS: what processes tell each other that is no event and may be lost (D13).

use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::kv;
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use eventstore::broker::Broker;

/// Makes a bucket of the store, whose entries are gone when they are this old, or finds it.
///
/// The client library's own way asks the server for what nats-server 2.9 cannot answer; this makes
/// the stream it would make.
///
/// # Errors
/// NATS is away.
pub async fn open(broker: &Broker, name: &str, kept: Duration) -> anyhow::Result<kv::Store> {
    let bucket = named(broker, name);
    let config = Config {
        name: format!("KV_{bucket}"),
        subjects: vec![format!("$KV.{bucket}.>")],
        max_messages_per_subject: 1,
        max_age: kept,
        storage: StorageType::Memory,
        discard: DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        num_replicas: 1,
        ..Config::default()
    };
    broker.jetstream().create_or_update_stream(config).await.context("make a bucket")?;
    broker.jetstream().get_key_value(bucket).await.context("find a bucket")
}

/// The subject by which an entry is put without waiting for anybody.
#[must_use]
pub fn subject(broker: &Broker, name: &str, key: impl std::fmt::Display) -> String {
    format!("$KV.{}.{key}", named(broker, name))
}

/// The store's own bucket of this name.
fn named(broker: &Broker, name: &str) -> String {
    format!("{name}_{}", broker.store())
}
