//! What can be asked of a model.

use super::RegisterModel;

/// See the module.
#[derive(Debug, Clone)]
pub enum ModelCommand {
    /// Register weights; the name's claim and the style are the decision's.
    Register(RegisterModel),
}
