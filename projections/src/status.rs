//! How far each projection is, for operators.

use chrono::{DateTime, Utc};

use crate::frame::macros::view;
use crate::frame::{Query, ReadError, Reader, Statement};

view! {
    /// A live projection's checkpoint.
    pub struct ProjectionStatus {
        /// The projector's name.
        pub projection: String,
        /// How often its tables were built.
        pub generation: i32,
        /// The last event its tables contain.
        pub position: i64,
        /// When it was last written, by the database's clock.
        pub updated_at: DateTime<Utc>,
    }
}

static LIVE: Query<ProjectionStatus> = Query::view(
    "select projection, generation, position, updated_at \
    from control.checkpoints where schema = 'read' order by projection",
);

/// This module's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[&[&LIVE]];

/// Every live projection, by name. Its lag is the log's head less its position.
///
/// # Errors
/// The read tables cannot be read.
pub async fn projections(reader: Reader<'_>) -> Result<Vec<ProjectionStatus>, ReadError> {
    LIVE.all(reader, &[]).await
}
