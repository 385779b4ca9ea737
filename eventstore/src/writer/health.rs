//! How the writer is, for those who ask whether this process can work (log protocol, C).

use std::time::{Duration, Instant};

use metrics::{Gauge, gauge};
use tokio::sync::watch;

/// From when on a database that does not answer is worth a word.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(2);
/// How long a refusal of the log is remembered. It ends by itself, for a process that is sent no
/// more commands would never find out that it could write again.
const REFUSAL_KEPT: Duration = Duration::from_secs(10);

/// Whether commands can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// As far as is known.
    Up,
    /// Not now, and why.
    Down(String),
}

/// What keeps the writer from writing.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    reason: String,
    /// When it is forgotten; otherwise it lasts until something was written or a connection made.
    until: Option<Instant>,
}

/// Where the writer's task says how it is.
#[derive(Debug)]
pub(super) struct Vitals {
    trouble: watch::Sender<Option<Trouble>>,
    up: Gauge,
}

impl Vitals {
    pub(super) fn new() -> (Self, watch::Receiver<Option<Trouble>>) {
        let (trouble, watching) = watch::channel(None);
        let up = gauge!("folio_writer_up");
        up.set(1.0);
        (Self { trouble, up }, watching)
    }

    /// The log took what it was given.
    pub(super) fn well(&self) {
        let recovered = |trouble: &mut Option<Trouble>| trouble.take().is_some();
        if self.trouble.send_if_modified(recovered) {
            self.up.set(1.0);
        }
    }

    /// The log refuses: it is locked by somebody, full, or not to be written.
    pub(super) fn refused(&self, reason: &str) {
        self.trouble(reason, Some(Instant::now() + REFUSAL_KEPT));
    }

    /// The database does not answer.
    pub(super) fn silent(&self, reason: &str) {
        self.trouble(reason, None);
    }

    fn trouble(&self, reason: &str, until: Option<Instant>) {
        self.up.set(0.0);
        self.trouble.send_replace(Some(Trouble { reason: reason.to_owned(), until }));
    }
}

/// What is wrong, if anything is and it is not forgotten.
pub(super) fn of(trouble: Option<&Trouble>) -> Health {
    match trouble {
        Some(Trouble { until: Some(until), .. }) if *until <= Instant::now() => Health::Up,
        Some(trouble) => Health::Down(trouble.reason.clone()),
        None => Health::Up,
    }
}
