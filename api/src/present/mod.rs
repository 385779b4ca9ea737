//! `?present=`: an answer in the names and words of one of the systems this one replaces, for
//! programs written for them (C-02 to C-05, LED-02). What is presented is the same; only what no
//! word exists for is left empty.

mod words;

pub use words::{purchase_status, reservation_status, transaction_type};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Asset;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::Query;
use crate::problem::Problem;

/// Whose names and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presentation {
    /// Style License: tokens, purchases, earnings.
    StyleLicense,
    /// Pingvas Studio as its second document has it: credits of a subscription.
    PingvasS2,
    /// As its third has it: credits of a user, and reservations.
    PingvasS3,
    /// As its fourth has it: a balance of GPU seconds.
    PingvasS4,
}

impl Presentation {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::StyleLicense, Self::PingvasS2, Self::PingvasS3, Self::PingvasS4];

    /// The word in `?present=`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::StyleLicense => "style_license",
            Self::PingvasS2 => "pingvas_s2",
            Self::PingvasS3 => "pingvas_s3",
            Self::PingvasS4 => "pingvas_s4",
        }
    }

    /// Whether that system knows the asset.
    #[must_use]
    pub const fn knows(self, asset: Asset) -> bool {
        match (self, asset) {
            (Self::StyleLicense, Asset::Token | Asset::Earning)
            | (Self::PingvasS2 | Self::PingvasS3 | Self::PingvasS4, Asset::Credit) => true,
            (Self::StyleLicense, Asset::Credit)
            | (
                Self::PingvasS2 | Self::PingvasS3 | Self::PingvasS4,
                Asset::Token | Asset::Earning,
            ) => false,
        }
    }

    /// That this system has no such thing; `known_to` says who has.
    #[must_use]
    pub fn has_no(self, what: &str, known_to: &[Self]) -> Problem {
        let known: Vec<_> = known_to.iter().map(|known| known.word()).collect();
        let detail =
            format!("{} has no {what}. Ask for {} or none.", self.word(), known.join(", "));
        Problem::invalid("?present", detail)
    }
}

/// How to present the answer.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Present {
    /// In whose names and words; ours, if left out.
    #[param(inline)]
    pub present: Option<Presentation>,
}

impl Present {
    /// For a thing of one asset.
    ///
    /// # Errors
    /// The system that was asked for does not know the asset.
    pub fn of_asset(self, asset: Asset) -> Result<Option<Presentation>, Problem> {
        match self.present {
            Some(presentation) if !presentation.knows(asset) => {
                let knows = |other: &Presentation| other.knows(asset);
                let known: Vec<_> = Presentation::ALL.into_iter().filter(knows).collect();
                Err(presentation.has_no(&format!("{asset} wallet"), &known))
            }
            known => Ok(known),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Present {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<Self>::from_request_parts(parts, state).await;
        query.map(|Query(present)| present).map_err(|_| {
            let words = Presentation::ALL.map(Presentation::word).join(", ");
            Problem::invalid("?present", format!("One of {words}."))
        })
    }
}
