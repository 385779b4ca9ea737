//! The object store: a local folder by default. A file becomes visible only whole, and only if it
//! is what was declared; so a key that exists was verified.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use aws_lc_rs::digest;
use axum::body::Body;
use bytes::Bytes;
use domain::{ImageId, Sha256};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use serde::{Deserialize, Serialize};

/// Parts of one upload on their way to the disk at once.
const PARTS_IN_FLIGHT_MAX: usize = 2;
/// A PNG says its size within its first bytes.
const PNG_HEAD_BYTES: u64 = 24;
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What a file must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// Which image.
    pub image: ImageId,
    /// Hex SHA-256.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
}

impl Declared {
    /// Where it lies. The hash is part of the name: another file is another object.
    #[must_use]
    pub fn key(&self) -> String {
        key(self.image, &self.sha256)
    }
}

/// Where the file of an image lies.
#[must_use]
pub fn key(image: ImageId, sha256: &str) -> String {
    format!("images/{image}/{sha256}")
}

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// It has another size.
    #[error("the file does not have the declared {declared} bytes")]
    Size {
        /// What was declared.
        declared: u64,
    },
    /// It has another hash.
    #[error("the file's SHA-256 is {actual}")]
    Hash {
        /// What it is.
        actual: String,
    },
    /// The client stopped sending.
    #[error("the upload broke off")]
    Broken(#[source] axum::Error),
    /// The store does not work.
    #[error("the object store failed")]
    Store(#[from] object_store::Error),
}

/// A file on its way out.
pub struct File {
    /// Size.
    pub bytes: u64,
    /// Its content.
    pub content: BoxStream<'static, object_store::Result<Bytes>>,
}

/// The store.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    folder: Arc<Path>,
}

impl Objects {
    /// A store in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let doing = || format!("open the object store {}", folder.display());
        std::fs::create_dir_all(folder).with_context(doing)?;
        let store = LocalFileSystem::new_with_prefix(folder).with_context(doing)?;
        Ok(Self { store: Arc::new(store), folder: folder.into() })
    }

    /// Takes a file if it is what was declared; the same file again changes nothing.
    ///
    /// # Errors
    /// [`PutError`]; nothing is visible then.
    pub async fn put(&self, declared: &Declared, body: Body) -> Result<(), PutError> {
        let upload = self.store.put_multipart(&Key::from(declared.key())).await?;
        let mut upload = WriteMultipart::new(upload);
        match copy(declared, body, &mut upload).await {
            Ok(()) => upload.finish().await.map(drop).map_err(Into::into),
            Err(e) => {
                upload.abort().await?;
                Err(e)
            }
        }
    }

    /// A file of our own making, to be written part by part.
    ///
    /// # Errors
    /// The store does not work.
    pub async fn write(&self, key: &str) -> anyhow::Result<Upload> {
        let upload = self.store.put_multipart(&Key::from(key)).await;
        Ok(Upload(WriteMultipart::new(upload.context("begin to write to the object store")?)))
    }

    /// A file, if it is there.
    ///
    /// # Errors
    /// The store does not work.
    pub async fn get(&self, key: &str) -> anyhow::Result<Option<File>> {
        match self.store.get(&Key::from(key)).await {
            Ok(found) => Ok(Some(File { bytes: found.meta.size, content: found.into_stream() })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(e).context("read the object store"),
        }
    }

    /// Removes every file of an image, also uploads that were never delivered. None is fine.
    ///
    /// # Errors
    /// The store does not work.
    pub async fn remove_image(&self, image: ImageId) -> anyhow::Result<()> {
        let folder = Key::from(format!("images/{image}"));
        let mut files = self.store.list(Some(&folder));
        while let Some(file) = files.next().await {
            let file = file.context("list the object store")?;
            self.remove(file.location.as_ref()).await?;
        }
        Ok(())
    }

    /// Removes everything under a prefix, with what a writer that died left half written, which the
    /// store does not list. Nothing there is fine.
    ///
    /// # Errors
    /// The store does not work.
    pub async fn remove_all(&self, prefix: &str) -> anyhow::Result<()> {
        match tokio::fs::remove_dir_all(self.folder.join(prefix)).await {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(e).context("remove from the object store")
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// The store does not work.
    pub async fn remove(&self, key: &str) -> anyhow::Result<()> {
        match self.store.delete(&Key::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(e).context("remove from the object store"),
        }
    }

    /// Width and height of a PNG, if the file is there and is one.
    ///
    /// # Errors
    /// The store does not work.
    pub async fn png_size(&self, key: &str) -> anyhow::Result<Option<(u32, u32)>> {
        let Some(mut file) = self.get(key).await? else { return Ok(None) };
        let mut head = Vec::new();
        while (head.len() as u64) < PNG_HEAD_BYTES {
            match file.content.next().await {
                Some(chunk) => head.extend_from_slice(&chunk.context("read the object store")?),
                None => break,
            }
        }
        Ok(png_size(&head))
    }
}

/// A file on its way in; visible when it is finished, gone if it is dropped before.
pub struct Upload(WriteMultipart);

impl Upload {
    /// The next bytes of it.
    ///
    /// # Errors
    /// The store does not work.
    pub async fn put(&mut self, bytes: Vec<u8>) -> anyhow::Result<()> {
        let room = self.0.wait_for_capacity(PARTS_IN_FLIGHT_MAX).await;
        room.context("write to the object store")?;
        self.0.put(bytes.into());
        Ok(())
    }

    /// Makes it visible, in the place of an older one.
    ///
    /// # Errors
    /// The store does not work.
    pub async fn finish(self) -> anyhow::Result<()> {
        self.0.finish().await.context("write to the object store").map(drop)
    }
}

async fn copy(
    declared: &Declared,
    body: Body,
    upload: &mut WriteMultipart,
) -> Result<(), PutError> {
    let wrong_size = || PutError::Size { declared: declared.bytes };
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut received: u64 = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(PutError::Broken)?;
        received += chunk.len() as u64;
        if received > declared.bytes {
            return Err(wrong_size());
        }
        hash.update(&chunk);
        upload.wait_for_capacity(PARTS_IN_FLIGHT_MAX).await?;
        upload.put(chunk);
    }
    if received != declared.bytes {
        return Err(wrong_size());
    }
    let actual = hex(hash.finish().as_ref());
    if Sha256::parse(&declared.sha256).is_ok_and(|sha256| sha256.as_str() == actual) {
        Ok(())
    } else {
        Err(PutError::Hash { actual })
    }
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // Writing to a String cannot fail.
        hex
    })
}

fn png_size(head: &[u8]) -> Option<(u32, u32)> {
    let rest = head.strip_prefix(PNG_SIGNATURE)?;
    let number = |at: usize| {
        rest.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes)
    };
    (rest.get(4..8)? == b"IHDR").then_some(())?;
    Some((number(8)?, number(12)?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use uuid::Uuid;

    fn declared(content: &[u8]) -> Declared {
        Declared {
            image: ImageId(Uuid::now_v7()),
            sha256: hex(digest::digest(&digest::SHA256, content).as_ref()),
            bytes: content.len() as u64,
        }
    }

    #[tokio::test]
    async fn only_the_declared_file_becomes_visible() {
        let folder = std::env::temp_dir().join(format!("folio-objects-{}", Uuid::now_v7()));
        let objects = Objects::open(&folder).unwrap();
        let declared = declared(b"a picture");
        let put = |content: &'static [u8]| objects.put(&declared, Body::from(content));

        assert!(matches!(put(b"a pictur3").await, Err(PutError::Hash { .. })));
        assert!(matches!(put(b"a picture and more").await, Err(PutError::Size { .. })));
        assert!(matches!(put(b"a pict").await, Err(PutError::Size { .. })));
        assert!(objects.get(&declared.key()).await.unwrap().is_none());

        put(b"a picture").await.unwrap();
        put(b"a picture").await.unwrap();
        assert_eq!(objects.get(&declared.key()).await.unwrap().unwrap().bytes, 9);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_png_says_its_size_at_its_head() {
        let head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\0\0\0\x01\0\x08\x06";
        assert_eq!(png_size(head), Some((512, 256)));
        assert_eq!(png_size(&head[..20]), None);
        assert_eq!(png_size(b"GIF89a......................"), None);
    }
}
