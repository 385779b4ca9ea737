//! The table `models`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// Weights (MOD-01).
    pub struct Model: "models" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Unique.
        pub name: String,
        /// For people.
        pub display_name: String,
        /// `main`, `vae`, `lora`, `controlnet`, `ip_adapter`, `embedding` or `upscaler`.
        pub model_type: String,
        /// `sd-1`, `sd-2`, `sdxl` or `flux`.
        pub base: String,
        /// Where the weights lie in the object store.
        pub path: String,
        /// Bytes of the weights.
        pub file_size: i64,
        /// Hex SHA-256 of the weights.
        pub hash: String,
        /// The style it makes publishable.
        pub style_id: Option<Uuid>,
        /// When it was registered.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::EVERYBODY }
    checks {}
    indexes {
        models_created: "(created_at desc, id desc)",
        models_type: "(model_type, created_at desc, id desc)",
        models_base: "(base, created_at desc, id desc)",
        models_style: "(style_id) where style_id is not null",
    }
}

static BY_ID: Query<Model> = Query::rows("where id = $1");
static PAGE: Query<Model> = Query::rows(
    "where (created_at, id) < ($1, $2) \
    and ($3::text is null or model_type = $3) and ($4::text is null or base = $4) \
    order by created_at desc, id desc limit $5",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BY_ID, &PAGE];

/// The model of an id.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_id(reader: Reader<'_>, id: Uuid) -> Result<Option<Model>, ReadError> {
    BY_ID.one(reader, &[&id]).await
}

/// Models, newest first, perhaps of one type and base only. Reads by
/// `models_created`, `models_type` or `models_base`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn page(
    reader: Reader<'_>,
    (model_type, base): (Option<&str>, Option<&str>),
    page: Page,
) -> Result<Vec<Model>, ReadError> {
    let Page { key, id, limit, way } = page;
    PAGE.page(reader, way, &[&key, &id, &model_type, &base, &limit]).await
}
