//! What surrounds every event: who caused it, in which request, because of what (b0).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Sealed;

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A signed-in person.
    User(Uuid),
    /// A GPU worker.
    Worker(Uuid),
    /// A provider's delivery, by provider name.
    Webhook(String),
    /// A process or timer, by name.
    Process(String),
    /// An operator at the command line.
    Operator,
}

/// The actor as one word: `user:<id>`, `operator`, `process:<name>`.
impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Worker(id) => write!(f, "worker:{id}"),
            Self::Webhook(name) => write!(f, "webhook:{name}"),
            Self::Process(name) => write!(f, "process:{name}"),
            Self::Operator => f.write_str("operator"),
        }
    }
}

/// Stored with every event, as text, hashed with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Who asked.
    pub actor: Actor,
    /// When the business says it happened, by the edge's clock; the log's own time is `recorded_at`.
    pub occurred_at: DateTime<Utc>,
    /// Shared by everything that follows from one request.
    pub correlation_id: Uuid,
    /// The event that caused this one, for processes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<Uuid>,
    /// The HTTP request's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// W3C trace context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The session it was asked in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<Uuid>,
    /// The API key it was asked with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_id: Option<Uuid>,
    /// The address it was asked from, sealed with the actor's key as [`METADATA`] (SEC-06). Only
    /// persons leave one: what has no person's key could never be forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<Sealed>,
    /// The `User-Agent` it was asked with, sealed like the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Sealed>,
}

/// What sealed fields of metadata are bound to, in the place of an event type: metadata is sealed
/// before it is known which events it will surround.
pub const METADATA: &str = "metadata";

impl Metadata {
    /// What every event has; the rest is absent.
    #[must_use]
    pub fn new(actor: Actor, occurred_at: DateTime<Utc>, correlation_id: Uuid) -> Self {
        Self {
            actor,
            occurred_at,
            correlation_id,
            causation_id: None,
            request_id: None,
            traceparent: None,
            session_id: None,
            api_key_id: None,
            ip: None,
            user_agent: None,
        }
    }
}
