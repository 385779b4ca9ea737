//! What a check found wrong, and where.

use serde::Serialize;

/// More than this many findings tell nothing new.
pub const FINDINGS_MAX: usize = 20;

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check: `chain`, `streams`, `books`, `promises`, `commands`, `claims`, `timers`,
    /// `anchor`, `independent`.
    pub check: &'static str,
    /// The first position it concerns, where it has one.
    pub position: Option<i64>,
    /// What is wrong, for people.
    pub detail: String,
}

/// Findings so far; stops collecting at [`FINDINGS_MAX`].
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Notes that something is wrong at a position.
    pub fn at(&mut self, check: &'static str, position: i64, detail: impl Into<String>) {
        self.push(Finding { check, position: Some(position), detail: detail.into() });
    }

    /// Notes that something is wrong that has no position.
    pub fn overall(&mut self, check: &'static str, detail: impl Into<String>) {
        self.push(Finding { check, position: None, detail: detail.into() });
    }

    /// Adds what was found beside.
    pub fn extend(&mut self, others: Self) {
        others.0.into_iter().for_each(|finding| self.push(finding));
    }

    /// Whether it makes sense to go on.
    pub fn full(&self) -> bool {
        self.0.len() >= FINDINGS_MAX
    }

    /// All of them, by position, those without one last.
    pub fn into_vec(mut self) -> Vec<Finding> {
        self.0.sort_by_key(|finding| finding.position.unwrap_or(i64::MAX));
        self.0
    }

    fn push(&mut self, finding: Finding) {
        if !self.full() {
            self.0.push(finding);
        }
    }
}
