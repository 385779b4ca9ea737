//! How generations are shown: one, mine, and the feed.

use chrono::{DateTime, Utc};
use domain::generations::{Line, Output};
use uuid::Uuid;

use crate::frame::macros::view;
use crate::frame::{Json, Page, Query, ReadError, Reader, Statement};

view! {
    /// A generation with the names around it.
    pub struct GenerationView {
        /// Which.
        pub id: Uuid,
        /// Who asked.
        pub user_id: Uuid,
        /// Their handle.
        pub username: Option<String>,
        /// With which style.
        pub style_id: Option<Uuid>,
        /// Its name.
        pub style_name: Option<String>,
        /// Whose style.
        pub artist_id: Option<Uuid>,
        /// The artist's public name.
        pub artist_name: Option<String>,
        /// With which weights.
        pub model_id: Option<Uuid>,
        /// `style` or `text_to_image`.
        pub job_type: String,
        /// Where it stands.
        pub status: String,
        /// What to paint.
        pub prompt: String,
        /// What not to paint.
        pub negative_prompt: Option<String>,
        /// Pixels.
        pub width: i64,
        /// Pixels.
        pub height: i64,
        /// For example `3:2`.
        pub aspect_ratio: String,
        /// How many.
        pub steps: i64,
        /// Guidance in tenths.
        pub cfg_scale_tenths: i64,
        /// Concrete.
        pub seed: i64,
        /// For example `euler_a`.
        pub sampler: String,
        /// What it costs, as accepted.
        pub lines: Json<Vec<Line>>,
        /// The TOKEN lines together.
        pub cost_tokens: i64,
        /// Spent tokens, once settled.
        pub consumed_tokens: i64,
        /// Tokens given back, once settled.
        pub released_tokens: i64,
        /// Credits set aside for its GPU time.
        pub estimated_credits: i64,
        /// Spent credits, once settled.
        pub actual_credits: i64,
        /// The attempt begun or waited for last.
        pub attempt: i64,
        /// What its owner says about it.
        pub description: Option<String>,
        /// Which one it asks for once more.
        pub retried_from: Option<Uuid>,
        /// Why the last attempt failed.
        pub error_code: Option<String>,
        /// The pictures.
        pub outputs: Json<Vec<Output>>,
        /// GPU milliseconds.
        pub gpu_ms: Option<i64>,
        /// Everybody sees it, or will when it is done.
        pub is_public: bool,
        /// How many like it.
        pub like_count: i64,
        /// When it last joined the queue.
        pub queued_at: Option<DateTime<Utc>>,
        /// When an attempt last began.
        pub started_at: Option<DateTime<Utc>>,
        /// When it ended.
        pub completed_at: Option<DateTime<Utc>>,
        /// Since when everybody sees it.
        pub published_at: Option<DateTime<Utc>>,
        /// When it was asked for.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select g.id, g.user_id, u.username, g.style_id, s.name, g.artist_id, a.artist_name, \
            g.model_id, g.job_type, g.status, g.prompt, g.negative_prompt, g.width, g.height, \
            g.aspect_ratio, g.steps, g.cfg_scale_tenths, g.seed, g.sampler, g.lines, \
            g.cost_tokens, g.consumed_tokens, g.released_tokens, \
            g.estimated_credits, g.actual_credits, g.attempt, g.description, g.retried_from, \
            g.error_code, \
            g.outputs, g.gpu_ms, g.is_public, g.like_count, g.queued_at, g.started_at, \
            g.completed_at, g.published_at, g.created_at, g.updated_at \
            from generations as g left join user_profiles as u on u.id = g.user_id \
            left join styles as s on s.id = g.style_id \
            left join artists as a on a.id = g.artist_id ",
            $rest
        )
    };
}

static ONE: Query<GenerationView> = Query::view(select!("where g.id = $1"));
static MINE: Query<GenerationView> = Query::view(select!(
    "where g.user_id = $1 and (g.created_at, g.id) < ($2, $3) \
    and ($4::text[] is null or g.status = any ($4)) and ($5::uuid is null or g.style_id = $5) \
    order by g.created_at desc, g.id desc limit $6"
));
static NEW: Query<GenerationView> = Query::view(select!(
    "where g.published_at is not null and (g.published_at, g.id) < ($1, $2) \
    order by g.published_at desc, g.id desc limit $3"
));
static NEW_OF_STYLE: Query<GenerationView> = Query::view(select!(
    "where g.published_at is not null and g.style_id = $1 \
    and (g.published_at, g.id) < ($2, $3) \
    order by g.published_at desc, g.id desc limit $4"
));
static TOP: Query<GenerationView> = Query::view(select!(
    "where g.published_at is not null and (g.like_count, g.id) < ($1, $2) \
    and ($3::uuid is null or g.style_id = $3) \
    order by g.like_count desc, g.id desc limit $4"
));

pub(super) static STATEMENTS: &[&dyn Statement] = &[&ONE, &MINE, &NEW, &NEW_OF_STYLE, &TOP];

/// Which of one's own generations are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Only these statuses.
    pub statuses: Option<&'a [String]>,
    /// Only this style.
    pub style: Option<Uuid>,
}

/// The generation of an id. Who may see it is the caller's to check: its owner, and everybody
/// once `published_at` is set.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_id(reader: Reader<'_>, id: Uuid) -> Result<Option<GenerationView>, ReadError> {
    ONE.one(reader, &[&id]).await
}

/// One's own generations, newest first. Reads by `generations_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn mine(
    reader: Reader<'_>,
    user: Uuid,
    filter: Filter<'_>,
    page: Page,
) -> Result<Vec<GenerationView>, ReadError> {
    let Page { key, id, limit, way } = page;
    MINE.page(reader, way, &[&user, &key, &id, &filter.statuses, &filter.style, &limit]).await
}

/// The feed, newest first: completed and public; the page's key is `published_at`. Reads by
/// `generations_public`, of one style by `generations_style`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn newest(
    reader: Reader<'_>,
    style: Option<Uuid>,
    page: Page,
) -> Result<Vec<GenerationView>, ReadError> {
    let Page { key, id, limit, way } = page;
    match style {
        Some(style) => NEW_OF_STYLE.page(reader, way, &[&style, &key, &id, &limit]).await,
        None => NEW.page(reader, way, &[&key, &id, &limit]).await,
    }
}

/// The feed, most liked first; the page's key is a like count. Reads by `generations_liked`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn top(
    reader: Reader<'_>,
    style: Option<Uuid>,
    page: Page<i64>,
) -> Result<Vec<GenerationView>, ReadError> {
    let Page { key, id, limit, way } = page;
    TOP.page(reader, way, &[&key, &id, &style, &limit]).await
}
