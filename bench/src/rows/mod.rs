//! One file per row or group of rows that share a world.

pub mod command;
pub mod generation;
pub mod spend;

use std::time::Duration;

use crate::load::Run;
use crate::servers::Servers;

/// What every row is measured with.
pub struct Setting {
    /// Where databases come from.
    pub servers: Servers,
    /// How long one run of one side takes.
    pub length: Duration,
    /// How often both sides run, in turn.
    pub repetitions: usize,
}

fn latencies(run: Option<&Run>) -> String {
    run.map_or_else(String::new, |run| {
        let ms = |percent| run.percentile(percent).as_secs_f64() * 1e3;
        format!("p50 {:.2} ms, p99 {:.2} ms", ms(50.0), ms(99.0))
    })
}
