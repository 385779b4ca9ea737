//! Sora subscribes to a plan: credits come with each invoice that is paid, and the last month is
//! hers to its end.

use anyhow::{Context, ensure};
use reqwest::StatusCode;
use serde_json::json;

use super::Story;
use super::person::Person;
use super::stage::{Ask, Stage, patiently, text};
use crate::lemonsqueezy::Act;

/// Credits of the plan, each month (SUB-02).
const CREDITS: i64 = 5_000;

impl Story {
    /// Subscribe, be granted credits, renew, cancel.
    ///
    /// # Errors
    /// Something else happens.
    pub(super) async fn subscribe(&mut self) -> anyhow::Result<()> {
        let sora = self.sora.clone();
        self.narrator.step("Sora subscribes to the plan Starter, and pays at Lemon Squeezy");
        let (id, lemon_id) = match known(&mut self.stage, &sora).await? {
            Some(known) => known, // The story was told before.
            None => self.pay_for_plan(&sora).await?,
        };
        self.has_credits(&sora, CREDITS).await?;
        self.narrator.step("A month goes by: the renewal is paid, and more credits come");
        if self.invoices(&sora, &id).await? < 2 {
            self.lemonsqueezy(lemon_id, &Act::Renew).await?;
        }
        self.has_credits(&sora, 2 * CREDITS).await?;
        self.narrator.step("Sora cancels: the plan ends with the month, the credits stay");
        let path = format!("/v1/subscriptions/{id}/cancel");
        let cancel = Ask::post(&path, json!({})).by(&sora).keyed("cancel-plan");
        self.stage.ask(cancel).await?.expect(&[200, 202])?;
        let cancelled = async |stage: &mut Stage| {
            let shown = stage.read("/v1/subscriptions/current", Some(&sora)).await?;
            Ok((shown["status"] == "cancelled").then_some(shown))
        };
        let cancelled = self.stage.until("the cancellation", cancelled).await?;
        let ends_at = text(&cancelled, "ends_at")?;
        self.narrator.line(format!("valid until {ends_at}"));
        self.narrator.balances(&mut self.stage, &[&sora]).await
    }

    /// Through the page of a checkout; gives our id and Lemon Squeezy's.
    async fn pay_for_plan(&mut self, person: &Person) -> anyhow::Result<(String, u64)> {
        let body = json!({"plan": "starter", "cycle": "monthly"});
        let open = Ask::post("/v1/subscriptions/checkout", body).by(person).keyed("plan-starter");
        let checkout = self.stage.ask(open).await?;
        if checkout.status == StatusCode::CREATED {
            self.pay(&text(&checkout.body, "checkout_url")?).await?;
        } else {
            checkout.expect_problem(409, "already-subscribed")?; // Paid before the story broke off.
        }
        let who = person.clone();
        let current = async |stage: &mut Stage| known(stage, &who).await;
        self.stage.until("the subscription", current).await
    }

    async fn pay(&mut self, page: &str) -> anyhow::Result<()> {
        let policy = reqwest::redirect::Policy::none();
        let browser = reqwest::Client::builder().redirect(policy).build()?;
        let pay = async || Ok(browser.post(page).send().await?);
        let paid = patiently(pay).await.context("paying the plan")?;
        ensure!(paid.status().is_redirection(), "the checkout answers {}", paid.status());
        self.narrator.line("paid; Lemon Squeezy announces it in four webhooks, in no order");
        Ok(())
    }

    async fn invoices(&mut self, person: &Person, id: &str) -> anyhow::Result<usize> {
        let path = format!("/v1/subscriptions/{id}/invoices");
        let list = self.stage.read(&path, Some(person)).await?;
        Ok(list["data"].as_array().map_or(0, Vec::len))
    }

    async fn has_credits(&mut self, person: &Person, credits: i64) -> anyhow::Result<()> {
        let who = person.clone();
        let granted = async |stage: &mut Stage| {
            let wallets = stage.read("/v1/wallets", Some(&who)).await?;
            let wallets = wallets["data"].as_array().cloned().unwrap_or_default();
            let credit = wallets.iter().find(|wallet| wallet["asset"] == "credit");
            // More, if the story is told again.
            Ok(credit.filter(|wallet| wallet["available"].as_i64() >= Some(credits)).map(drop))
        };
        self.stage.until("the credits", granted).await?;
        self.narrator.balances(&mut self.stage, &[person]).await
    }

    /// Something happens at the stand-in.
    async fn lemonsqueezy(&self, subscription: u64, act: &Act) -> anyhow::Result<()> {
        let url = format!("{}/_script/subscriptions/{subscription}", self.lemonsqueezy_url);
        let tell = async || {
            Ok(reqwest::Client::new().post(&url).json(act).send().await?.error_for_status()?)
        };
        patiently(tell).await.context("arranging a renewal").map(drop)
    }
}

/// Our id of somebody's subscription, and Lemon Squeezy's; none before there is one.
async fn known(stage: &mut Stage, person: &Person) -> anyhow::Result<Option<(String, u64)>> {
    let path = "/v1/subscriptions/current?present=pingvas_s4";
    let shown = stage.ask(Ask::get(path).by(person)).await?.body;
    let lemon_id = shown["lemon_squeezy_id"].as_str().and_then(|id| id.parse().ok());
    Ok(shown["id"].as_str().map(str::to_owned).zip(lemon_id))
}
