//! `sealing_us`: what it costs to keep a person's words and whereabouts from the log (D12).

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use aws_lc_rs::rand;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use eventstore::seal::MasterKey;
use uuid::Uuid;

use super::Setting;
use crate::load::median;
use crate::report::Row;

/// Commands of one run.
const COMMANDS: u32 = 20_000;
/// A tenth of what a batched command costs the writer.
const GOAL_MICROSECONDS: f64 = 10.0;
/// What a request for a picture seals: where it came from, by what, and what is to be painted.
const FIELDS: [(&str, usize); 3] = [("ip", 13), ("user_agent", 110), ("prompt", 300)];

/// Measures it on one core, with the person's key unwrapped for each field, which the service does
/// once and remembers.
///
/// # Errors
/// The cipher fails.
pub fn row(setting: &Setting) -> Result<Row> {
    let mut secret = [0; 32];
    rand::fill(&mut secret)?;
    let master = MasterKey::from_base64(&BASE64_STANDARD.encode(secret))?;
    let (person, key) = (Uuid::now_v7(), master.new_person_key()?);
    let texts = FIELDS.map(|(field, bytes)| (field, "x".repeat(bytes)));
    let (mut runs, mut grown) = (Vec::new(), 0);
    for _ in 0..setting.repetitions {
        let begun = Instant::now();
        for _ in 0..COMMANDS {
            for (field, text) in &texts {
                let place = ("generation.requested", *field);
                black_box(master.seal_with(&key, person, place, black_box(text))?);
            }
        }
        runs.push(begun.elapsed().as_secs_f64() * 1e6 / f64::from(COMMANDS));
    }
    for (field, text) in &texts {
        let sealed = master.seal_with(&key, person, ("generation.requested", field), text)?;
        grown += serde_json::to_string(&sealed)?.len() - text.len();
    }
    let row = Row::figure("sealing_us", "µs/command", median(runs), GOAL_MICROSECONDS);
    Ok(row.lower_is_better().note(format!("three fields; {grown} bytes more in the log")))
}
