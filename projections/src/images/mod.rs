//! `images`: the files that workers made.

mod image;

pub use image::*;

use domain::GenerationId;
use domain::generations::GenerationEvent;
use domain::images::ImageEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Json, Poison, Statement, Table, bigint};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[image::STATEMENTS];

/// Fills this context's tables.
pub struct Images;

impl Projector for Images {
    fn name(&self) -> &'static str {
        "images"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["image", "generation"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Image::DEFINITION, JobImages::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            image(event, batch)?;
        }
        if let Some(event) = entry.event.of() {
            generation(event, batch);
        }
        Ok(())
    }
}

fn image(event: &ImageEvent, batch: &mut Batch) -> Result<(), Poison> {
    match event {
        ImageEvent::UploadRequested { image, owner, generation, sha256, bytes } => {
            // Another link for the same picture may be asked for before it arrives.
            let (sha256, bytes) = (sha256.clone(), bigint(*bytes)?);
            let fresh = Image {
                id: image.0,
                user_id: owner.0,
                job_id: generation.0,
                status: "uploading".to_owned(),
                is_public: false,
                s3_key: None,
                format: None,
                file_size: bytes,
                sha256: sha256.clone(),
                width: None,
                height: None,
                created_at: batch.at(),
                updated_at: batch.at(),
            };
            batch.upsert(fresh, move |row: &mut Image| {
                (row.sha256, row.file_size) = (sha256, bytes);
            });
            let (id, none) = (image.0, Json(Vec::new()));
            let fresh = JobImages { job_id: generation.0, image_ids: none };
            batch.upsert(fresh, move |row: &mut JobImages| {
                if !row.image_ids.0.contains(&id) {
                    row.image_ids.0.push(id);
                }
            });
        }
        ImageEvent::Stored { image, key, sha256, bytes, width, height, format, .. } => {
            let (key, sha256, format) = (key.clone(), sha256.clone(), format.clone());
            let (bytes, width, height) = (bigint(*bytes)?, i64::from(*width), i64::from(*height));
            batch.update::<Image>(image.0, move |row| {
                row.status = "stored".to_owned();
                (row.s3_key, row.format) = (Some(key), Some(format));
                (row.sha256, row.file_size) = (sha256, bytes);
                (row.width, row.height) = (Some(width), Some(height));
            });
        }
        ImageEvent::Removed { image, .. } => {
            let id = image.0;
            batch.take::<Image>(id, move |was, batch| {
                batch.update::<JobImages>(was.job_id, move |row| {
                    row.image_ids.0.retain(|other| *other != id);
                });
            });
        }
    }
    Ok(())
}

fn generation(event: &GenerationEvent, batch: &mut Batch) {
    match event {
        GenerationEvent::Published { generation } => show(*generation, true, batch),
        GenerationEvent::Unpublished { generation } => show(*generation, false, batch),
        GenerationEvent::Requested { .. }
        | GenerationEvent::Described { .. }
        | GenerationEvent::Queued { .. }
        | GenerationEvent::Started { .. }
        | GenerationEvent::AttemptFailed { .. }
        | GenerationEvent::RetryScheduled { .. }
        | GenerationEvent::Completed { .. }
        | GenerationEvent::Settled { .. }
        | GenerationEvent::Failed { .. }
        | GenerationEvent::Canceled { .. } => {}
    }
}

/// A picture says itself whether everybody may see it, for that is what its fence looks at.
fn show(generation: GenerationId, is_public: bool, batch: &mut Batch) {
    let none = JobImages { job_id: generation.0, image_ids: Json(Vec::new()) };
    batch.upsert_then(none, move |pictures: &mut JobImages, batch| {
        for id in &pictures.image_ids.0 {
            batch.update::<Image>(*id, move |row| row.is_public = is_public);
        }
    });
}
