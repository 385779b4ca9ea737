//! Anchors: positions and hashes written down outside the database. A chain alone does not show a
//! cut tail; a file that remembers a later head does.

use std::path::Path;

use anyhow::{Context, Result};

use super::finding::Findings;

/// The heads a file remembers: one line each, `<position> <hex hash>`.
#[derive(Debug, Default)]
pub struct Anchors(Vec<(i64, String)>);

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
        Ok(Self(anchors.collect::<Result<_>>()?))
    }

    /// Whether there is anything to compare.
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Compares the end of a block with what was written down.
    pub fn see(&mut self, position: i64, hash: &str, findings: &mut Findings) {
        self.0.retain(|(at, noted)| {
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
        for (position, _) in &self.0 {
            findings.at(
                "anchor",
                *position,
                "the log was noted to reach here, it does not any more",
            );
        }
    }

    /// Adds today's head to the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn append(file: &Path, position: i64, hash: &str) -> Result<()> {
        use std::io::Write;
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
        Ok(writeln!(file, "{position} {hash}")?)
    }
}
