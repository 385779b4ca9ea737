//! What can be asked.

/// See the module.
#[derive(Debug, Clone)]
pub enum StyleCommand {}
