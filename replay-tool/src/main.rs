//! `replay-tool`: the log for operators and auditors. Exit 0: as it should be; 1: something is
//! wrong and was named; 2: it could not be asked.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{Parser, Subcommand};
use domain::{Asset, UserId};
use eventstore::Log;
use replay_tool::advice::{advice, one_line};
use replay_tool::balance::{self, At};
use replay_tool::connect::Connections;
use replay_tool::history::{self, StreamName};
use replay_tool::progress::Progress;
use replay_tool::statement;
use replay_tool::tables::{self, Choice};
use replay_tool::verify;
use uuid::Uuid;

/// Rebuilds, compares, proves and explains from history. Appends nothing.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit code 0: as it should be. 1: something is wrong, and named. \
    2: it could not be asked."
)]
struct Args {
    #[command(flatten)]
    connections: Connections,
    /// Machine-readable output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build read tables again beside the live ones, and swap them in while the service goes on.
    Rebuild {
        /// One projection; all if left out.
        projection: Option<Choice>,
    },
    /// Compare live read tables with what history says; prints nothing if they agree.
    Diff {
        /// One projection; all if left out.
        projection: Option<Choice>,
    },
    /// Prove the log: chain, streams, books, promises, commands, claims, timers.
    Verify {
        /// Also read everything through postgres-es and compare.
        #[arg(long)]
        independent: bool,
        /// Compare with the heads noted in this file, and note today's: shows a cut tail. Keep it
        /// away from the database's machine.
        #[arg(long)]
        anchor: Option<PathBuf>,
    },
    /// Print one stream, for example `purchase-0192f5a0-…`; a wallet is named by its owner,
    /// `wallet-0192f5a0-…-token`.
    History {
        /// `<type>-<uuid>`, or `wallet-<user>-<asset>`.
        stream: StreamName,
    },
    /// What a user had of an asset.
    Balance {
        /// The user's id.
        user: Uuid,
        /// token, credit or earning.
        #[arg(value_parser = asset)]
        asset: Asset,
        /// A position, as a number or as the API tells it, or a time such as 2026-11-21T09:00:00Z that
        /// is not still to come; the head if left out.
        #[arg(long)]
        at: Option<At>,
    },
    /// What came and went in a wallet between two times, to hold beside a signed statement.
    Statement {
        /// The user's id.
        user: Uuid,
        /// token, credit or earning.
        #[arg(value_parser = asset)]
        asset: Asset,
        /// From this time on (RFC 3339); from the beginning if left out.
        #[arg(long)]
        from: Option<DateTime<Utc>>,
        /// Until before this time; until now if left out.
        #[arg(long)]
        to: Option<DateTime<Utc>>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS, // `| head` has seen enough.
        Err(error) => {
            complain(&error, args.json);
            ExitCode::from(2)
        }
    }
}

/// Says why it could not be asked; for machines as one object, on standard error too.
fn complain(error: &anyhow::Error, json: bool) {
    let (error, advice) = (one_line(error), advice(error));
    if json {
        eprintln!("{}", serde_json::json!({ "error": error, "advice": advice }));
        return;
    }
    eprintln!("replay-tool: {error}");
    if let Some(advice) = advice {
        eprintln!("  {advice}");
    }
}

/// Answers whether everything is as it should be.
async fn run(Args { connections, json, command }: &Args) -> Result<bool> {
    match command {
        Command::Rebuild { projection } => {
            let choice = projection.clone().unwrap_or_else(Choice::all);
            tables::rebuild_all(&connections.workshop()?, &choice, *json).await?.print(*json)?;
            Ok(true)
        }
        Command::Diff { projection } => {
            let choice = projection.clone().unwrap_or_else(Choice::all);
            let found = tables::diff_all(&connections.workshop()?, &choice, *json).await?;
            tables::print_differences(&found, *json)?;
            Ok(found.is_empty())
        }
        Command::Verify { independent, anchor } => {
            let independent = independent.then(|| connections.log_url()).transpose()?;
            let options = verify::Options { independent, anchor: anchor.as_deref() };
            let progress = Progress::start("verify", *json);
            let heard = |done, head| progress.at(done, head);
            let report = verify::verify(&connections.log_pool()?, options, heard).await;
            progress.finish();
            let report = report?;
            report.print(*json)?;
            Ok(report.ok)
        }
        Command::History { stream } => {
            history::print(&Log::new(connections.log_pool()?), stream, *json).await?;
            Ok(true)
        }
        Command::Balance { user, asset, at } => {
            let log = Log::new(connections.log_pool()?);
            balance::at(&log, UserId(*user), *asset, at.as_ref()).await?.print(*json)?;
            Ok(true)
        }
        Command::Statement { user, asset, from, to } => {
            let log = Log::new(connections.log_pool()?);
            let wallet = (UserId(*user), *asset);
            statement::between(&log, wallet, (*from, *to)).await?.print(*json)?;
            Ok(true)
        }
    }
}

fn asset(code: &str) -> Result<Asset, String> {
    Asset::parse(code).ok_or_else(|| "one of token, credit, earning".to_owned())
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
