//! What surrounds every event: who caused it, in which request, because of what (b0).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
}
