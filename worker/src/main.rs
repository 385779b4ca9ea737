//! Runs one worker until Ctrl-C or SIGTERM; a job in hand is finished first.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use worker::{Options, Worker};

/// Paints for Folio.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// Where the service is.
    #[arg(long, env = "FOLIO_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The file with the key that `folio worker-key create` or an operator issued.
    #[arg(long, env = "FOLIO_WORKER_KEY_FILE")]
    key_file: Option<PathBuf>,
    /// What it paints with, for people.
    #[arg(long, env = "FOLIO_WORKER_GPU", default_value = "reference painter (no GPU)")]
    gpu: String,
    /// Classes of jobs it takes.
    #[arg(long, env = "FOLIO_WORKER_CLASSES", value_delimiter = ',', default_value = "default")]
    classes: Vec<String>,
    /// Milliseconds a step takes at least.
    #[arg(long, env = "FOLIO_WORKER_PACE_MS", default_value_t = 0)]
    pace_ms: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let options = Options {
        key: key(arguments.key_file)?,
        url: arguments.url,
        gpu: arguments.gpu,
        classes: arguments.classes,
        pace: Duration::from_millis(arguments.pace_ms),
    };
    let stop = stop_signal()?;
    let worker =
        Worker::register(options).await.context("the service does not take this worker")?;
    worker.run(stop).await.context("the service no longer takes this worker")
}

/// The key, from `FOLIO_WORKER_KEY` or the file; never from an argument, which others can see.
fn key(file: Option<PathBuf>) -> anyhow::Result<String> {
    let key = match (std::env::var("FOLIO_WORKER_KEY"), file) {
        (Ok(key), _) => key,
        (Err(_), Some(file)) => {
            std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?
        }
        (Err(_), None) => anyhow::bail!("set FOLIO_WORKER_KEY_FILE or FOLIO_WORKER_KEY"),
    };
    Ok(key.trim().to_owned())
}

/// Turns true at the first Ctrl-C or SIGTERM.
fn stop_signal() -> anyhow::Result<watch::Receiver<bool>> {
    let (sender, receiver) = watch::channel(false);
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        tracing::info!("stopping after the job in hand");
        sender.send_replace(true);
    });
    Ok(receiver)
}
