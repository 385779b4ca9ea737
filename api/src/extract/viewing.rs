//! What somebody looks at personal data for (OPS-02): asked for in the query of reads that leave a
//! trace in the log.

use domain::input::FieldError;
use domain::users::ViewReason;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::Problem;

/// What it is looked at for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Viewing {
    /// Required, 10 to 200 characters. Name the case, not the person: this is never forgotten.
    #[param(required, example = "Case 2026-117, asked for by the bank")]
    reason: Option<String>,
}

impl Viewing {
    /// The reason, checked.
    ///
    /// # Errors
    /// None was given, or none of that length.
    pub fn reason(self) -> Result<ViewReason, Problem> {
        let reason = ViewReason::parse(&self.reason.unwrap_or_default());
        reason.map_err(|error| FieldError::new("?reason", error).into())
    }
}
