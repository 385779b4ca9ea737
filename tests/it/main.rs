//! Integration tests: one binary, a module per area, on a real PostgreSQL and real NATS servers.

mod support;
mod tidy;
