//! `likes`: who likes what. How many like a generation, `generations` counts for itself.

mod like;

pub use like::*;

use domain::likes::LikeEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[like::STATEMENTS];

/// Fills this context's tables.
pub struct Likes;

impl Projector for Likes {
    fn name(&self) -> &'static str {
        "likes"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["like"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Like::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            like(event, batch);
        }
        Ok(())
    }
}

fn like(event: &LikeEvent, batch: &mut Batch) {
    match event {
        LikeEvent::Added { user, generation } => batch.insert(Like {
            user_id: user.0,
            generation_id: generation.0,
            created_at: batch.at(),
        }),
        LikeEvent::Removed { user, generation } => {
            batch.delete::<Like>((user.0, generation.0));
        }
    }
}
