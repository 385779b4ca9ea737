//! The end of the story: what everybody must own, and the proofs from history.

use std::path::Path;

use anyhow::{Context, ensure};
use tokio::process::Command;

use super::Story;
use super::person::Person;
use super::purchases::RETURNED;
use super::stage::number;
use super::studio::STYLE_PRICE;

/// The welcome present (P1).
pub(super) const WELCOME: i64 = 100;
/// What Jun bought.
const BOUGHT: i64 = 50 + 150;
/// What Jun sent Sora.
const SENT: i64 = 30;
/// The platform keeps a tenth.
const EARNED: i64 = STYLE_PRICE - STYLE_PRICE / 10;

/// What is proven, in this order: everything is rebuilt, nothing differs, the chain and the books
/// hold, and a second reader of the log agrees.
const PROOFS: [&[&str]; 4] = [&["rebuild"], &["diff"], &["verify"], &["verify", "--independent"]];

impl Story {
    /// Everybody owns exactly what the story says.
    ///
    /// # Errors
    /// Somebody does not.
    pub(super) async fn settle(&mut self) -> anyhow::Result<()> {
        self.narrator.step("The books: everybody owns exactly what the story says");
        let (jun, sora, mina) = (self.jun.clone(), self.sora.clone(), self.mina.clone());
        let expected = [
            (&jun, "token", WELCOME + BOUGHT - RETURNED - SENT - STYLE_PRICE),
            (&sora, "token", WELCOME + SENT - STYLE_PRICE),
            (&mina, "token", WELCOME),
            (&mina, "earning", 2 * EARNED),
        ];
        for (person, asset, amount) in expected {
            self.owns(person, asset, amount).await?;
        }
        self.narrator.balances(&mut self.stage, &[&jun, &sora, &mina]).await
    }

    async fn owns(&mut self, person: &Person, asset: &str, amount: i64) -> anyhow::Result<()> {
        let path = format!("/v1/wallets/{asset}");
        let wallet = self.stage.read(&path, Some(person)).await?;
        let (available, held) = (number(&wallet, "available")?, number(&wallet, "held")?);
        ensure!(
            (available, held) == (amount, 0),
            "{} should own {amount} {asset}, but owns {available} with {held} held",
            person.name
        );
        Ok(())
    }

    /// Rebuilds every read table from history, compares, and verifies.
    ///
    /// # Errors
    /// A proof fails; the tool has said why.
    pub(super) async fn prove(&mut self, tool: &Path) -> anyhow::Result<()> {
        self.narrator.step("History proves it: rebuild, diff, verify");
        for arguments in PROOFS {
            let shown = arguments.join(" ");
            let status = Command::new(tool).args(arguments).status().await;
            let status = status.with_context(|| format!("starting {}", tool.display()))?;
            ensure!(status.success(), "replay-tool {shown}: {status}");
            self.narrator.line(format!("replay-tool {shown}: ok"));
        }
        Ok(())
    }
}
