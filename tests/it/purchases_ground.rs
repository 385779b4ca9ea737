//! What tests of purchases share: a buyer at Toss's window, and the proof that the books hold.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use demo::toss::Script;
use eventstore::database::{Purpose, pool};
use replay_tool::verify::{Options, verify};
use serde_json::{Value, json};

use super::support::{Answer, App, Role, Visitor};

/// Welcome tokens, and what the package adds.
pub const WELCOME: i64 = 100;
pub const BOUGHT: i64 = 150;

/// A purchase of 150 tokens for 15,000 won.
pub struct Purchase {
    pub id: String,
    pub order_id: String,
    pub amount: i64,
    pub payment_key: String,
}

/// A purchase whose payment the buyer has authenticated in Toss's window.
pub async fn begin(app: &App, buyer: &Visitor, script: Script) -> Purchase {
    begin_as(app, buyer, "begin", script).await
}

/// The same, for who buys more than once.
pub async fn begin_as(app: &App, buyer: &Visitor, key: &str, script: Script) -> Purchase {
    let offer = buyer.post("/v1/purchases", Some(key), json!({"package_id": "tokens-150"})).await;
    let offer = offer.ok(201);
    let (id, order_id) = (text(&offer, "id"), text(&offer, "order_id"));
    let amount = offer["amount"].as_i64().unwrap();
    assert_eq!((amount, &offer["currency"]), (15_000, &json!("KRW")));
    app.toss.script(Some(&order_id), script);
    let payment = app.toss.agree(&order_id, "Tokens 150", amount);
    Purchase { id, order_id, amount, payment_key: payment.key }
}

/// A purchase that is paid.
pub async fn paid(app: &App, buyer: &Visitor, script: Script) -> Purchase {
    let purchase = begin(app, buyer, script).await;
    purchase.confirm(buyer, "confirm").await.ok(200);
    owns(buyer, WELCOME + BOUGHT).await;
    purchase
}

impl Purchase {
    pub fn path(&self) -> String {
        format!("/v1/purchases/{}", self.id)
    }

    pub async fn confirm(&self, buyer: &Visitor, key: &str) -> Answer {
        self.confirm_with(buyer, key, self.amount).await
    }

    pub async fn confirm_with(&self, buyer: &Visitor, key: &str, amount: i64) -> Answer {
        let path = format!("{}/confirm", self.path());
        let body =
            json!({"payment_key": self.payment_key, "order_id": self.order_id, "amount": amount});
        buyer.post(&path, Some(key), body).await
    }

    pub async fn becomes(&self, buyer: &Visitor, status: &str) -> Value {
        buyer.until(&self.path(), |purchase| purchase["status"] == status).await
    }

    /// Asks for money back.
    pub async fn refund(&self, buyer: &Visitor, key: &str, body: Value) -> Answer {
        buyer.post(&format!("{}/refunds", self.path()), Some(key), body).await
    }

    /// Waits until the newest refund stands there.
    pub async fn refund_becomes(&self, buyer: &Visitor, status: &str) -> Value {
        let shown = |purchase: &Value| purchase["refunds"][0]["status"] == status;
        buyer.until(&self.path(), shown).await
    }
}

pub fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap().to_owned()
}

/// The buyer has this much, and still has it after everything in flight has settled.
pub async fn owns(buyer: &Visitor, tokens: i64) {
    buyer.until("/v1/wallets/token", |wallet| wallet["available"] == tokens).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(buyer.available("token").await, tokens);
}

/// Gives tokens away, which is a way of spending them.
pub async fn give(buyer: &Visitor, to: &Visitor, key: &str, tokens: i64) -> Answer {
    let body = json!({"to": to.id, "amount": tokens});
    buyer.post("/v1/transfers", Some(key), body).await
}

/// Everything that `replay-tool verify` proves holds: each payment granted once, each token that went
/// back accounted for, the books at zero.
pub async fn proven(app: &App) {
    let auditor = pool(&app.database.url(Role::Auditor), Purpose::Log, 2).unwrap();
    let report = verify(&auditor, Options::default(), |_, _| {}).await.unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}
