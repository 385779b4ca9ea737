//! In whose words something is told: ours, or those of the plan a client was built for (C-02..C-05).

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presentation {
    /// Style License.
    StyleLicense,
    /// Pingvas Studio, second plan.
    PingvasS2,
    /// Pingvas Studio, third plan.
    PingvasS3,
    /// Pingvas Studio, fourth plan.
    PingvasS4,
}

/// In whose words to answer.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Present {
    /// `style_license`, `pingvas_s2`, `pingvas_s3` or `pingvas_s4`; ours if absent.
    #[param(inline)]
    pub present: Option<Presentation>,
}
