//! The story's hand on the stand-in Toss: what the customer's browser does, and what is arranged.

use anyhow::Context;
use serde_json::Value;

use super::stage::{number, patiently, text};
use crate::toss::Script;

/// Talks to a stand-in in another process.
#[derive(Debug)]
pub struct TossWindow {
    http: reqwest::Client,
    url: String,
}

impl TossWindow {
    /// The stand-in at `url`.
    ///
    /// # Errors
    /// The system has no TLS to offer.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let no_redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(no_redirects).build()?;
        Ok(Self { http, url: url.trim_end_matches('/').to_owned() })
    }

    /// Arranges how the confirmation of an order will go.
    ///
    /// # Errors
    /// The stand-in is away for minutes.
    pub async fn script(&self, order_id: &str, script: &Script) -> anyhow::Result<()> {
        let url = format!("{}/_script/{order_id}", self.url);
        let put = async || Ok(self.http.put(&url).json(script).send().await?.error_for_status()?);
        patiently(put).await.context("arranging a payment").map(drop)
    }

    /// The customer agrees to what the shop offers; gives the payment's key, as the browser would
    /// bring it back.
    ///
    /// # Errors
    /// The stand-in is away for minutes.
    pub async fn pay(&self, offer: &Value) -> anyhow::Result<String> {
        let window = [
            ("orderId", text(offer, "order_id")?),
            ("orderName", text(offer, "order_name")?),
            ("amount", number(offer, "amount")?.to_string()),
            ("successUrl", text(offer, "success_url")?),
        ];
        let url = format!("{}/pay", self.url);
        let pay = async || Ok(self.http.get(&url).query(&window).send().await?);
        let answer = patiently(pay).await.context("paying")?;
        let back = answer.headers().get("location").context("Toss sends the browser back")?;
        let back = reqwest::Url::parse(back.to_str()?)?;
        let key = back.query_pairs().find(|(name, _)| name == "paymentKey");
        Ok(key.context("Toss names the payment")?.1.into_owned())
    }
}
