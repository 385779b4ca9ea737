//! The binary `folio`. What it can do is in [`api::cli`].

use std::process::ExitCode;

use api::cli::Cli;
use clap::Parser as _;
use tracing_subscriber::EnvFilter;

/// What is logged unless `RUST_LOG` says otherwise.
const LOG_DEFAULT: &str = "info,tower_http=warn";

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| LOG_DEFAULT.into());
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    match cli.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "folio stops");
            ExitCode::FAILURE
        }
    }
}
