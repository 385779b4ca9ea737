//! `demo toss`, `demo lemonsqueezy` and `demo identity` run the stand-ins; `demo story` plays the
//! story.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use demo::identity::{Identity, Person};
use demo::{lemonsqueezy, story, toss};

/// The story of Folio, and the stand-ins it needs.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Stand in for Toss Payments until stopped.
    Toss {
        /// Where to listen.
        #[arg(long)]
        addr: SocketAddr,
        /// The file with the shop's secret key.
        #[arg(long)]
        secret_key_file: PathBuf,
        /// Where webhooks go.
        #[arg(long)]
        webhook_url: String,
        /// The file that outlives the process.
        #[arg(long)]
        store: PathBuf,
    },
    /// Stand in for Lemon Squeezy until stopped.
    Lemonsqueezy {
        /// Where to listen.
        #[arg(long)]
        addr: SocketAddr,
        /// The file with the API key.
        #[arg(long)]
        api_key_file: PathBuf,
        /// The file with the secrets of webhooks; the first one signs.
        #[arg(long)]
        webhook_secrets_file: PathBuf,
        /// Where webhooks go.
        #[arg(long)]
        webhook_url: String,
        /// The file that outlives the process.
        #[arg(long)]
        store: PathBuf,
    },
    /// Print what the plans are called there, for `FOLIO_LEMONSQUEEZY_VARIANTS`.
    LemonsqueezyVariants,
    /// Stand in for Google and Discord until stopped: whoever comes is Nari, or whom `PUT
    /// /_script/person` named last, and consents.
    Identity {
        /// Where to listen.
        #[arg(long)]
        addr: SocketAddr,
    },
    /// Play the story.
    Story {
        /// Where the service is.
        #[arg(long, env = "FOLIO_URL")]
        url: String,
        /// Where the stand-in Toss is.
        #[arg(long, env = "FOLIO_TOSS_URL")]
        toss_url: String,
        /// Where the stand-in Lemon Squeezy is.
        #[arg(long, env = "FOLIO_LEMONSQUEEZY_URL")]
        lemonsqueezy_url: String,
        /// The operator's address.
        #[arg(long)]
        operator_email: String,
        /// The file with the operator's password.
        #[arg(long)]
        operator_password_file: PathBuf,
        /// The folder where pictures are kept.
        #[arg(long)]
        pictures: PathBuf,
        /// The program `replay-tool`.
        #[arg(long)]
        replay_tool: PathBuf,
    },
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
    match run(Arguments::parse().part).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(part: Part) -> anyhow::Result<()> {
    match part {
        Part::Toss { addr, secret_key_file, webhook_url, store } => {
            let secret_key = secret(&secret_key_file)?;
            let webhook_url = Some(webhook_url);
            let options = toss::Options {
                addr,
                webhook_url,
                store: Some(store),
                ..toss::Options::new(secret_key)
            };
            let toss = toss::Toss::start(options).await?;
            tracing::info!(url = toss.url(), "standing in for Toss");
            toss.serve().await;
            Ok(())
        }
        Part::Lemonsqueezy { addr, api_key_file, webhook_secrets_file, webhook_url, store } => {
            let secrets = secret(&webhook_secrets_file)?;
            let signing = secrets.lines().next().unwrap_or_default().trim();
            let options = lemonsqueezy::Options {
                addr,
                webhook_url: Some(webhook_url),
                file: Some(store),
                ..lemonsqueezy::Options::new(secret(&api_key_file)?, signing)
            };
            let lemonsqueezy = lemonsqueezy::LemonSqueezy::start(options).await?;
            tracing::info!(url = lemonsqueezy.url(), "standing in for Lemon Squeezy");
            lemonsqueezy.serve().await;
            Ok(())
        }
        Part::LemonsqueezyVariants => {
            println!("{}", lemonsqueezy::SHELF_NAMES);
            Ok(())
        }
        Part::Identity { addr } => {
            let identity = Identity::start(addr).await?;
            identity.person(Person::verified("demo-nari", "nari@demo.example", "Nari"));
            tracing::info!(url = identity.url(), "standing in for Google and Discord");
            identity.serve().await;
            Ok(())
        }
        Part::Story {
            url,
            toss_url,
            lemonsqueezy_url,
            operator_email,
            operator_password_file,
            pictures,
            replay_tool,
        } => {
            let operator_password = secret(&operator_password_file)?;
            let options = story::Options {
                url,
                toss_url,
                lemonsqueezy_url,
                operator_email,
                operator_password,
                pictures,
                replay_tool,
            };
            story::play(options).await
        }
    }
}

fn secret(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file);
    Ok(text.with_context(|| format!("reading {}", file.display()))?.trim().to_owned())
}
