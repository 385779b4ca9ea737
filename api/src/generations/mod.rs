//! Generations (c9): from a wish to a picture.

mod body;
pub mod cancel;
pub mod describe;
pub mod events;
mod moment;
pub mod order;
pub mod progress;
pub mod quote;
pub mod read;
pub mod request;
pub mod retry;
pub mod show;

pub use body::GenerationBody;

use domain::GenerationId;
use domain::generations::Generation;
use uuid::Uuid;

use crate::app::App;
use crate::extract::Caller;
use crate::problem::Problem;

/// The projections behind a generation with the names around it.
pub(crate) const READS: &[&str] = &["generations", "users", "styles", "artists"];

/// The generation as the log has it now, if the caller may know of it: their own, or a published
/// one.
async fn seen_by(app: &App, caller: Option<&Caller>, id: Uuid) -> Result<Generation, Problem> {
    let generation: Generation = app.state_of(GenerationId(id)).await?;
    let is_own = |caller: &Caller| generation.job().is_ok_and(|job| job.user == caller.user);
    if generation.is_published() || caller.is_some_and(is_own) {
        Ok(generation)
    } else {
        Err(Problem::not_found("generation"))
    }
}
