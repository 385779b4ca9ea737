//! Measurements for Prometheus (c0.11): one recorder per process, whoever asks first.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds in seconds, from a cached read to a long poll.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// How often single measurements are folded into their histograms.
const FOLD_EVERY: Duration = Duration::from_secs(5);

/// The recorder of this process.
///
/// # Errors
/// Another one was installed by somebody else.
pub fn recorder() -> Result<PrometheusHandle, BuildError> {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = RECORDER.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()?;
    Ok(RECORDER.get_or_init(|| handle).clone())
}

/// Folds measurements for as long as the process lives. Without it every single one would be kept
/// until somebody asks for `/metrics`, and perhaps nobody ever does.
pub async fn fold(recorder: PrometheusHandle) {
    let mut tick = tokio::time::interval(FOLD_EVERY);
    loop {
        tick.tick().await;
        recorder.run_upkeep();
    }
}
