//! A service that sells plans, by a clock that moves when told, with Lemon Squeezy on the same time.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use demo::lemonsqueezy::{Act, Custom};
use serde_json::Value;

use super::letters::{deliver, hold};
use super::{App, ManualClock, Role, Visitor, app_with};

/// Variants on the stand-in's shelf.
pub const STARTER: u64 = 111;
pub const PRO: u64 = 112;
pub const STARTER_YEARLY: u64 = 121;
/// Credits of a month.
pub const STARTER_CREDITS: i64 = 5_000;
pub const PRO_CREDITS: i64 = 15_000;

/// Everything, and one customer.
pub struct Shop {
    /// The service.
    pub app: App,
    /// Its time, and Lemon Squeezy's.
    pub clock: ManualClock,
    /// Who subscribes.
    pub kim: Visitor,
    /// How many of Lemon Squeezy's letters were delivered.
    delivered: usize,
}

impl Shop {
    /// Opens on a day. Whatever Lemon Squeezy writes, the test delivers.
    pub async fn open(day: &str) -> Self {
        let clock = ManualClock::at(day.parse().unwrap());
        let app = app_with(None, Arc::new(clock.clone())).await;
        hold(&app);
        let kim = app.person("kim").await;
        let shop = Self { app, clock, kim, delivered: 0 };
        shop.tell_the_time();
        shop
    }

    /// Kim subscribes at Lemon Squeezy; its number there.
    pub fn subscribe(&self, variant: u64) -> u64 {
        self.app.lemon.subscribe(variant, self.custom())
    }

    /// What Kim's checkouts are given along.
    pub fn custom(&self) -> Custom {
        Custom { user_id: self.kim.id.clone(), checkout_id: String::new() }
    }

    /// Something happens to a subscription.
    pub fn act(&self, lemon_id: u64, act: Act) {
        assert!(self.app.lemon.act(lemon_id, act.clone()), "{act:?}");
    }

    /// Delivers whatever was written since the last time, in the order it was written.
    pub async fn deliver(&mut self) {
        let letters = self.app.lemon.letters();
        for letter in &letters[self.delivered..] {
            assert_eq!(deliver(&self.app, letter).await, 200);
        }
        self.delivered = letters.len();
    }

    /// Nobody delivers what was written since the last time.
    pub fn lose(&mut self) {
        self.delivered = self.app.lemon.letters().len();
    }

    /// Days go by, here and there; Kim signs in again, for tokens live minutes.
    pub async fn advance(&mut self, days: u64) {
        self.clock.advance(Duration::from_secs(days * 24 * 3600));
        self.tell_the_time();
        self.kim = self.app.visitor().sign_in_as("kim").await;
    }

    /// Some time goes by, and whatever was to ring by then has rung.
    pub async fn later(&self, by: Duration) {
        self.clock.advance(by);
        self.tell_the_time();
        let count = "select count(*) from vault.records where due <= $1";
        let superuser = self.app.database.client(Role::Superuser).await;
        while superuser.query_one(count, &[&self.now()]).await.unwrap().get::<_, i64>(0) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn tell_the_time(&self) {
        use eventstore::command::Clock as _;
        self.app.lemon.set_time(self.clock.now());
    }

    /// By whose clock it is.
    pub fn now(&self) -> DateTime<Utc> {
        use eventstore::command::Clock as _;
        self.clock.now()
    }

    /// Kim's subscription that counts, once it is as it must become.
    pub async fn becomes(&self, done: impl Fn(&Value) -> bool) -> Value {
        self.kim.until("/v1/subscriptions/current", done).await
    }

    /// The same, by its status.
    pub async fn stands(&self, status: &str) -> Value {
        self.becomes(|shown| shown["status"] == status).await
    }

    /// Kim has exactly so many credits, once everything delivered is worked off.
    pub async fn has(&self, credits: i64) {
        self.settled().await;
        let wallets = self.kim.get("/v1/wallets").await.ok(200);
        let wallets = wallets["data"].as_array().unwrap();
        let credit = wallets.iter().find(|wallet| wallet["asset"] == "credit");
        let available = credit.map_or(0, |wallet| wallet["available"].as_i64().unwrap());
        assert_eq!(available, credits, "{wallets:?}");
    }

    /// Everything delivered is worked off, and to be seen.
    pub async fn settled(&self) {
        let inside = self.app.inside();
        let followers = ["process:plan-subscription", "subscriptions", "wallets", "webhooks"];
        loop {
            let head = inside.log.head().await.unwrap();
            let wait = Duration::from_secs(30);
            let waited = inside.watcher.wait_for(&followers, head, wait).await;
            assert!(matches!(waited, eventstore::position::Waited::Reached), "{waited:?}");
            if inside.log.head().await.unwrap() == head {
                return;
            }
        }
    }
}
