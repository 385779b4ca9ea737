//! Everybody who may ask, and the things they ask for.

use demo::lemonsqueezy::{Custom, SHELF};
use serde_json::json;

use super::audience::Who;
use crate::support::caller::PASSWORD;
use crate::support::studio::{Studio, model, studio, text};
use crate::support::{App, Visitor};

/// Everybody, the owner last: what the owner does may make things public.
pub(super) struct Cast {
    pub studio: Studio,
    /// Who, and their credentials for `Authorization`, if they have any.
    pub players: Vec<(Who, Option<String>)>,
    things: Things,
}

/// Everything a key may do.
const ALL_SCOPES: [&str; 3] = ["wallets:read", "generations:read", "generations:write"];

/// Private things of the owner.
struct Things {
    user: String,
    session: String,
    style: String,
    generation: String,
    image: String,
    purchase: String,
    subscription: String,
    payout: String,
    adjustment: String,
    delivery: String,
    key: String,
    transaction: String,
    export: String,
    model: String,
}

impl Cast {
    pub async fn assemble() -> Self {
        let studio = studio().await;
        let owner = studio.buyer("owner").await;
        owner.post("/v1/artists", None, json!({"artist_name": "Owner"})).await.ok(201);
        let (app, painter) = (&studio.app, studio.painter("machine").await);
        let mut players = vec![(Who::Nobody, None)];
        let mut play = |who, visitor: &Visitor| players.push((who, Some(visitor.token.clone())));
        play(Who::Stranger, &app.person("stranger").await);
        for role in ["support", "moderator", "auditor", "worker"] {
            play(Who::Role(role), &with_role(app, &studio.operator, role).await);
        }
        play(Who::Role("admin"), &studio.operator);
        play(Who::Role("artist"), &studio.artist.clone().sign_in_as("mina").await);
        let suspended = app.person("suspended").await;
        let path = format!("/v1/admin/users/{}/suspend", suspended.id);
        studio.operator.post(&path, None, json!({"reason": "a test"})).await.ok(200);
        let suspended = suspended.sign_in_as("suspended").await;
        play(Who::Suspended, &suspended);
        let at_rest = app.person("at_rest").await;
        at_rest.post("/v1/me/deactivate", None, json!({})).await.ok(200);
        play(Who::AtRest, &at_rest);
        play(Who::Machine, &painter.http);
        for scopes in [&ALL_SCOPES[..], &ALL_SCOPES[..1]] {
            let key = json!({"name": "a program", "scopes": scopes});
            let key = owner.post("/v1/api-keys", None, key).await.ok(201);
            players.push((Who::Program(scopes), Some(text(&key, "secret"))));
        }
        players.push((Who::Owner, Some(owner.token.clone())));
        let things = Things::of(&studio, &owner, &painter).await;
        let stopped =
            |code: &'static str| move |answer: &crate::support::Answer| answer.body["code"] == code;
        suspended.until_answer("/v1/wallets", stopped("account-suspended")).await;
        at_rest.until_answer("/v1/wallets", stopped("account-deactivated")).await;
        Self { studio, players, things }
    }

    /// A path of the document with the owner's things in it.
    pub fn path(&self, template: &str) -> String {
        let things = &self.things;
        let own = template.replacen("/v1/admin/", "/v1/", 1);
        let thing = match own.split('/').nth(2).unwrap_or_default() {
            "auth" => &things.session,
            "styles" => &things.style,
            "generations" | "worker" => &things.generation,
            "images" => &things.image,
            "purchases" => &things.purchase,
            "subscriptions" => &things.subscription,
            "payouts" => &things.payout,
            "adjustments" => &things.adjustment,
            "webhooks" => &things.delivery,
            "api-keys" => &things.key,
            "me" => &things.export,
            "models" => &things.model,
            "wallets" => &things.transaction,
            _ => &things.user,
        };
        let path = template.replace("{id}", thing).replace("{asset}", "token");
        path.replace("{user}", &things.user)
            .replace("{name}", "pro")
            .replace("{refund}", &things.user)
            .replace("{slug}", "not-found")
            .replace("{provider}", "google")
            .replace("{stream}", &format!("user-{}", things.user))
            .replace("{position}", "1")
            .replace("{token}", "not-a-token")
    }
}

impl Things {
    async fn of(
        studio: &Studio,
        owner: &Visitor,
        painter: &crate::support::studio::Painter,
    ) -> Self {
        owner.clone().sign_in_as("owner").await; // A second device, to be logged out.
        let sessions = owner.get("/v1/auth/sessions").await.ok(200);
        let style = json!({"name": "A draft", "cost": 20});
        let style = text(&owner.post("/v1/styles", None, style).await.ok(201), "id");
        let payout = payout(studio, owner, &style).await;
        let generation = studio.paint(owner, painter, "own").await;
        let done = format!("/v1/generations/{generation}");
        let done = owner.until(&done, |generation| generation["outputs"][0].is_object()).await;
        let purchase = json!({"package_id": "tokens-150"});
        let purchase = owner.post("/v1/purchases", Some("own"), purchase).await.ok(201);
        let key = json!({"name": "a key", "scopes": ["wallets:read"]});
        let key = owner.post("/v1/api-keys", None, key).await.ok(201);
        let export = owner.post("/v1/me/export", Some("own"), json!({})).await.ok(202);
        let amount = json!({"amount": 20_000, "reason": "For the test"});
        let path = format!("/v1/admin/wallets/{}/token/adjustments", owner.id);
        let adjustment = studio.operator.post(&path, Some("own"), amount).await.ok(201);
        let some = |list: &serde_json::Value| list["data"][0].is_object();
        let transactions = owner.until("/v1/wallets/token/transactions", some).await;
        let models = owner.until("/v1/models", some).await;
        Self {
            user: owner.id.clone(),
            session: text(&sessions["data"][0], "id"),
            style,
            generation,
            image: text(&done["outputs"][0], "image_id"),
            purchase: text(&purchase, "id"),
            subscription: subscription(studio, owner).await,
            payout,
            adjustment: text(&adjustment, "id"),
            delivery: delivery(studio).await,
            key: text(&key, "id"),
            transaction: text(&transactions["data"][0], "id"),
            export: text(&export, "id"),
            model: text(&models["data"][0], "id"),
        }
    }
}

/// The owner subscribes to a plan.
async fn subscription(studio: &Studio, owner: &Visitor) -> String {
    let custom = Custom { user_id: owner.id.clone(), checkout_id: String::new() };
    studio.app.lemon.subscribe(SHELF[0].id, custom);
    let current = owner.until("/v1/subscriptions/current", |one| one["status"] == "active").await;
    text(&current, "id")
}

/// Something a provider said.
async fn delivery(studio: &Studio) -> String {
    let url = format!("{}/v1/webhooks/toss", studio.app.url);
    reqwest::Client::new().post(url).body("{}").send().await.unwrap();
    let inbox = "/v1/admin/webhooks";
    let page = studio.operator.until(inbox, |page| page["data"][0].is_object()).await;
    text(&page["data"][0], "id")
}

/// The owner asks for what one picture in their style earned; the style is a draft again afterwards.
async fn payout(studio: &Studio, owner: &Visitor, style: &str) -> String {
    let (fan, painter) = (studio.buyer("fan").await, studio.painter("press").await);
    let show = async |how: &str| {
        owner.post(&format!("/v1/styles/{style}/{how}"), None, json!({})).await.ok(200);
    };
    studio.operator.post("/v1/admin/models", None, model("draft", style)).await.ok(201);
    show("publish").await;
    let mut wish = studio.wish();
    wish["style_id"] = style.into();
    fan.until_answer(&format!("/v1/styles/{style}"), |answer| answer.status == 200).await;
    fan.post("/v1/generations", Some("fan"), wish).await.ok(202);
    painter.deliver(&painter.claim().await).await;
    show("unpublish").await;
    owner.until("/v1/wallets/earning", |wallet| wallet["available"] == 18).await;
    let account = json!({"bank": "088", "account_number": "110-123-456", "holder_name": "Owner",
        "password": PASSWORD});
    let path = "/v1/artists/me/payout-account";
    owner.send(reqwest::Method::PUT, path, None, Some(account)).await.ok(200);
    text(&owner.post("/v1/payouts", Some("own"), json!({"amount": 18})).await.ok(201), "id")
}

/// Somebody to whom the operator gave a role.
pub(crate) async fn with_role(app: &App, operator: &Visitor, role: &str) -> Visitor {
    let name: String = role.chars().rev().collect(); // Nobody is called like a role.
    let person = app.person(&name).await;
    let path = format!("/v1/admin/users/{}/roles", person.id);
    let roles = Some(json!({"roles": [role]}));
    operator.send(reqwest::Method::PUT, &path, None, roles).await.ok(200);
    person.sign_in(&format!("{name}@it.example"), "correct horse battery").await
}
