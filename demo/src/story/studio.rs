//! An artist comes, makes a style, and an operator gives it weights.

use serde_json::{Value, json};

use super::Story;
use super::stage::{Ask, text};

/// What a picture in the style costs.
pub(super) const STYLE_PRICE: i64 = 20;
/// The SHA-256 of weights that only exist in the story.
const WEIGHTS_SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

impl Story {
    /// A style is made, priced, given a model, and published.
    ///
    /// # Errors
    /// Something else happens.
    pub(super) async fn open_studio(&mut self) -> anyhow::Result<()> {
        self.narrator.step("Mina becomes an artist and makes a style");
        let body = json!({"artist_name": "Mina Paints"});
        let join = Ask::post("/v1/artists", body).by(&self.mina).keyed("artist");
        self.stage.ask(join).await?.expect(&[201])?;
        self.mina = self.mina.again(&mut self.stage).await?;
        let style = self.make_style().await?;
        self.narrator.line(format!("\"Dusk in Ink\", {STYLE_PRICE} tokens a picture"));
        let publish = format!("/v1/styles/{style}/publish");
        let early = Ask::command(reqwest::Method::POST, &publish).by(&self.mina);
        let early = self.stage.ask(early.keyed("publish-early")).await?;
        early.expect_problem(409, "not-trained")?;
        self.narrator.line("it cannot be published yet: it is not trained");
        self.narrator.step("The operator registers its weights, and Mina publishes it");
        self.register_model(&style).await?;
        let publish = Ask::command(reqwest::Method::POST, &publish).by(&self.mina);
        self.stage.ask(publish.keyed("publish")).await?.expect(&[200])?;
        let shown = self.stage.read("/v1/styles", None).await?;
        let count = shown["data"].as_array().map_or(0, Vec::len);
        self.narrator.line(format!("everybody sees it, among {count} style(s)"));
        self.style = Some(style);
        Ok(())
    }

    async fn make_style(&mut self) -> anyhow::Result<String> {
        let body = json!({
            "name": "Dusk in Ink", "description": "Strokes that follow the wind.",
            "cost": STYLE_PRICE,
        });
        let create = Ask::post("/v1/styles", body).by(&self.mina).keyed("style");
        text(&self.stage.ask(create).await?.expect(&[201])?, "id")
    }

    async fn register_model(&mut self, style: &str) -> anyhow::Result<Value> {
        let body = json!({
            "name": "dusk-in-ink-v1", "display_name": "Dusk in Ink", "type": "lora",
            "base": "sdxl", "path": "models/dusk-in-ink-v1.safetensors",
            "sha256": WEIGHTS_SHA256, "bytes": 1_048_576, "style_id": style,
        });
        let register = Ask::post("/v1/admin/models", body).by(&self.operator).keyed("model");
        self.stage.ask(register).await?.expect(&[201])
    }
}
