//! Styles and models over HTTP: what artists offer, and who may see it (STY, MOD).

use reqwest::Method;
use serde_json::{Value, json};

use super::support::studio::{STYLE_PRICE, ids, model, studio, text};
use super::support::{Visitor, app};

async fn listed(visitor: &Visitor, path: &str) -> Vec<String> {
    let list = visitor.get(path).await.ok(200);
    ids(&list)
}

#[tokio::test]
async fn a_style_is_seen_once_it_is_published_and_published_once_it_has_a_model() {
    let app = app().await;
    let (operator, artist, stranger) =
        (app.operator().await, app.person("mina").await, app.person("jun").await);
    let new = json!({"name": "Dusk in Ink", "description": "Wind.", "cost": STYLE_PRICE});
    artist.post("/v1/styles", None, new.clone()).await.problem(403, "forbidden");
    artist.post("/v1/artists", None, json!({"artist_name": "Mina Paints"})).await.ok(201);
    let id = text(&artist.post("/v1/styles", None, new).await.ok(201), "id");
    let (path, publish) = (format!("/v1/styles/{id}"), format!("/v1/styles/{id}/publish"));

    let own = artist.get(&path).await.ok(200);
    assert_eq!((&own["cost"], &own["is_published"]), (&json!(STYLE_PRICE), &json!(false)));
    stranger.get(&path).await.problem(404, "not-found");
    artist.post(&publish, None, json!({})).await.problem(409, "not-trained");

    artist.post("/v1/admin/models", None, model("dusk", &id)).await.problem(403, "forbidden");
    let weights = operator.post("/v1/admin/models", None, model("dusk", &id)).await.ok(201);
    operator.post("/v1/admin/models", None, model("dusk", &id)).await.problem(409, "name-taken");
    assert_eq!(listed(&operator, "/v1/models?type=lora&base=sdxl").await, [text(&weights, "id")]);
    assert_eq!(listed(&operator, "/v1/models?type=vae").await, [""; 0]);
    stranger.post(&publish, None, json!({})).await.problem(404, "not-found");
    artist.post(&publish, None, json!({})).await.ok(200);
    artist.until(&path, |style| style["is_published"] == true).await;
    assert_eq!(stranger.get(&path).await.ok(200)["artist_name"], "Mina Paints");
    for sort in ["", "?sort=-created", "?sort=popular"] {
        assert_eq!(listed(&stranger, &format!("/v1/styles{sort}")).await, [id.as_str()]);
    }

    artist.post(&format!("{path}/unpublish"), None, json!({})).await.ok(200);
    assert_eq!(listed(&artist, &format!("/v1/styles?artist={}", artist.id)).await, [id]);
    assert_eq!(listed(&stranger, &format!("/v1/styles?artist={}", artist.id)).await, [""; 0]);
    stranger.get(&path).await.problem(404, "not-found");
}

#[tokio::test]
async fn a_style_is_changed_by_its_artist_and_by_nobody_else() {
    let studio = studio().await;
    let stranger = studio.app.person("jun").await;
    let path = format!("/v1/styles/{}", studio.style);
    let price = format!("{path}/price");
    let change = async |by: &Visitor, method, path: &str, body: Value| {
        by.send(method, path, None, Some(body)).await
    };
    let (five, words) = (json!({"cost": 5}), json!({"description": "Rain."}));
    change(&stranger, Method::PUT, &price, five.clone()).await.problem(404, "not-found");
    change(&stranger, Method::PATCH, &path, words.clone()).await.problem(404, "not-found");
    change(&studio.artist, Method::PUT, &price, five).await.ok(200);
    change(&studio.artist, Method::PATCH, &path, words).await.ok(200);
    let style = studio.artist.get(&path).await.ok(200);
    assert_eq!((&style["cost"], &style["description"]), (&json!(5), &json!("Rain.")));

    let stats = format!("{path}/stats");
    assert_eq!(studio.artist.get(&stats).await.ok(200)["earned_tokens"], 0);
    let seen = studio.app.visitor().get(&stats).await.ok(200);
    assert_eq!(seen, json!({"id": studio.style, "usage_count": 0}));
}

#[tokio::test]
async fn an_artist_without_a_plan_has_one_style() {
    let studio = studio().await;
    let another = json!({"name": "Oil at Noon"});
    let limit = studio.artist.post("/v1/styles", None, another).await;
    let limit = limit.problem(409, "style-limit");
    assert_eq!(limit["detail"], "An artist has at most 1 style.");
    assert_eq!(studio.artist.get("/v1/config").await.ok(200)["styles_per_artist"], 1);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_its_name() {
    let studio = studio().await;
    let artist = &studio.artist;
    for (body, pointer) in [
        (json!({"name": ""}), "/name"),
        (json!({"name": "Ink", "cost": -1}), "/cost"),
        (json!({"name": "Ink", "cost": 1e9}), "/cost"),
        (json!({"name": "Ink", "description": "x".repeat(2001)}), "/description"),
    ] {
        let problem = artist.post("/v1/styles", None, body).await.problem(422, "validation-failed");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let unknown = artist.post("/v1/styles", None, json!({"name": "Ink", "prise": 5})).await;
    unknown.problem(422, "validation-failed");
    let both = format!("/v1/styles?artist={}&sort=popular", artist.id);
    for path in ["/v1/styles?artst=1", "/v1/styles?sort=random", "/v1/models?type=cake", &both] {
        artist.get(path).await.problem(422, "validation-failed");
    }
    artist.get("/v1/styles/dusk").await.problem(404, "not-found");
}
