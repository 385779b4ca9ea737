//! Subscriptions as their owners see them over HTTP (c6, P3, P4). What Lemon Squeezy shows is handed
//! in as data: how it arrives is tested beside this.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use demo::lemonsqueezy::Custom;
use domain::invoices::{BillingReason, InvoiceSnapshot, InvoiceStatus};
use domain::subscriptions::{
    ObserveInvoice, ObserveSubscription, Seen, Shop, Snapshot, Status, Zone,
};
use domain::{Actor, Decision, Metadata, UserId};
use eventstore::Command;
use serde_json::{Value, json};
use uuid::Uuid;

use super::privacy_erasure::until_told;
use super::support::caller::PASSWORD;
use super::support::{App, ManualClock, Role, Version, Visitor, app_with};

const SHOP: Shop = Shop { store: 1, test_mode: true, zone: Zone::Utc };
const NUMBER: u64 = 7_000_001;

/// A service with a shop, and Mina.
struct Counter {
    app: App,
    mina: Visitor,
    clock: Arc<ManualClock>,
}

fn begin() -> DateTime<Utc> {
    "2026-11-20T11:04:54Z".parse().unwrap()
}

async fn counter() -> Counter {
    let clock = Arc::new(ManualClock::at(begin()));
    let app = app_with(Some(Version::New), clock.clone()).await;
    let mina = app.person("mina").await;
    Counter { app, mina, clock }
}

impl Counter {
    async fn submit<D: Decision>(&self, decision: D) -> D::Reply {
        let inside = self.app.inside();
        let actor = Actor::Webhook("lemonsqueezy".to_owned());
        let metadata = Metadata::new(actor, inside.clock.now(), Uuid::now_v7());
        let command = Command { key: inside.attempt(), metadata, decision };
        inside.writer.execute(command).await.unwrap().outcome.unwrap()
    }

    async fn show(&self, snapshot: Snapshot) -> Seen {
        let user = Some(UserId(self.mina.id.parse().unwrap()));
        self.submit(ObserveSubscription { shop: SHOP, snapshot, user }).await
    }

    async fn bill(&self, invoice: InvoiceSnapshot) -> Seen {
        self.submit(ObserveInvoice { shop: SHOP, invoice }).await
    }

    /// Mina subscribes to a variant and pays.
    async fn subscribe(&self, variant: u64) -> Value {
        self.show(shown(variant)).await;
        self.bill(invoice(9_000_001, BillingReason::Initial, begin())).await;
        let credited = |row: &Value| row["remaining_credits"] != 0;
        self.mina.until("/v1/subscriptions/current", credited).await
    }

    /// Time goes by; Mina signs in again, for her token has ended meanwhile.
    async fn later(&mut self, days: i64) {
        self.clock.advance(TimeDelta::days(days).to_std().unwrap());
        self.mina = self.app.visitor().sign_in_as("mina").await;
    }

    async fn credits(&self, amount: i64) {
        let wallet = |wallet: &Value| wallet["available"] == amount;
        self.mina.until("/v1/wallets/credit", wallet).await;
    }
}

fn shown(variant: u64) -> Snapshot {
    Snapshot {
        lemon_id: NUMBER,
        store: 1,
        customer: 500,
        variant,
        status: Status::Active,
        pause: None,
        cancelled: false,
        billing_anchor: 20,
        trial_ends_at: None,
        renews_at: Some(begin() + TimeDelta::days(30)),
        ends_at: None,
        created_at: begin(),
        updated_at: begin(),
        test_mode: true,
    }
}

fn invoice(lemon_id: u64, reason: BillingReason, at: DateTime<Utc>) -> InvoiceSnapshot {
    InvoiceSnapshot {
        lemon_id,
        lemon_subscription: NUMBER,
        store: 1,
        reason,
        status: InvoiceStatus::Paid,
        currency: "USD".to_owned(),
        asked: 7_500,
        total: 7_500,
        refunded: 0,
        created_at: at,
        updated_at: at,
        test_mode: true,
    }
}

#[tokio::test]
async fn who_subscribes_sees_tier_features_credits_and_what_was_billed() {
    let counter = counter().await;
    let mina = &counter.mina;
    let free = mina.until_answer("/v1/me/entitlements", |answer| answer.status == 200).await;
    assert_eq!(free.ok(200)["plan"], "free");
    mina.get("/v1/subscriptions/current").await.problem(404, "not-found");

    let current = counter.subscribe(112).await;
    let told = (&current["plan"], &current["status"], &current["remaining_credits"]);
    assert_eq!(told, (&json!("pro"), &json!("active"), &json!(15_000)));
    assert_eq!(mina.until("/v1/me", |me| me["tier"] == "pro").await["tier"], "pro");
    let may = mina.get("/v1/me/entitlements").await.ok(200);
    assert_eq!((&may["plan"], &may["subscription_id"]), (&json!("pro"), &current["id"]));
    assert_eq!(may["features"]["flux_model"]["enabled"], true);

    let id = current["id"].as_str().unwrap();
    let granted = |list: &Value| list["data"][0]["credits_granted"] == 15_000;
    let invoices = mina.until(&format!("/v1/subscriptions/{id}/invoices"), granted).await;
    let bill = &invoices["data"][0];
    assert_eq!((&bill["status"], &bill["credits_granted"]), (&json!("paid"), &json!(15_000)));
    let history = mina.get(&format!("/v1/subscriptions/{id}/history")).await.ok(200);
    let types: Vec<_> =
        history["data"].as_array().unwrap().iter().map(|row| &row["change_type"]).collect();
    assert_eq!(types, ["paid", "created"]);
    let list = mina.get("/v1/subscriptions").await.ok(200);
    assert_eq!(list["data"][0]["id"], id);

    let jun = counter.app.person("jun").await;
    for part in ["history", "invoices"] {
        let path = format!("/v1/subscriptions/{id}/{part}");
        jun.get(&path).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn each_plan_of_the_product_sees_its_own_words() {
    let counter = counter().await;
    counter.subscribe(112).await;
    let trial = Snapshot {
        status: Status::OnTrial,
        updated_at: begin() + TimeDelta::hours(1),
        ..shown(112)
    };
    counter.show(trial).await;
    let status = |row: &Value| row["status"] == "on_trial";
    counter.mina.until("/v1/subscriptions/current", status).await;
    let present = async |words: &str| {
        let path = format!("/v1/subscriptions/current?present={words}");
        counter.mina.get(&path).await.ok(200)
    };
    let second = present("pingvas_s2").await;
    assert_eq!(second["status"], "active");
    assert_eq!(
        (&second["remaining_credits"], &second["lemon_subscription_id"]),
        (&json!(15_000), &json!("7000001"))
    );
    assert_eq!(second["current_period_start"], "2026-11-20");
    assert_eq!(present("pingvas_s3").await["status"], "trialing");
    let fourth = present("pingvas_s4").await;
    assert_eq!((&fourth["status"], &fourth["tier"]), (&json!("active"), &json!("pro")));
    assert_eq!(present("style_license").await["status"], "on_trial");
    let unknown = counter.mina.get("/v1/subscriptions/current?present=s5").await;
    unknown.problem(422, "validation-failed");
    let unpaid = Snapshot {
        status: Status::Unpaid,
        updated_at: begin() + TimeDelta::hours(2),
        ..shown(112)
    };
    counter.show(unpaid).await;
    let status = |row: &Value| row["status"] == "unpaid";
    counter.mina.until("/v1/subscriptions/current", status).await;
    assert_eq!(present("pingvas_s4").await["status"], "past_due");
    let list = counter.mina.get("/v1/subscriptions?present=pingvas_s3").await.ok(200);
    assert_eq!(list["data"][0]["status"], "past_due");
}

/// How many times a month of credits came in.
fn months(list: &Value) -> usize {
    list["data"].as_array().unwrap().iter().filter(|line| line["amount"] == 15_000).count()
}

#[tokio::test]
async fn a_year_paid_at_once_gets_twelve_months_of_credits_by_its_timers() {
    const LINES: &str = "/v1/wallets/credit/transactions?limit=100";
    let mut counter = counter().await;
    counter.subscribe(122).await;
    counter.credits(15_000).await;
    for month in 2..=12 {
        counter.later(31).await;
        counter.mina.until(LINES, |list| months(list) == month).await;
    }
    counter.later(400).await;
    counter.credits(0).await;
    assert_eq!(months(&counter.mina.get(LINES).await.ok(200)), 12);
}

#[tokio::test]
async fn grace_ends_by_its_timer_and_access_with_it() {
    let mut counter = counter().await;
    counter.subscribe(112).await;
    let failed = Snapshot {
        status: Status::PastDue,
        updated_at: begin() + TimeDelta::hours(1),
        ..shown(112)
    };
    counter.show(failed).await;
    let waits = |row: &Value| row["grace_period_end"] != Value::Null;
    counter.mina.until("/v1/subscriptions/current", waits).await;
    assert_eq!(counter.mina.get("/v1/me").await.ok(200)["tier"], "pro");
    counter.later(15).await;
    counter.mina.until("/v1/me", |me| me["tier"] == "free").await;
    let may = counter.mina.until("/v1/me/entitlements", |may| may["plan"] == "free").await;
    assert_ne!(may["subscription_id"], Value::Null, "it may still be paid");
}

#[tokio::test]
async fn who_leaves_is_cancelled_at_lemon_squeezy_and_what_was_paid_stays_in_the_books() {
    let counter = counter().await;
    let custom = Custom { user_id: counter.mina.id.clone(), checkout_id: String::new() };
    let number = counter.app.lemon.subscribe(112, custom);
    let object = counter.app.inside().lemonsqueezy.subscription(number).await.unwrap();
    let snapshot = api::providers::lemonsqueezy::subscription(&object).unwrap();
    counter.show(snapshot).await;
    counter.mina.until("/v1/subscriptions/current", |row| row["status"] == "active").await;
    let leave = json!({"password": PASSWORD});
    counter.mina.post("/v1/me/deletion", None, leave).await.ok(202);
    counter.clock.advance(TimeDelta::days(15).to_std().unwrap());
    until_told(&counter.app, "user.erased", 1).await;
    assert!(counter.app.lemon.subscription(number).unwrap().cancelled);
    let client = counter.app.database.client(Role::Superuser).await;
    let kept = "select count(*) from read.subscriptions where status = 'cancelled'";
    let count: i64 = client.query_one(kept, &[]).await.unwrap().get(0);
    assert_eq!(count, 1, "history is kept (SUB-09)");
    let gone = "select count(*) from read.entitlements";
    let count: i64 = client.query_one(gone, &[]).await.unwrap().get(0);
    assert_eq!(count, 0);
}
