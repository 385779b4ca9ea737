//! The binary `folio`. What it can do is in [`api::cli`].

use std::process::ExitCode;

use api::cli::Cli;
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = api::logging::filter(std::env::var("RUST_LOG").ok().as_deref());
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    match cli.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "folio stops");
            ExitCode::FAILURE
        }
    }
}
