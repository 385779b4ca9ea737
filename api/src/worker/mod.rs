//! What GPU workers are told and tell (c14). A worker names its attempt in everything it says about
//! a job: one that was given up on learns it there, whatever it finished meanwhile.

pub mod claims;
pub mod deliver;
pub mod fail;
pub mod heartbeat;
mod job;
pub mod outputs;
pub mod progress;
pub mod register;

use domain::generations::{Generation, Lease};
use domain::{GenerationId, Refusal};
use uuid::Uuid;

use crate::app::App;
use crate::extract::WorkerCaller;
use crate::problem::Problem;

impl WorkerCaller {
    /// What this worker must name to be believed.
    fn lease(&self, attempt: u32) -> Lease {
        Lease { worker: self.worker, attempt }
    }
}

/// Refuses a worker that no longer holds this attempt of a job, as the log has it now.
async fn holds(app: &App, job: Uuid, lease: Lease) -> Result<(), Problem> {
    let generation: Generation = app.state_of(GenerationId(job)).await?;
    generation.leased_to(lease).map_err(Refusal::from)?;
    Ok(())
}
