//! What surrounds every request, whatever it asks.

pub mod address;
pub mod browsers;
pub mod guard;
pub mod known_parameters;
pub mod observe;
pub mod sender;

pub use address::ClientAddress;
pub use observe::Trace;
pub use sender::Senders;
