//! Waiting longer after each failure in a row, up to a bound.

use std::time::Duration;

/// The first wait.
const WAIT_MIN: Duration = Duration::from_millis(50);
/// The longest wait: what comes back is noticed this late at worst.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Doubles from [`WAIT_MIN`] to [`WAIT_MAX`].
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { next: WAIT_MIN }
    }

    /// Waits, and will wait longer next time.
    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = WAIT_MAX.min(self.next * 2);
    }

    /// Something worked: the next failure is a first one again.
    pub(crate) fn reset(&mut self) {
        self.next = WAIT_MIN;
    }
}
