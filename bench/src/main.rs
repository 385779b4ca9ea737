//! Folio beside its peers, in one run on one Postgres: prints the ratio whether it is good or bad.

mod client;
mod crud;
mod folio;
mod library;
mod load;
mod report;
mod rows;
mod servers;
mod service;

use std::time::Duration;

use anyhow::Result;
use clap::Parser;

use crate::report::Row;
use crate::rows::Setting;
use crate::servers::Servers;

/// Measures Folio beside its peers and prints one table.
#[derive(Debug, Parser)]
struct Args {
    /// Shorter runs: the whole table in under five minutes, with noisier figures.
    #[arg(long)]
    quick: bool,
    /// One JSON line a row instead of the table.
    #[arg(long)]
    json: bool,
    /// Serve, for the row that measures a process of its own.
    #[arg(long, hide = true)]
    serve: bool,
    /// Only groups whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    if args.serve {
        return service::serve().await;
    }
    let (seconds, events) = if args.quick { (3, 200_000) } else { (10, 1_000_000) };
    let length = Duration::from_secs(seconds);
    let setting = Setting { servers: Servers::start()?, length, repetitions: 3, events };
    let mut rows = Vec::new();
    for group in GROUPS.iter().filter(|group| group.contains(&args.only)) {
        eprintln!("measuring {group} …");
        for row in measure(group, &setting).await? {
            if args.json {
                println!("{}", serde_json::to_string(&row)?);
            }
            rows.push(row);
        }
    }
    if !args.json {
        report::table(&rows);
    }
    Ok(())
}

const GROUPS: &[&str] =
    &["command", "spend", "generation", "http", "webhooks", "visible", "replay", "seal"];

async fn measure(group: &str, setting: &Setting) -> Result<Vec<Row>> {
    match group {
        "command" => Ok(vec![rows::command::row(setting).await?]),
        "spend" => rows::spend::rows(setting).await,
        "generation" => Ok(vec![rows::generation::row(setting).await?]),
        "http" => rows::http::rows(setting).await,
        "webhooks" => Ok(vec![rows::webhooks::row(setting).await?]),
        "visible" => Ok(vec![rows::visible::row(setting).await?]),
        "replay" => rows::replay::rows(setting).await,
        "seal" => Ok(vec![rows::seal::row(setting)?]),
        other => anyhow::bail!("no group {other}"),
    }
}
