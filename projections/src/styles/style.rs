//! The table `styles`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::{table, view};
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// A style (STY-01).
    pub struct Style: "styles" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Whose.
        pub artist_id: Uuid,
        /// Unique per artist without regard to case.
        pub name: String,
        /// What it is.
        pub description: String,
        /// The model that paints it.
        pub model_id: Option<Uuid>,
        /// `pending`, or `completed` when a model is ready (STY-04).
        pub training_status: String,
        /// Licence fee per image (STY-07).
        pub generation_cost_tokens: i64,
        /// Published: everybody sees it and can use it.
        pub is_active: bool,
        /// Completed generations (STY-08).
        pub usage_count: i64,
        /// What it earned its artist, after the platform's share.
        pub earned_tokens: i64,
        /// When it was last published.
        pub published_at: Option<DateTime<Utc>>,
        /// When it was made.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("artist_id").public_when("published_at is not null") }
    checks {
        styles_generation_cost_tokens_check: "generation_cost_tokens >= 0",
        styles_training_status_check: "training_status in ('pending', 'completed')",
        styles_published_check: "not is_active or model_id is not null",
    }
    indexes {
        styles_artist: "(artist_id, created_at desc, id desc)",
        styles_active: "(created_at desc, id desc) where is_active",
        styles_usage: "(usage_count desc, id desc) where is_active",
    }
}

view! {
    /// A style with its artist's name.
    pub struct StyleView {
        /// Which.
        pub id: Uuid,
        /// Whose.
        pub artist_id: Uuid,
        /// The artist's public name; none while `artists` lags behind.
        pub artist_name: Option<String>,
        /// Its name.
        pub name: String,
        /// What it is.
        pub description: String,
        /// The model that paints it.
        pub model_id: Option<Uuid>,
        /// `pending` or `completed`.
        pub training_status: String,
        /// Licence fee per image.
        pub generation_cost_tokens: i64,
        /// Published.
        pub is_active: bool,
        /// Completed generations.
        pub usage_count: i64,
        /// What it earned its artist.
        pub earned_tokens: i64,
        /// When it was last published.
        pub published_at: Option<DateTime<Utc>>,
        /// When it was made.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select s.id, s.artist_id, a.artist_name, s.name, s.description, s.model_id, \
            s.training_status, s.generation_cost_tokens, s.is_active, s.usage_count, \
            s.earned_tokens, s.published_at, s.created_at, s.updated_at \
            from styles as s left join artists as a on a.id = s.artist_id ",
            $rest
        )
    };
}

static ONE: Query<StyleView> = Query::view(select!("where s.id = $1"));
static NEW: Query<StyleView> = Query::view(select!(
    "where s.is_active and (s.created_at, s.id) < ($1, $2) \
    order by s.created_at desc, s.id desc limit $3"
));
static POPULAR: Query<StyleView> = Query::view(select!(
    "where s.is_active and (s.usage_count, s.id) < ($1, $2) \
    order by s.usage_count desc, s.id desc limit $3"
));
static OF_ARTIST: Query<StyleView> = Query::view(select!(
    "where s.artist_id = $1 and (s.is_active or not $2) and (s.created_at, s.id) < ($3, $4) \
    order by s.created_at desc, s.id desc limit $5"
));

static UNUSED: Query<Style> = Query::rows(
    "where id = any ($1) and usage_count = 0 \
    and not exists (select from style_uses as u where u.style_id = styles.id)",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&ONE, &NEW, &POPULAR, &OF_ARTIST, &UNUSED];

/// The style of an id, published or not.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_id(reader: Reader<'_>, id: Uuid) -> Result<Option<StyleView>, ReadError> {
    ONE.one(reader, &[&id]).await
}

/// Published styles, newest first. Reads by `styles_active`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn newest(reader: Reader<'_>, page: Page) -> Result<Vec<StyleView>, ReadError> {
    let Page { key, id, limit, way } = page;
    NEW.page(reader, way, &[&key, &id, &limit]).await
}

/// Published styles, most used first; the page's key is a usage count. Reads by `styles_usage`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn popular(reader: Reader<'_>, page: Page<i64>) -> Result<Vec<StyleView>, ReadError> {
    let Page { key, id, limit, way } = page;
    POPULAR.page(reader, way, &[&key, &id, &limit]).await
}

/// One artist's styles, newest first, perhaps only the published ones. Reads by `styles_artist`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn of_artist(
    reader: Reader<'_>,
    artist: Uuid,
    only_published: bool,
    page: Page,
) -> Result<Vec<StyleView>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_ARTIST.page(reader, way, &[&artist, &only_published, &key, &id, &limit]).await
}

/// Those of these styles that nobody has painted in, nor is about to; for operators and processes.
///
/// # Errors
/// The read tables cannot be read.
pub async fn unused(reader: Reader<'_>, ids: &[Uuid]) -> Result<Vec<Style>, ReadError> {
    UNUSED.all(reader, &[&ids]).await
}
