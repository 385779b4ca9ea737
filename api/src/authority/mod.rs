//! Who may call what. An operation says it in its `security`, beside its route and in the OpenAPI
//! document; [`rules`] reads it there and the extractors enforce it.

pub mod follow;
pub mod rules;
pub mod secret_keys;

use domain::Refusal;
use domain::users::UserError;

use crate::problem::Problem;

/// Where an account stands is in its way.
pub fn refused(error: UserError) -> Problem {
    Refusal::User(error).into()
}
