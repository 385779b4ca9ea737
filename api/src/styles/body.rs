//! How styles are shown.

use chrono::{DateTime, Utc};
use projections::styles as table;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A style.
#[derive(Debug, Serialize, ToSchema)]
pub struct StyleBody {
    /// Which.
    id: Uuid,
    /// Whose.
    artist_id: Uuid,
    /// The artist's public name.
    artist_name: Option<String>,
    /// Unique per artist, without regard to case.
    name: String,
    /// What it is, in its artist's words.
    description: String,
    /// Tokens per picture.
    cost: i64,
    /// `pending`, or `completed` when it has a model (STY-04).
    training_status: String,
    /// The model that paints it.
    model_id: Option<Uuid>,
    /// Whether everybody sees it and can use it.
    is_published: bool,
    /// Pictures completed with it.
    usage_count: i64,
    /// When it was last published.
    published_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<table::StyleView> for StyleBody {
    fn from(row: table::StyleView) -> Self {
        Self {
            id: row.id,
            artist_id: row.artist_id,
            artist_name: row.artist_name,
            name: row.name,
            description: row.description,
            cost: row.generation_cost_tokens,
            training_status: row.training_status,
            model_id: row.model_id,
            is_published: row.is_active,
            usage_count: row.usage_count,
            published_at: row.published_at,
            created_at: row.created_at,
        }
    }
}

/// What became of a style.
#[derive(Debug, Serialize, ToSchema)]
pub struct StyleStats {
    /// Which.
    id: Uuid,
    /// Pictures completed with it.
    usage_count: i64,
    /// Earned tokens, less the platform's share; only its artist sees them.
    #[serde(skip_serializing_if = "Option::is_none")]
    earned_tokens: Option<i64>,
}

impl StyleStats {
    /// The figures; revenue is the artist's own business.
    pub(super) fn of(row: &table::StyleView, is_own: bool) -> Self {
        let earned_tokens = is_own.then_some(row.earned_tokens);
        Self { id: row.id, usage_count: row.usage_count, earned_tokens }
    }
}
