//! Pictures are asked for, painted by the worker, paid, shown and liked.

use anyhow::{Context, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use super::Story;
use super::person::Person;
use super::stage::{Ask, number, text};
use super::studio::STYLE_PRICE;

/// One picture of the story.
struct Wish {
    step: &'static str,
    prompt: &'static str,
    seed: i64,
}

impl Story {
    /// Two pictures are painted and paid; a third is refused and costs nothing.
    ///
    /// # Errors
    /// Something else happens.
    pub(super) async fn paint(&mut self) -> anyhow::Result<()> {
        self.narrator.step("Jun asks for a picture; his tokens are held, not spent");
        let (jun, sora, mina) = (self.jun.clone(), self.sora.clone(), self.mina.clone());
        let wish = Wish { step: "picture-1", prompt: "a lighthouse at dusk", seed: 7 };
        self.quote(&jun, &wish).await?;
        let first = self.ask_for_picture(&jun, &wish).await?;
        self.narrator.balances(&mut self.stage, &[&jun]).await?;
        self.narrator.step("The worker paints it; the hold is captured, Mina earns her share");
        self.painted(&jun, &first, "completed").await?;
        self.keep_picture(&jun, &first, wish.step).await?;
        self.narrator.balances(&mut self.stage, &[&jun, &mina]).await?;

        self.narrator.step("Sora asks for one too");
        let wish = Wish { step: "picture-2", prompt: "the sea in winter", seed: 8 };
        let second = self.ask_for_picture(&sora, &wish).await?;
        self.painted(&sora, &second, "completed").await?;
        self.keep_picture(&sora, &second, wish.step).await?;
        self.narrator.balances(&mut self.stage, &[&sora, &mina]).await?;

        self.narrator.step("Jun asks for something the worker refuses; everything goes back");
        let wish = Wish { step: "picture-3", prompt: "gore, in every detail", seed: 9 };
        let third = self.ask_for_picture(&jun, &wish).await?;
        self.painted(&jun, &third, "failed").await?;
        self.narrator.balances(&mut self.stage, &[&jun, &sora, &mina]).await?;
        self.pictures = vec![first, second];
        Ok(())
    }

    /// The feed fills, and people like what they see.
    ///
    /// # Errors
    /// Something else happens.
    pub(super) async fn share_pictures(&mut self) -> anyhow::Result<()> {
        self.narrator.step("Jun and Sora publish; the feed fills; everybody likes");
        let owners = [self.jun.clone(), self.sora.clone()];
        for (generation, owner) in self.pictures.clone().iter().zip(&owners) {
            let path = format!("/v1/generations/{generation}/publish");
            let key = format!("publish-{generation}");
            let publish = Ask::command(Method::POST, &path).by(owner).keyed(&key);
            self.stage.ask(publish).await?.expect(&[200])?;
        }
        let first = self.pictures.first().context("there is a picture")?.clone();
        let path = format!("/v1/generations/{first}/like");
        for (person, method) in [
            (self.sora.clone(), Method::PUT),
            (self.mina.clone(), Method::PUT),
            (self.mina.clone(), Method::DELETE),
        ] {
            let like = Ask::command(method.clone(), &path).by(&person);
            self.stage.ask(like).await?.expect(&[200, 201, 204])?;
            self.narrator.line(format!("{} {method} like", person.name));
        }
        let feed = self.stage.read("/v1/feed", None).await?;
        let feed = feed["data"].as_array().cloned().unwrap_or_default();
        let of_ours = feed.iter().filter(|entry| entry["id"] == first.as_str()).collect::<Vec<_>>();
        let [entry] = of_ours[..] else {
            anyhow::bail!("the picture is in the feed once: {feed:?}")
        };
        let likes = number(entry, "like_count")?;
        ensure!(likes == 1, "one like is left, but the feed says {likes}");
        self.narrator.line(format!("{} picture(s) in the feed, {likes} like on Jun's", feed.len()));
        Ok(())
    }

    async fn quote(&mut self, by: &Person, wish: &Wish) -> anyhow::Result<()> {
        let quote = Ask::post("/v1/generations/quote", self.order(wish)?).by(by);
        let quote = self.stage.ask(quote).await?.expect(&[200])?;
        self.narrator.line(format!("quoted: {}", quote["total"]));
        Ok(())
    }

    async fn ask_for_picture(&mut self, by: &Person, wish: &Wish) -> anyhow::Result<String> {
        let ask = Ask::post("/v1/generations", self.order(wish)?).by(by).keyed(wish.step);
        let generation = self.stage.ask(ask).await?.expect(&[200, 202])?;
        self.narrator.line(format!("\"{}\", seed {}", wish.prompt, wish.seed));
        text(&generation, "id")
    }

    fn order(&self, wish: &Wish) -> anyhow::Result<Value> {
        let style = self.style.as_ref().context("there is a style")?;
        Ok(json!({
            "job_type": "style", "style_id": style, "prompt": wish.prompt,
            "width": 768, "height": 768, "steps": 24, "seed": wish.seed, "max_cost": STYLE_PRICE,
        }))
    }

    /// Waits until the worker is done, telling how far it is.
    async fn painted(&mut self, by: &Person, id: &str, end: &str) -> anyhow::Result<()> {
        let path = format!("/v1/generations/{id}");
        let ended = self
            .stage
            .until("the picture is painted", async |stage| {
                let generation = stage.read(&path, Some(by)).await?;
                let status = text(&generation, "status")?;
                Ok(matches!(&*status, "completed" | "failed" | "canceled").then_some(generation))
            })
            .await?;
        ensure!(ended["status"] == end, "it should be {end}, but it is {ended}");
        let why = ended["error_code"].as_str().map(|code| format!(": {code}")).unwrap_or_default();
        self.narrator.line(format!("{end}{why}"));
        Ok(())
    }

    /// Saves the picture beside the story.
    async fn keep_picture(&mut self, by: &Person, id: &str, name: &str) -> anyhow::Result<()> {
        let generation = self.stage.read(&format!("/v1/generations/{id}"), Some(by)).await?;
        let image = text(&generation["outputs"][0], "image_id")?;
        let file = self.stage.download(&format!("/v1/images/{image}/file"), by).await?;
        ensure!(file.starts_with(b"\x89PNG"), "a picture is a PNG");
        let path = self.pictures_folder.join(format!("{name}.png"));
        std::fs::write(&path, &file).with_context(|| format!("writing {}", path.display()))?;
        self.narrator.line(format!("{} KiB, kept as {}", file.len() / 1024, path.display()));
        Ok(())
    }
}
