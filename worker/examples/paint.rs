//! Paints one picture to a file: `cargo run --release -p worker --example paint -- "a prompt" 7 out.png`.

use worker::paint::{Motif, Painting};

fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let prompt = words.next().unwrap_or_else(|| "a lighthouse at dusk".to_owned());
    let seed = words.next().map_or(Ok(7), |seed| seed.parse())?;
    let path = words.next().unwrap_or_else(|| "painting.png".to_owned());
    let motif = Motif { prompt, negative_prompt: None, width: 1024, height: 1024, steps: 30, seed };
    let mut painting = Painting::begin(motif);
    while painting.step() {}
    Ok(std::fs::write(path, painting.finish()?)?)
}
