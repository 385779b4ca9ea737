//! Tells the story on the terminal.

use std::time::Instant;

use serde_json::Value;

use super::person::Person;
use super::stage::{Stage, number};

/// Counts the steps and the time.
#[derive(Debug)]
pub struct Narrator {
    begun: Instant,
    steps: u32,
}

impl Default for Narrator {
    fn default() -> Self {
        Self { begun: Instant::now(), steps: 0 }
    }
}

impl Narrator {
    /// Opens a step.
    pub fn step(&mut self, title: &str) {
        self.steps += 1;
        println!("\n{:>3}  {title}", self.steps);
    }

    /// Something that happened in a step.
    pub fn line(&self, text: impl std::fmt::Display) {
        println!("     {text}");
    }

    /// What everybody owns now.
    ///
    /// # Errors
    /// The wallets cannot be read.
    pub async fn balances(&self, stage: &mut Stage, people: &[&Person]) -> anyhow::Result<()> {
        for person in people {
            let wallets = stage.read("/v1/wallets", Some(person)).await?;
            let wallets = wallets["data"].as_array().cloned().unwrap_or_default();
            let shown: Vec<_> = wallets.iter().map(describe).collect::<Result<_, _>>()?;
            println!("     │ {:<6} {}", person.name, shown.join("   "));
        }
        Ok(())
    }

    /// Closes the story.
    pub fn end(&self) {
        println!("\n     {} steps in {:.1} s", self.steps, self.begun.elapsed().as_secs_f64());
    }
}

fn describe(wallet: &Value) -> anyhow::Result<String> {
    let asset = wallet["asset"].as_str().unwrap_or("?").to_uppercase();
    let (available, held) = (number(wallet, "available")?, number(wallet, "held")?);
    let held = if held > 0 { format!(" (+{held} held)") } else { String::new() };
    Ok(format!("{asset} {available}{held}"))
}
