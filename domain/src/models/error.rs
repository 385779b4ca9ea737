//! Why a model's command can be refused.

use serde::{Deserialize, Serialize};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ModelError {
    /// Another model has the name (MOD-02).
    #[error("the model name is taken")]
    NameTaken,
    /// The id stands for other weights.
    #[error("another model is registered under this id")]
    AlreadyRegistered,
}
