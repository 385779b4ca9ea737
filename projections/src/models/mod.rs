//! `models`: weights that operators registered.

mod model;

pub use model::*;

use domain::models::ModelEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table, bigint, word};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[model::STATEMENTS];

/// Fills this context's tables.
pub struct Models;

impl Projector for Models {
    fn name(&self) -> &'static str {
        "models"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["model"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Model::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        entry.event.of().map_or(Ok(()), |event| model(event, batch))
    }
}

fn model(event: &ModelEvent, batch: &mut Batch) -> Result<(), Poison> {
    match event {
        ModelEvent::Registered {
            model,
            name,
            display_name,
            model_type,
            base,
            path,
            sha256,
            bytes,
            style,
        } => batch.insert(Model {
            id: model.0,
            name: name.clone(),
            display_name: display_name.clone(),
            model_type: word(model_type)?,
            base: word(base)?,
            path: path.clone(),
            file_size: bigint(*bytes)?,
            hash: sha256.clone(),
            style_id: style.map(|style| style.0),
            created_at: batch.at(),
            updated_at: batch.at(),
        }),
    }
    Ok(())
}
