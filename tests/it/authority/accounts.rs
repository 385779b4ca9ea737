//! Roles, suspension, and rest, over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use super::cast::with_role;
use crate::support::{Answer, Visitor, app};

async fn set_roles(by: &Visitor, user: &Visitor, roles: Value) -> Answer {
    let path = format!("/v1/admin/users/{}/roles", user.id);
    by.send(Method::PUT, &path, None, Some(json!({ "roles": roles }))).await
}

async fn judge(by: &Visitor, user: &Visitor, verb: &str) -> Answer {
    let path = format!("/v1/admin/users/{}/{verb}", user.id);
    by.post(&path, None, json!({"reason": "a test says so"})).await
}

fn is(code: &'static str) -> impl Fn(&Answer) -> bool {
    move |answer| answer.body["code"] == code
}

#[tokio::test]
async fn a_role_is_given_shown_and_taken_and_the_token_that_states_it_ends() {
    let app = app().await;
    let operator = app.operator().await;
    let auditor = with_role(&app, &operator, "auditor").await;
    auditor.get("/v1/positions/current").await.ok(200);
    let shown = operator.get("/v1/admin/users?role=auditor").await.ok(200);
    assert_eq!(
        (&shown["data"][0]["id"], shown["data"].as_array().unwrap().len()),
        (&json!(auditor.id), 1)
    );

    let taken = set_roles(&operator, &auditor, json!([])).await.ok(200);
    assert_eq!(taken["roles"], json!([]));
    let stale = auditor.until_answer("/v1/positions/current", is("unauthenticated")).await;
    assert_eq!(stale.body["detail"], "What the access token states has changed. Refresh it.");
    set_roles(&operator, &auditor, json!(["god"])).await.problem(422, "validation-failed");
    set_roles(&operator, &auditor, json!(["artist"])).await.problem(422, "validation-failed");
    auditor.visitor().get("/v1/admin/users").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn nobody_promotes_themselves_or_gives_what_they_do_not_have() {
    let app = app().await;
    let operator = app.operator().await;
    let support = with_role(&app, &operator, "support").await;
    let mina = app.person("mina").await;
    set_roles(&mina, &mina, json!(["admin"])).await.problem(403, "forbidden");
    set_roles(&support, &support, json!(["admin"])).await.problem(403, "forbidden");
    set_roles(&support, &mina, json!(["admin"])).await.problem(403, "forbidden");
    set_roles(&support, &mina, json!(["support"])).await.ok(200);
    judge(&support, &operator, "suspend").await.problem(403, "forbidden");
    judge(&operator, &operator, "suspend").await.problem(403, "forbidden");
    operator.post("/v1/me/deactivate", None, json!({})).await.problem(409, "conflict");
    let stranger = app.visitor();
    judge(&support, &stranger, "suspend").await.problem(404, "not-found");
}

#[tokio::test]
async fn support_takes_nothing_from_an_admin_not_even_what_it_has_itself() {
    let app = app().await;
    let operator = app.operator().await;
    let support = with_role(&app, &operator, "support").await;
    let admin = with_role(&app, &operator, "admin").await;
    set_roles(&operator, &admin, json!(["admin", "support"])).await.ok(200);
    set_roles(&support, &admin, json!(["admin"])).await.problem(403, "forbidden");
    let both = |seen: &Value| seen["roles"] == json!(["admin", "support"]);
    admin.until(&format!("/v1/admin/users/{}", admin.id), both).await;
    let taken = set_roles(&operator, &admin, json!(["admin"])).await.ok(200);
    assert_eq!(taken["roles"], json!(["admin"]));
}

#[tokio::test]
async fn of_two_admins_who_remove_each_other_at_once_one_remains() {
    let app = app().await;
    let ada = app.operator().await;
    let ben = with_role(&app, &ada, "admin").await;
    let (one, other) =
        tokio::join!(set_roles(&ada, &ben, json!([])), set_roles(&ben, &ada, json!([])));
    let (left, gone) = if one.status == 200 { (&ada, &ben) } else { (&ben, &ada) };
    let (one, other) = (one.status.as_u16(), other.status.as_u16());
    assert_eq!((one.min(other), one.max(other) / 100), (200, 4), "{one} and {other}");
    // Whoever lost the role is refused by the log at once, whatever their token still says.
    let again = set_roles(gone, left, json!([])).await;
    assert!(again.status == 403 || again.status == 401, "{}", again.body);
    let admins = left.get("/v1/admin/users?role=admin").await.ok(200);
    assert_eq!(admins["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn who_is_suspended_is_stopped_at_once_and_comes_back_by_staff() {
    let app = app().await;
    let operator = app.operator().await;
    let mina = app.person("mina").await;
    let suspended = judge(&operator, &mina, "suspend").await.ok(200);
    assert_eq!(suspended["status"], "suspended");
    mina.until_answer("/v1/me", is("account-suspended")).await;
    mina.post("/v1/me/reactivate", None, json!({})).await.problem(403, "account-suspended");
    let login = json!({"email": "mina@it.example", "password": "correct horse battery"});
    let again = app.visitor().sign_in_as("mina").await;
    for path in ["/v1/me", "/v1/wallets", "/v1/auth/sessions", "/v1/purchases"] {
        again.get(path).await.problem(403, "account-suspended");
    }
    let guess = json!({"email": "mina@it.example", "password": "not her password"});
    app.visitor().post("/v1/auth/login", None, guess).await.problem(401, "invalid-credentials");

    let seen = operator.get(&format!("/v1/admin/users/{}", mina.id)).await.ok(200);
    assert_eq!(
        (&seen["status"], &seen["status_reason"]),
        (&json!("suspended"), &json!("a test says so"))
    );
    let listed = operator.get("/v1/admin/users?status=suspended").await.ok(200);
    assert_eq!(listed["data"][0]["id"], json!(mina.id));
    let by_address = "/v1/admin/users?email=MINA@it.example";
    let found = operator.get(by_address).await.ok(200)["data"].clone();
    assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!(mina.id)));
    for none in ["?email=nobody@it.example", "?email=mina@it.example&status=active"] {
        let found = operator.get(&format!("/v1/admin/users{none}")).await.ok(200);
        assert_eq!(found["data"], json!([]), "{none}");
    }
    operator.get("/v1/admin/users?email=mina").await.problem(422, "validation-failed");

    assert_eq!(judge(&operator, &mina, "reinstate").await.ok(200)["status"], "active");
    app.visitor().post("/v1/auth/login", None, login).await.ok(200);
    let reason = json!({"reason": ""});
    let path = format!("/v1/admin/users/{}/suspend", mina.id);
    operator.post(&path, None, reason).await.problem(422, "validation-failed");
}

#[tokio::test]
async fn who_rests_can_look_and_come_back_with_the_same_token() {
    let app = app().await;
    let mina = app.person("mina").await;
    mina.post("/v1/me/deactivate", Some("rest"), json!({})).await.ok(200);
    mina.post("/v1/me/deactivate", Some("rest"), json!({})).await.ok(200);
    mina.until_answer("/v1/wallets", is("account-deactivated")).await;
    assert_eq!(mina.get("/v1/me").await.ok(200)["status"], "deactivated");
    let late = mina.visitor().sign_in("mina@it.example", "correct horse battery").await;
    late.get("/v1/wallets").await.problem(403, "account-deactivated");
    let lost = mina.visitor().sign_in_as("mina").await;
    let newest = |page: &Value| page["data"][0]["current"] == true;
    let sessions = lost.until("/v1/auth/sessions", newest).await;
    let session = format!("/v1/auth/sessions/{}", sessions["data"][0]["id"].as_str().unwrap());
    let ended = late.send(Method::DELETE, &session, None, None).await;
    assert_eq!(ended.status, 204, "a lost device is no reason to come back: {}", ended.body);
    lost.until_answer("/v1/me", |answer| answer.status == 401).await;
    let artist = json!({"artist_name": "Mina"});
    late.post("/v1/artists", None, artist).await.problem(403, "account-deactivated");
    let other = app.another().await; // It starts knowing who rests, whatever a token says.
    other.visitor(&mina).get("/v1/wallets").await.problem(403, "account-deactivated");
    late.post("/v1/me/reactivate", None, json!({})).await.ok(200);
    let back = mina.visitor().sign_in_as("mina").await; // A token that says so is ahead of what is known.
    other.visitor(&back).get("/v1/wallets").await.ok(200);
    other.stop().await;
    mina.until_answer("/v1/wallets", |answer| answer.status == 200).await;
    late.get("/v1/wallets").await.ok(200);
}
