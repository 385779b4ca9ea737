//! Integration tests: one binary, a module per area, on a real PostgreSQL and real NATS servers.

mod events_golden;
mod log_append;
mod log_chain;
mod log_migrate;
mod log_order;
mod log_privileges;
mod log_repository;
mod consumer_ground;
mod consumer_history;
mod consumer_once;
mod relay_order;
mod relay_outage;
mod statements;
mod support;
mod tidy;
mod writer_decides;
mod writer_ground;
mod writer_keys;
mod writer_outage;
mod writer_proxy;
