//! `replay-tool`: the log for operators and auditors. Exit 0: as it should be; 1: something is
//! wrong and was named; 2: it could not be asked.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use deadpool_postgres::Pool;
use domain::{Asset, UserId};
use eventstore::Log;
use eventstore::database::{Purpose, pool};
use replay_tool::balance::At;
use replay_tool::history::StreamName;
use replay_tool::progress::Progress;
use replay_tool::{balance, history, verify};
use uuid::Uuid;

/// Connections: one reads ahead, the others compare.
const POOL: usize = 4;

/// Replays, proves and explains the log. Appends nothing.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// The database, as a role that may read the log.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Machine-readable output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prove the log: chain, contiguity, books, promises, commands, claims, timers.
    Verify {
        /// Also read everything through postgres-es and compare.
        #[arg(long)]
        independent: bool,
        /// Append the head's position and hash to this file, and check those already in it.
        #[arg(long)]
        anchor: Option<std::path::PathBuf>,
    },
    /// Print one stream, for example `wallet-0192f5a0-…`.
    History {
        /// `<type>-<uuid>`.
        stream: StreamName,
    },
    /// What a user had of an asset.
    Balance {
        /// The user's id.
        user: Uuid,
        /// token, credit or earning.
        #[arg(value_parser = asset)]
        asset: Asset,
        /// A position, or a time such as 2026-11-21T09:00:00Z; the head if left out.
        #[arg(long)]
        at: Option<At>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("replay-tool: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Answers whether everything is as it should be.
async fn run(args: &Args) -> Result<bool> {
    let pool = pool(&args.database_url, Purpose::Log, POOL).context("the database URL")?;
    let log = Log::new(pool.clone());
    match &args.command {
        Command::Verify { independent, anchor } => {
            let independent = independent.then_some(args.database_url.as_str());
            let options = verify::Options { independent, anchor: anchor.as_deref() };
            run_verify(&pool, options, args.json).await
        }
        Command::History { stream } => {
            history::print(&log, stream, args.json).await?;
            Ok(true)
        }
        Command::Balance { user, asset, at } => {
            let at = match at {
                Some(at) => *at,
                None => At::Position(log.head().await?),
            };
            let balance = balance::at(&log, UserId(*user), *asset, at).await?;
            balance.print(args.json)?;
            Ok(true)
        }
    }
}

async fn run_verify(pool: &Pool, options: verify::Options<'_>, json: bool) -> Result<bool> {
    let progress = Progress::start("verify", json);
    let report = verify::verify(pool, options, |done, head| progress.at(done, head)).await?;
    progress.finish();
    report.print(json)?;
    Ok(report.ok)
}

fn asset(code: &str) -> Result<Asset, String> {
    Asset::parse(code).ok_or_else(|| "one of token, credit, earning".to_owned())
}
