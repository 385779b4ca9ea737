//! Tokens are bought, and Toss has its bad days.

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::Story;
use super::person::Person;
use super::stage::{Ask, Stage, number, text};
use crate::toss::Script;

/// What Jun gives back of the larger purchase.
pub(super) const RETURNED: i64 = 40;

/// How one purchase of the story goes.
struct Plan {
    step: &'static str,
    package: &'static str,
    script: Script,
}

impl Story {
    /// A purchase announced three times, one whose answer is lost, one that is refused.
    ///
    /// # Errors
    /// Something else happens.
    pub(super) async fn buy_tokens(&mut self) -> anyhow::Result<()> {
        self.narrator.step("Jun buys 50 tokens; Toss announces it three times");
        let plan =
            Plan { step: "buy-50", package: "tokens-50", script: Script::repeated_webhooks(3) };
        self.buy(plan).await?;
        self.narrator.step("Jun buys 150 tokens; the answer of Toss is lost on the way");
        let plan = Plan { step: "buy-150", package: "tokens-150", script: Script::lost_answer() };
        self.buy(plan).await?;
        self.narrator.step("Jun tries 500 tokens; the card company says no");
        let plan = Plan { step: "buy-500", package: "tokens-500", script: Script::declined() };
        self.buy_and_be_declined(plan).await?;
        let jun = self.jun.clone();
        self.narrator.balances(&mut self.stage, &[&jun]).await
    }

    async fn buy(&mut self, plan: Plan) -> anyhow::Result<()> {
        let id = self.confirm(&plan, &[200, 202]).await?;
        let jun = self.jun.clone();
        let purchase = self.stage.until("the purchase is paid", paid(&jun, &id)).await?;
        let (tokens, amount) = (number(&purchase, "tokens")?, number(&purchase, "amount")?);
        self.narrator.line(format!("{tokens} tokens for {amount} won, granted once"));
        self.narrator.balances(&mut self.stage, &[&jun]).await
    }

    async fn buy_and_be_declined(&mut self, plan: Plan) -> anyhow::Result<()> {
        let id = self.confirm(&plan, &[402]).await?;
        let path = format!("/v1/purchases/{id}");
        let purchase = self.stage.read(&path, Some(&self.jun)).await?;
        ensure!(purchase["status"] == "declined", "declined, but it is {purchase}");
        self.narrator.line(format!("refused: {}", text(&purchase, "provider_code")?));
        Ok(())
    }

    /// Creates a purchase, pays it in Toss's window, and confirms it as the browser would.
    async fn confirm(&mut self, plan: &Plan, statuses: &[u16]) -> anyhow::Result<String> {
        let body = json!({"package_id": plan.package});
        let create = Ask::post("/v1/purchases", body).by(&self.jun).keyed(plan.step);
        let offer = self.stage.ask(create).await?.expect(&[201])?;
        let (id, order_id) = (text(&offer, "id")?, text(&offer, "order_id")?);
        self.toss.script(&order_id, &plan.script).await?;
        let payment_key = self.toss.pay(&offer).await?;
        let amount = number(&offer, "amount")?;
        let path = format!("/v1/purchases/{id}/confirm");
        let body = json!({"payment_key": payment_key, "order_id": order_id, "amount": amount});
        let step = format!("{}-confirm", plan.step);
        let confirm = Ask::post(&path, body).by(&self.jun).keyed(&step);
        let answer = self.stage.ask(confirm).await?;
        let again = if answer.replayed { ", as the last time" } else { "" };
        self.narrator.line(format!("confirmed: {}{again}", answer.status));
        answer.expect(statuses)?;
        Ok(id)
    }

    /// Part of a purchase is given back: the money by Toss, the tokens from the books.
    ///
    /// # Errors
    /// Something else happens.
    pub(super) async fn give_some_back(&mut self) -> anyhow::Result<()> {
        let title = format!("Jun gives {RETURNED} tokens back, and gets their money back");
        self.narrator.step(&title);
        let jun = self.jun.clone();
        let bought = self.stage.read("/v1/purchases", Some(&jun)).await?;
        let bought = bought["data"].as_array().cloned().unwrap_or_default();
        let large = bought.iter().find(|one| one["package_id"] == "tokens-150");
        let path = format!("/v1/purchases/{}", text(large.context("Jun bought 150")?, "id")?);
        let body = json!({"tokens": RETURNED});
        let refunds = format!("{path}/refunds");
        let give = Ask::post(&refunds, body).by(&jun).keyed("give-back");
        self.stage.ask(give).await?.expect(&[202])?;
        let given_back = async |stage: &mut Stage| {
            let purchase = stage.read(&path, Some(&jun)).await?;
            Ok((purchase["status"] == "partially_refunded").then_some(purchase))
        };
        let purchase = self.stage.until("the refund", given_back).await?;
        ensure!(purchase["returned_tokens"] == RETURNED, "{RETURNED} went back: {purchase}");
        let amount = number(&purchase["refunds"][0], "amount")?;
        self.narrator.line(format!(
            "{amount} won went back; of the purchase {} are left",
            purchase["balance"]
        ));
        self.narrator.balances(&mut self.stage, &[&jun]).await
    }

    /// Paid tokens go on to a friend; presents do not.
    ///
    /// # Errors
    /// Something else happens.
    pub(super) async fn share_tokens(&mut self) -> anyhow::Result<()> {
        self.narrator.step("Jun sends Sora 30 of the tokens he paid for");
        let body = json!({"to": self.sora.id, "amount": 30, "memo": "for your first picture"});
        let send = Ask::post("/v1/transfers", body).by(&self.jun).keyed("transfer-30");
        self.stage.ask(send).await?.expect(&[201])?;
        let body = json!({"to": self.jun.id, "amount": 31});
        let give_away = Ask::post("/v1/transfers", body).by(&self.sora).keyed("transfer-31");
        let refused = self.stage.ask(give_away).await?;
        ensure!(refused.status.is_client_error(), "a welcome present was given away");
        self.narrator.line("Sora cannot send 31 back: her welcome tokens are not for sending");
        let (jun, sora) = (self.jun.clone(), self.sora.clone());
        self.narrator.balances(&mut self.stage, &[&jun, &sora]).await
    }
}

/// Looks whether a purchase is paid.
fn paid(
    buyer: &Person,
    id: &str,
) -> impl AsyncFnMut(&mut Stage) -> anyhow::Result<Option<serde_json::Value>> {
    let path = format!("/v1/purchases/{id}");
    async move |stage: &mut Stage| {
        let purchase = stage.read(&path, Some(buyer)).await?;
        // Part of it went back, if the story is told again.
        let is_paid = purchase["status"] == "paid" || purchase["status"] == "partially_refunded";
        Ok(is_paid.then_some(purchase))
    }
}
