//! A bar for long work: events, events per second, time left.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on standard error; silent where the output is for machines.
#[derive(Debug, Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Shows nothing until the first [`Progress::at`].
    #[must_use]
    pub fn start(what: &str, quiet: bool) -> Self {
        let template = "{prefix:>11} {bar:32} {human_pos}/{human_len} events  {per_sec}  eta {eta}";
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(0).with_style(style).with_prefix(what.to_owned());
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self(bar)
    }

    /// So far, and to where.
    #[expect(clippy::cast_sign_loss, reason = "positions are not negative")]
    pub fn at(&self, done: i64, head: i64) {
        self.0.set_length(head as u64);
        self.0.set_position(done as u64);
    }

    /// Done: takes the bar away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
