//! Plans over HTTP (SUB-01..03).
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{App, Visitor, app};

fn names(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|plan| plan["name"].as_str().unwrap()).collect()
}

async fn publish(by: &Visitor, name: &str, body: Value) -> super::support::Answer {
    by.send(Method::PUT, &format!("/v1/admin/plans/{name}"), None, Some(body)).await
}

async fn plans(app: &App) -> Value {
    let whole = |list: &Value| list["data"].as_array().is_some_and(|data| data.len() == 5);
    app.visitor().until("/v1/plans", whole).await
}

#[tokio::test]
async fn everybody_sees_the_plans_that_a_new_log_begins_with() {
    let app = app().await;
    let list = plans(&app).await;
    assert_eq!(names(&list), ["free", "starter", "pro", "studio", "enterprise"]);
    let pro = app.visitor().get("/v1/plans/pro").await.ok(200);
    let figures = (&pro["monthly_price"], &pro["yearly_price"], &pro["credits"]);
    assert_eq!(figures, (&json!("75.00"), &json!("750.00"), &json!(15_000)));
    assert_eq!(pro["storage_bytes"], 107_374_182_400_i64);
    assert_eq!(pro["features"]["nano_banana_api"]["enabled"], true);
    assert_eq!(pro["currency"], "USD");
    let enterprise = app.visitor().get("/v1/plans/enterprise").await.ok(200);
    assert_eq!(enterprise["queue_count"], Value::Null, "without limit, not without queues (D-06)");
    app.visitor().get("/v1/plans/gold").await.problem(404, "not-found");
    let config = app.visitor().get("/v1/config").await.ok(200);
    assert_eq!(config["plans"], list["data"]);
}

#[tokio::test]
async fn starting_again_publishes_nothing_again() {
    let mut app = app().await;
    plans(&app).await;
    let operator = app.operator().await;
    let head = async |operator: &Visitor| {
        operator.get("/v1/positions/current").await.ok(200)["number"].as_i64().unwrap()
    };
    let before = head(&operator).await;
    app.stop().await;
    app.start().await;
    assert_eq!(head(&operator).await, before);
}

#[tokio::test]
async fn an_admin_publishes_the_next_version_and_retires_a_plan() {
    let app = app().await;
    let operator = app.operator().await;
    plans(&app).await;
    let mut body = json!({
        "display_name": "Pro", "description": "More of it", "monthly_price": "80",
        "yearly_price": "800.00", "credits": 16_000, "storage_bytes": 1_000, "queue_count": 2,
        "rollover_percent": 50, "features": {"flux_model": {"enabled": true, "config": {"steps": 50}}},
    });
    let published = publish(&operator, "pro", body.clone()).await.ok(200);
    assert_eq!((&published["name"], &published["version"]), (&json!("pro"), &json!(2)));
    let again = publish(&operator, "pro", body.clone()).await.ok(200);
    assert_eq!(again["version"], 2, "the same again changes nothing");
    let newer = |plan: &Value| plan["version"] == 2;
    let pro = app.visitor().until("/v1/plans/pro", newer).await;
    assert_eq!((&pro["monthly_price"], &pro["rollover"]), (&json!("80.00"), &json!("percent")));
    let features = json!({"flux_model": {"enabled": true, "config": {"steps": 50}}});
    assert_eq!(pro["features"], features);

    for (member, wrong) in [
        ("monthly_price", json!("80.001")),
        ("yearly_price", json!("-1")),
        ("credits", json!(-1)),
        ("queue_count", json!(0)),
        ("rollover_cap", json!(5)),
        ("features", json!({"Not A Key": {"enabled": true}})),
    ] {
        let mut bad = body.clone();
        bad[member] = wrong;
        let problem = publish(&operator, "pro", bad).await.problem(422, "validation-failed");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{member}"));
    }
    body["extra"] = json!(1);
    publish(&operator, "pro", body.clone()).await.problem(422, "validation-failed");
    body.as_object_mut().unwrap().remove("extra");
    publish(&operator, "gold", body).await.problem(404, "not-found");

    let retire = async |name: &str| {
        operator.send(Method::DELETE, &format!("/v1/admin/plans/{name}"), None, None).await
    };
    retire("pro").await.ok(200);
    retire("free").await.problem(409, "conflict");
    app.visitor().until("/v1/plans/pro", |plan| plan["is_active"] == false).await;
}

#[tokio::test]
async fn nobody_but_admins_sets_prices() {
    let app = app().await;
    let mina = app.person("mina").await;
    publish(&mina, "pro", json!({})).await.problem(403, "forbidden");
    publish(&app.visitor(), "pro", json!({})).await.problem(401, "unauthenticated");
}
