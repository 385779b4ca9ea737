//! Our side of the counter: what an object must say to be believed to be ours.

use serde::{Deserialize, Serialize};

use super::{SubscriptionError, Zone};

/// The store this environment sells in. A signed object of another one is somebody's mistake, and
/// must not grant anything (d2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    /// `store_id`.
    pub store: u64,
    /// Whether this environment takes test objects, and nothing else.
    pub test_mode: bool,
    /// By whose calendar the months of a yearly plan are counted (P4).
    pub zone: Zone,
}

impl Shop {
    /// Whether an object is of this store and of its mode.
    ///
    /// # Errors
    /// [`SubscriptionError::WrongStore`] or [`SubscriptionError::WrongMode`].
    pub fn admit(&self, store: u64, test_mode: bool) -> Result<(), SubscriptionError> {
        if store != self.store {
            return Err(SubscriptionError::WrongStore { store });
        }
        if test_mode != self.test_mode {
            return Err(SubscriptionError::WrongMode { test_mode });
        }
        Ok(())
    }
}
