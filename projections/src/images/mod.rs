//! `images`: the files that workers made.

mod image;

pub use image::*;

use domain::Event;
use domain::images::ImageEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table, bigint};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[image::STATEMENTS];

/// Fills this context's tables.
pub struct Images;

impl Projector for Images {
    fn name(&self) -> &'static str {
        "images"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["image"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Image::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        match &entry.event {
            Event::Image(event) => image(event, batch),
            Event::User(_)
            | Event::Artist(_)
            | Event::Wallet(_)
            | Event::Purchase(_)
            | Event::Webhook(_)
            | Event::Style(_)
            | Event::Model(_)
            | Event::Generation(_)
            | Event::Worker(_)
            | Event::Like(_) => Ok(()),
        }
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
    }
    Ok(())
}
