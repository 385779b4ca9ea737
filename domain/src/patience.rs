//! How long is waited before the outside is asked again (P2.4).

use chrono::Duration;

/// The waits, one after another.
pub const ASK_AGAIN: [Duration; 6] = [
    Duration::seconds(2),
    Duration::seconds(10),
    Duration::minutes(1),
    Duration::minutes(5),
    Duration::minutes(30),
    Duration::hours(2),
];

/// How long is waited after this many unclear answers, counted from 1; the last wait repeats.
#[must_use]
pub fn wait(answers: u32) -> Duration {
    let index = usize::try_from(answers.saturating_sub(1)).unwrap_or(usize::MAX);
    ASK_AGAIN[index.min(ASK_AGAIN.len() - 1)]
}
