//! What surrounds every request, whatever it asks.

pub mod address;
pub mod browsers;
pub mod edge;
pub mod guard;
pub mod known_parameters;
pub mod observe;
pub mod operations;
pub mod sender;
mod took;

pub use address::{ClientAddress, household};
pub use observe::Trace;
pub use operations::Operation;
pub use sender::Senders;
