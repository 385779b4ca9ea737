//! Why an invoice can refuse.

use serde::{Deserialize, Serialize};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceError {
    /// `not-found`, 404: there is none of this id.
    #[error("no such invoice")]
    Unknown,
    /// The number belongs to an invoice of another subscription or currency: not for us to believe.
    #[error("the invoice is there with another content")]
    Conflict,
}
