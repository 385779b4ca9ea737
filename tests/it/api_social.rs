//! The feed and likes over HTTP (SOC-02).

use reqwest::Method;
use serde_json::json;

use super::support::Visitor;
use super::support::studio::{Studio, ids, studio, text};

async fn publish(studio: &Studio, owner: &Visitor, key: &str) -> String {
    let painter = studio.painter(key).await;
    let generation = studio.paint(owner, &painter, key).await;
    let path = format!("/v1/generations/{generation}/publish");
    owner.post(&path, None, json!({})).await.ok(200);
    generation
}

async fn like(by: &Visitor, method: Method, generation: &str) -> serde_json::Value {
    let path = format!("/v1/generations/{generation}/like");
    by.send(method, &path, None, None).await.ok(200)
}

async fn feed(visitor: &Visitor, query: &str) -> Vec<String> {
    let feed = visitor.get(&format!("/v1/feed{query}")).await.ok(200);
    ids(&feed)
}

#[tokio::test]
async fn liking_twice_counts_once_and_a_like_can_be_taken_back() {
    let studio = studio().await;
    let (owner, fan) = (studio.buyer("jun").await, studio.buyer("sora").await);
    let picture = publish(&studio, &owner, "one").await;
    let path = format!("/v1/generations/{picture}");
    for _ in 0..2 {
        assert_eq!(like(&fan, Method::PUT, &picture).await["is_liked"], true);
    }
    assert_eq!(fan.get(&path).await.ok(200)["like_count"], 1);
    like(&owner, Method::PUT, &picture).await;
    let likes = owner.get(&format!("{path}/likes")).await.ok(200);
    let who: Vec<_> = likes["data"].as_array().iter().flat_map(|rows| rows.iter()).collect();
    assert_eq!(who.len(), 2);
    assert_eq!((&who[0]["user_id"], &who[1]["user_id"]), (&json!(owner.id), &json!(fan.id)));

    for _ in 0..2 {
        assert_eq!(like(&fan, Method::DELETE, &picture).await["is_liked"], false);
    }
    assert_eq!(fan.get(&path).await.ok(200)["like_count"], 1, "the owner's is left");
    assert_eq!(fan.get("/v1/me/likes").await.ok(200)["data"], json!([]));
    let mine = owner.get("/v1/me/likes").await.ok(200);
    assert_eq!(mine["data"][0]["generation_id"], picture.as_str());
}

#[tokio::test]
async fn only_what_is_published_can_be_liked() {
    let studio = studio().await;
    let (owner, fan) = (studio.buyer("jun").await, studio.buyer("sora").await);
    let painter = studio.painter("one").await;
    let picture = studio.paint(&owner, &painter, "one").await;
    for path in [
        format!("/v1/generations/{picture}/like"),
        format!("/v1/generations/{}/like", uuid::Uuid::nil()),
    ] {
        fan.send(Method::PUT, &path, None, None).await.problem(404, "not-found");
    }
    fan.get(&format!("/v1/generations/{picture}/likes")).await.problem(404, "not-found");
}

#[tokio::test]
async fn the_feed_shows_the_newest_or_the_most_liked_page_by_page() {
    let studio = studio().await;
    let owner = studio.buyer("jun").await;
    let (first, second) =
        (publish(&studio, &owner, "one").await, publish(&studio, &owner, "two").await);
    like(&owner, Method::PUT, &first).await;
    assert_eq!(feed(&owner, "").await, [second.clone(), first.clone()]);
    assert_eq!(feed(&owner, "?sort=top").await, [first.clone(), second.clone()]);
    let of_style = format!("?style={}", studio.style);
    assert_eq!(feed(&owner, &of_style).await, [second.clone(), first.clone()]);
    assert_eq!(feed(&owner, &format!("?style={}", uuid::Uuid::nil())).await, [""; 0]);

    let page = owner.get("/v1/feed?limit=1").await.ok(200);
    let (row, cursor) = (text(&page["data"][0], "id"), text(&page, "next_cursor"));
    assert_eq!(row, second);
    assert_eq!(feed(&owner, &format!("?limit=1&cursor={cursor}")).await, [first]);
    let other_list = format!("/v1/feed?sort=top&limit=1&cursor={cursor}");
    owner.get(&other_list).await.problem(422, "validation-failed");
    let seen = studio.app.visitor().get("/v1/feed").await.ok(200);
    assert_eq!(seen["data"][0]["cost"], json!(null), "what it cost is its owner's business");
}
