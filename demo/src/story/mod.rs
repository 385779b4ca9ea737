//! The story of `./run demo`, over HTTP only. Every command has a key that follows from its step, so
//! that a story that was interrupted, or has ended, can be played again and ends in the same books.

mod books;
mod narrator;
mod person;
mod pictures;
mod plan;
mod provider;
mod purchases;
mod stage;
mod studio;
mod toss_window;

use std::path::PathBuf;

use narrator::Narrator;
use person::Person;
use stage::Stage;
use toss_window::TossWindow;

/// What the story needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the service is.
    pub url: String,
    /// Where the stand-in Toss is.
    pub toss_url: String,
    /// Where the stand-in Lemon Squeezy is.
    pub lemonsqueezy_url: String,
    /// The operator's address.
    pub operator_email: String,
    /// The operator's password.
    pub operator_password: String,
    /// Where pictures are kept.
    pub pictures: PathBuf,
    /// The program that rebuilds, compares and verifies.
    pub replay_tool: PathBuf,
}

struct Story {
    stage: Stage,
    narrator: Narrator,
    toss: TossWindow,
    lemonsqueezy_url: String,
    operator: Person,
    mina: Person,
    jun: Person,
    sora: Person,
    style: Option<String>,
    pictures: Vec<String>,
    pictures_folder: PathBuf,
}

/// Plays the story to its end.
///
/// # Errors
/// Anything goes otherwise than told; every invariant is checked.
pub async fn play(options: Options) -> anyhow::Result<()> {
    std::fs::create_dir_all(&options.pictures)?;
    let mut story = Story::open(&options).await?;
    story.come_in().await?;
    story.buy_tokens().await?;
    story.give_some_back().await?;
    story.share_tokens().await?;
    story.subscribe().await?;
    story.open_studio().await?;
    story.paint().await?;
    story.share_pictures().await?;
    story.settle().await?;
    story.prove(&options.replay_tool).await?;
    story.narrator.end();
    Ok(())
}

impl Story {
    /// Everybody enters, and has got the welcome present.
    async fn open(options: &Options) -> anyhow::Result<Self> {
        let mut stage = Stage::new(&options.url)?;
        let mut narrator = Narrator::default();
        narrator.step("Mina, Jun and Sora sign up, and are welcomed with 100 tokens each");
        let mina = Person::enter(&mut stage, "Mina").await?;
        let jun = Person::enter(&mut stage, "Jun").await?;
        let sora = Person::enter(&mut stage, "Sora").await?;
        let (email, password) = (&options.operator_email, &options.operator_password);
        let operator = Person::sign_in(&mut stage, "Operator", email, password).await?;
        for person in [&mina, &jun, &sora] {
            let welcomed = async |stage: &mut Stage| {
                let path = "/v1/wallets/token/transactions?kind=welcome_bonus";
                let welcome = stage.read(path, Some(person)).await?;
                Ok(welcome["data"].as_array().is_some_and(|data| !data.is_empty()).then_some(()))
            };
            stage.until("the welcome present", welcomed).await?;
        }
        narrator.balances(&mut stage, &[&mina, &jun, &sora]).await?;
        Ok(Self {
            stage,
            narrator,
            toss: TossWindow::new(&options.toss_url)?,
            lemonsqueezy_url: options.lemonsqueezy_url.trim_end_matches('/').to_owned(),
            operator,
            mina,
            jun,
            sora,
            style: None,
            pictures: Vec::new(),
            pictures_folder: options.pictures.clone(),
        })
    }
}
