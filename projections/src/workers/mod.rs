//! `workers`: who may paint, and what they are.

mod worker;

pub use worker::*;

use domain::workers::WorkerEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[worker::STATEMENTS];

/// Fills this context's tables.
pub struct Workers;

impl Projector for Workers {
    fn name(&self) -> &'static str {
        "workers"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["worker"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Worker::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            worker(event, batch);
        }
        Ok(())
    }
}

fn worker(event: &WorkerEvent, batch: &mut Batch) {
    match event {
        WorkerEvent::KeyIssued { worker, name, key_sha256: _ } => batch.insert(Worker {
            id: worker.0,
            name: name.clone(),
            previous_until: None,
            status: "issued".to_owned(),
            gpu: None,
            classes: Vec::new(),
            created_at: batch.at(),
            updated_at: batch.at(),
        }),
        WorkerEvent::KeyRotated { worker, key_sha256: _, previous_until } => {
            let until = *previous_until;
            batch.update::<Worker>(worker.0, move |row| row.previous_until = Some(until));
        }
        WorkerEvent::Registered { worker, gpu, classes } => {
            let (gpu, classes) = (gpu.clone(), classes.clone());
            batch.update::<Worker>(worker.0, |row| {
                row.status = "registered".to_owned();
                (row.gpu, row.classes) = (Some(gpu), classes);
            });
        }
        WorkerEvent::Retired { worker } => {
            batch.update::<Worker>(worker.0, |row| row.status = "retired".to_owned());
        }
    }
}
