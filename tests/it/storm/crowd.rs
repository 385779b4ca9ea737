//! Who pays in the storm, and for what.

use std::sync::Arc;
use std::time::Duration;

use demo::lemonsqueezy::{Act, Custom};
use demo::toss::Script;
use reqwest::Method;
use serde_json::{Value, json};

use super::Size;
use super::ground::Ground;
use crate::support::Visitor;

/// Tokens for signing up, of the package, and credits of an invoice.
const WELCOME: i64 = 100;
const BOUGHT: i64 = 150;
const CREDITS: i64 = 5_000;
/// The plan Starter, paid monthly.
const VARIANT: u64 = 111;
const PAUSE: Duration = Duration::from_millis(100);

/// Somebody who buys tokens; Toss waits for the confirmation.
#[derive(Clone)]
pub(super) struct Buyer {
    who: Visitor,
    purchase: String,
    pub(super) order_id: String,
    confirm: Value,
}

/// Somebody who subscribed, and how many invoices they paid.
struct Subscriber {
    who: Visitor,
    invoices: i64,
}

/// Everybody.
pub(super) struct Crowd {
    pub(super) buyers: Vec<Buyer>,
    subscribers: Vec<Subscriber>,
}

impl Crowd {
    pub(super) async fn gather(ground: &Ground, size: Size) -> Self {
        ground.toss.script(None, Script::repeated_webhooks(0)); // The storm announces.
        let mut buyers = Vec::new();
        for number in 0..size.purchases {
            let who = ground.visitor().sign_up(&format!("buyer{number}")).await;
            buyers.push(Buyer::begin(ground, who).await);
        }
        let mut subscribers = Vec::new();
        for number in 0..size.subscriptions {
            let who = ground.visitor().sign_up(&format!("subscriber{number}")).await;
            let custom = Custom { user_id: who.id.clone(), checkout_id: String::new() };
            let subscription = ground.lemon.subscribe(VARIANT, custom);
            let life: &[Act] = match number % 4 {
                0 => &[],
                1 => &[Act::Renew],
                2 => &[Act::Fail, Act::Recover],
                _ => &[Act::Cancel, Act::Resume, Act::Renew],
            };
            assert!(life.iter().all(|act| ground.lemon.act(subscription, act.clone())));
            let invoices = ground.lemon.invoices(subscription).len();
            subscribers.push(Subscriber { who, invoices: i64::try_from(invoices).unwrap() });
        }
        Self { buyers, subscribers }
    }

    /// Every buyer comes back from Toss, and asks until there is an answer.
    pub(super) fn confirm_all(
        &self,
        urls: Arc<[String; 2]>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let buyers = self.buyers.clone();
        async move {
            for (number, buyer) in buyers.into_iter().enumerate() {
                let who = buyer.who.at(&urls[number % 2]);
                let path = format!("/v1/purchases/{}/confirm", buyer.purchase);
                loop {
                    let request = who.request(Method::POST, &path).json(&buyer.confirm);
                    let request = request.header("Idempotency-Key", "confirm");
                    let request = request.header("Prefer", "wait=0");
                    match request.send().await {
                        Ok(answer) if answer.status().is_success() => break,
                        Ok(answer) if !answer.status().is_server_error() => {
                            panic!("{}: {}", answer.status(), answer.text().await.unwrap())
                        }
                        Ok(_) | Err(_) => tokio::time::sleep(PAUSE).await,
                    }
                }
            }
        }
    }

    pub(super) async fn owns_what_was_paid(&self, ground: &Ground) {
        for (number, buyer) in self.buyers.iter().enumerate() {
            let path = format!("/v1/purchases/{}", buyer.purchase);
            let who = ground.visitor().sign_in_as(&format!("buyer{number}")).await;
            who.until(&path, |purchase| purchase["status"] == "paid").await;
            assert_eq!(who.available("token").await, WELCOME + BOUGHT, "{}", buyer.who.id);
        }
        for (number, subscriber) in self.subscribers.iter().enumerate() {
            let credits = subscriber.invoices * CREDITS;
            let who = ground.visitor().sign_in_as(&format!("subscriber{number}")).await;
            let granted = who.until("/v1/wallets", |wallets| {
                let wallets = wallets["data"].as_array().unwrap();
                wallets.iter().any(|one| one["asset"] == "credit" && one["available"] == credits)
            });
            println!("{} has {credits}", subscriber.who.id);
            granted.await;
        }
    }
}

impl Buyer {
    async fn begin(ground: &Ground, who: Visitor) -> Self {
        let package = json!({"package_id": "tokens-150"});
        let offer = who.post("/v1/purchases", Some("begin"), package).await.ok(201);
        let text = |name: &str| offer[name].as_str().unwrap().to_owned();
        let (purchase, order_id) = (text("id"), text("order_id"));
        let amount = offer["amount"].as_i64().unwrap();
        let payment = ground.toss.agree(&order_id, "Tokens 150", amount);
        let confirm = json!({"payment_key": payment.key, "order_id": order_id, "amount": amount});
        Self { who, purchase, order_id, confirm }
    }
}
