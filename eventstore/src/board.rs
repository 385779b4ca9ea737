//! Where everybody who follows the log stands: for `/readyz`, for metrics, and for those who wait
//! until a read table has caught up.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// What a follower of the log is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Another process leads; this one takes over when it is gone.
    Standby,
    /// At work.
    Running,
    /// Something outside does not answer; it tries again by itself.
    Retrying(String),
    /// It gave up at its position and needs a human.
    Stopped(String),
}

/// An error and what caused it, in one line, for those who read only one.
pub(crate) fn reason(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// One follower: how far it is and what it is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The last position it is done with.
    pub position: i64,
    /// What it is doing.
    pub state: State,
}

/// All followers of this process, by name: consumers, processes, the relay.
#[derive(Debug, Clone, Default)]
pub struct Board {
    places: Arc<Mutex<BTreeMap<String, watch::Sender<Standing>>>>,
}

impl Board {
    /// Gives a follower its place. A second one of the same name takes the place over.
    #[must_use]
    pub fn join(&self, name: &str) -> Place {
        let first = Standing { position: 0, state: State::Standby };
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = places.entry(name.to_owned()).or_insert_with(|| watch::channel(first).0);
        let position = metrics::gauge!("folio_follower_position", "follower" => name.to_owned());
        let up = metrics::gauge!("folio_follower_up", "follower" => name.to_owned());
        Place { sender: sender.clone(), position, up }
    }

    /// Where everybody stands, by name.
    #[must_use]
    pub fn standings(&self) -> Vec<(String, Standing)> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.iter().map(|(name, place)| (name.clone(), place.borrow().clone())).collect()
    }

    /// How far one follower of this process is; `None` if there is none of this name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<i64> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.get(name).map(|place| place.borrow().position)
    }

    /// Follows one follower of this process; `None` if there is none of this name.
    #[must_use]
    pub fn watch(&self, name: &str) -> Option<watch::Receiver<Standing>> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.get(name).map(watch::Sender::subscribe)
    }
}

/// A follower's own place on the board.
#[derive(Debug, Clone)]
pub struct Place {
    sender: watch::Sender<Standing>,
    position: metrics::Gauge,
    up: metrics::Gauge,
}

impl Place {
    /// Done up to here, and well.
    pub fn reached(&self, position: i64) {
        self.position.set(position as f64);
        self.set(Standing { position, state: State::Running });
    }

    /// Where it stands.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.sender.borrow().position
    }

    /// What it is doing now; where it stands stays.
    pub fn is(&self, state: State) {
        self.set(Standing { position: self.position(), state });
    }

    fn set(&self, next: Standing) {
        let up = u8::from(matches!(next.state, State::Standby | State::Running));
        self.up.set(up);
        self.sender.send_if_modified(|standing| {
            let changed = *standing != next;
            *standing = next;
            changed
        });
    }
}
