//! A zip on its way into the object store: what was compressed leaves at once, so that however much
//! there is of a person, little of it is in memory.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use crate::objects::Upload;

/// A zip of JSON files, each an array.
pub(super) struct Archive {
    zip: ZipWriter<StreamWriter<Outflow>>,
    outflow: Outflow,
    upload: Upload,
    bytes: u64,
    is_first: bool,
}

impl Archive {
    /// An empty one.
    pub(super) fn begin(upload: Upload) -> Self {
        let outflow = Outflow::default();
        let zip = ZipWriter::new_stream(outflow.clone());
        Self { zip, outflow, upload, bytes: 0, is_first: true }
    }

    /// Begins a file; what follows is in it.
    pub(super) fn file(&mut self, name: &str) -> anyhow::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(true); // It may be: nobody knows beforehand.
        self.zip.start_file(name, options).with_context(|| format!("begin the file {name}"))?;
        self.is_first = true;
        self.zip.write_all(b"[").context("write an archive")
    }

    /// Adds items, as JSON, to the file at hand.
    pub(super) async fn items(&mut self, items: &[String]) -> anyhow::Result<()> {
        for item in items {
            let before: &[u8] = if self.is_first { b"\n" } else { b",\n" };
            self.is_first = false;
            self.zip.write_all(before).context("write an archive")?;
            self.zip.write_all(item.as_bytes()).context("write an archive")?;
        }
        self.flow().await
    }

    /// Ends the file at hand.
    pub(super) async fn end_file(&mut self) -> anyhow::Result<()> {
        self.zip.write_all(b"\n]\n").context("write an archive")?;
        self.flow().await
    }

    /// Makes it visible, whole; answers its size.
    pub(super) async fn finish(mut self) -> anyhow::Result<u64> {
        self.zip.finish().context("end an archive")?;
        let rest = self.outflow.take();
        self.bytes += rest.len() as u64;
        self.upload.put(rest).await?;
        self.upload.finish().await?;
        Ok(self.bytes)
    }

    async fn flow(&mut self) -> anyhow::Result<()> {
        let compressed = self.outflow.take();
        self.bytes += compressed.len() as u64;
        self.upload.put(compressed).await
    }
}

/// What the zip has written and the store has not yet.
#[derive(Clone, Default)]
struct Outflow(Arc<Mutex<Vec<u8>>>);

impl Outflow {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Outflow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
