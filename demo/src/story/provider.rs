//! Somebody comes in with Google: by the stand-in's page and back, as a browser does.

use anyhow::{Context, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use serde_json::json;

use super::Story;
use super::books::WELCOME;
use super::person::Person;
use super::stage::{Ask, Stage};

/// Where the service sends browsers back to, unless it was told otherwise.
const APP: &str = "/auth/callback";

impl Story {
    /// Nari has no password; the first time she signs up by coming in.
    ///
    /// # Errors
    /// She does not get in, or is not welcomed.
    pub(super) async fn come_in(&mut self) -> anyhow::Result<()> {
        self.narrator.step("Nari comes in with Google, and is welcomed with 100 tokens too");
        // A code works once and a way ends after a while: whoever is interrupted begins anew.
        let try_it = async |stage: &mut Stage| Ok(by_google(stage, "Nari").await.ok());
        let nari = self.stage.until("Nari comes in", try_it).await?;
        let welcomed = async |stage: &mut Stage| {
            let wallets = stage.read("/v1/wallets", Some(&nari)).await?;
            Ok(wallets["data"][0]["available"].as_i64().filter(|&owned| owned > 0))
        };
        let owned = self.stage.until("the welcome present", welcomed).await?;
        ensure!(owned == WELCOME, "Nari was welcomed with {owned} tokens");
        self.narrator.balances(&mut self.stage, &[&nari]).await
    }
}

/// There, consent, and back: then the code in the app's address is worth tokens to whoever began.
async fn by_google(stage: &mut Stage, name: &str) -> anyhow::Result<Person> {
    let mut begin: Url = stage.at("/v1/auth/oauth/google/authorize").parse()?;
    let mut secret = [0; 32];
    rand::fill(&mut secret).context("draw a secret")?;
    let verifier = URL_SAFE_NO_PAD.encode(secret);
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    let app = stage.at(APP);
    let asked = [("redirect_uri", app.as_str()), ("code_challenge", &challenge)];
    begin.query_pairs_mut().extend_pairs(asked);
    let left = stage.hop(begin.as_str(), None).await?;
    let consented = stage.hop(&left.to, None).await?;
    let back = stage.hop(&consented.to, left.cookie.as_deref()).await?;
    let place: Url = back.to.parse()?;
    let code = place.query_pairs().find(|(key, _)| key == "code").map(|(_, code)| code);
    let code = code.with_context(|| format!("no code in {place}"))?;
    let exchange =
        Ask::post("/v1/auth/oauth/exchange", json!({"code": code, "code_verifier": verifier}));
    Person::of(name, &stage.ask(exchange).await?.expect(&[200])?)
}
