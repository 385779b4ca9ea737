//! Anchors: positions and hashes written down outside the database. A chain alone does not show a
//! cut tail; a file that remembers a later head does.

use std::path::Path;

use anyhow::{Context, Result};

use super::finding::Findings;

/// The heads a file remembers: one line each, `<position> <hex hash>`.
#[derive(Debug, Default)]
pub struct Anchors {
    /// Not met yet.
    waiting: Vec<(i64, String)>,
    /// The last line, so that the same head is not noted twice.
    newest: Option<(i64, String)>,
}

impl Anchors {
    /// Reads the file; one that is not there remembers nothing.
    ///
    /// # Errors
    /// It cannot be read, or a line is no anchor.
    pub fn read(file: &Path) -> Result<Self> {
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let anchor = |line: &str| {
            let (position, hash) = line.split_once(' ')?;
            Some((position.parse().ok()?, hash.to_owned()))
        };
        let anchors = text.lines().map(|line| {
            anchor(line).with_context(|| format!("{}: no anchor: {line:?}", file.display()))
        });
        let waiting: Vec<_> = anchors.collect::<Result<_>>()?;
        Ok(Self { newest: waiting.last().cloned(), waiting })
    }

    /// Whether there is anything to compare.
    pub fn any(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Compares the end of a block with what was written down.
    pub fn see(&mut self, position: i64, hash: &str, findings: &mut Findings) {
        self.waiting.retain(|(at, noted)| {
            if *at != position {
                return true;
            }
            if noted != hash {
                findings.at("anchor", position, "another history was noted for this position");
            }
            false
        });
    }

    /// What was written down must have been met.
    pub fn finish(&self, findings: &mut Findings) {
        for (position, _) in &self.waiting {
            findings.at(
                "anchor",
                *position,
                "a block was noted to end here, and none does any more",
            );
        }
    }

    /// Adds today's head to the file, unless it is its last line already.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn note(&self, file: &Path, position: i64, hash: &str) -> Result<()> {
        use std::io::Write;
        if self.newest.as_ref().is_some_and(|(at, noted)| (*at, noted.as_str()) == (position, hash))
        {
            return Ok(());
        }
        let opened = std::fs::OpenOptions::new().create(true).append(true).open(file);
        let written = opened.and_then(|mut file| writeln!(file, "{position} {hash}"));
        written.with_context(|| format!("noting the head in {}", file.display()))
    }
}
