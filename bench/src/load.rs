//! A closed loop of callers, and what it measured.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;

/// Callers waiting for their answers at any time.
pub const CALLERS: usize = 64;

/// What one run of a closed loop measured.
#[derive(Debug, Clone)]
pub struct Run {
    /// Answers per second.
    pub rate: f64,
    /// Latencies of all answers, sorted.
    latencies: Vec<Duration>,
}

impl Run {
    /// How many answers there were.
    pub fn count(&self) -> i64 {
        i64::try_from(self.latencies.len()).unwrap_or(i64::MAX)
    }

    /// The latency that `percent` of the answers stay under.
    pub fn percentile(&self, percent: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        let at = ((last as f64) * percent / 100.0).round() as usize;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

/// Runs `CALLERS` tasks for `length`; each asks again as soon as it is answered. `ask` gets a
/// number that no other call of this run gets.
///
/// # Errors
/// The first error any caller meets: a peer that fails commands is not faster.
pub async fn closed_loop<F, Fut>(length: Duration, ask: F) -> Result<Run>
where
    F: Fn(u64) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<()>> + Send,
{
    let ask = Arc::new(ask);
    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (ask, next) = (Arc::clone(&ask), Arc::clone(&next));
        callers.spawn(async move {
            let mut latencies = Vec::with_capacity(16_384);
            while started.elapsed() < length {
                let asked = Instant::now();
                ask(next.fetch_add(1, Ordering::Relaxed)).await?;
                latencies.push(asked.elapsed());
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(caller) = callers.join_next().await {
        latencies.append(&mut caller??);
    }
    let rate = latencies.len() as f64 / started.elapsed().as_secs_f64();
    latencies.sort_unstable();
    Ok(Run { rate, latencies })
}

/// The middle of three (or of any odd number); of an even number the upper middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
