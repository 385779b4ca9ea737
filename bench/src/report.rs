//! One table for people, one JSON line a row for machines.

use serde::Serialize;

/// One measured row.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The row's name; issues and docs refer to it.
    pub name: &'static str,
    /// What Folio reached.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// What it is measured against, in the same run and unit.
    pub baseline: Option<f64>,
    /// Value over baseline.
    pub ratio: Option<f64>,
    /// What we want: a ratio where there is a baseline, otherwise a value.
    pub goal: Option<f64>,
    /// Whether more is better; false for latencies and memory.
    pub higher_is_better: bool,
    /// Against what, latencies, checks.
    pub note: String,
}

impl Row {
    /// A row measured against a peer.
    pub fn against(
        name: &'static str,
        unit: &'static str,
        ours: f64,
        peer: f64,
        goal: f64,
    ) -> Self {
        Self {
            name,
            value: ours,
            unit,
            baseline: Some(peer),
            ratio: Some(ours / peer),
            goal: Some(goal),
            higher_is_better: true,
            note: String::new(),
        }
    }

    /// A row measured against a figure.
    pub fn figure(name: &'static str, unit: &'static str, value: f64, goal: f64) -> Self {
        Self {
            name,
            value,
            unit,
            baseline: None,
            ratio: None,
            goal: Some(goal),
            higher_is_better: true,
            note: String::new(),
        }
    }

    /// For latencies and memory.
    pub fn lower_is_better(mut self) -> Self {
        self.higher_is_better = false;
        self
    }

    /// Says what the figures leave out.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn verdict(&self) -> &'static str {
        let reached = self.ratio.unwrap_or(self.value);
        match self.goal {
            None => "",
            Some(goal) if self.higher_is_better == (reached >= goal) || reached == goal => "met",
            Some(_) => "MISSED",
        }
    }
}

/// Prints the table.
pub fn table(rows: &[Row]) {
    println!(
        "\n{:<28} {:>12} {:>12} {:>8} {:>8}  {:<7} {:<12} note",
        "row", "ours", "peer", "ratio", "goal", "", "unit"
    );
    for row in rows {
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), short);
        println!(
            "{:<28} {:>12} {:>12} {:>8} {:>8}  {:<7} {:<12} {}",
            row.name,
            short(row.value),
            number(row.baseline),
            number(row.ratio),
            number(row.goal),
            row.verdict(),
            row.unit,
            row.note
        );
    }
}

fn short(value: f64) -> String {
    if value.abs() >= 1000.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
