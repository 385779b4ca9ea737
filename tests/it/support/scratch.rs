//! A folder that lives as long as its test.

use std::path::{Path, PathBuf};

use uuid::Uuid;

/// A fresh folder under the system's temporary folder, removed on drop.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder; `purpose` becomes a part of its name.
    pub fn new(purpose: &str) -> Self {
        let name = format!("folio-it-{purpose}-{}", Uuid::now_v7().simple());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Best effort: a server that is still shutting down may hold a file; ./test removes the rest.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
