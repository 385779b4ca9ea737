//! A personal field as events carry it: ciphertext under a key of the person, which can be
//! destroyed (D12). Sealing and opening happen at the edges; the domain only passes it on.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Ciphertext of one field; whose key opens it stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The person whose key sealed it.
    #[serde(rename = "$sealed")]
    pub person: Uuid,
    /// Nonce, base64.
    pub nonce: String,
    /// Ciphertext and tag, base64.
    pub ct: String,
}
