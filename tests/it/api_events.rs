//! Following a generation over HTTP (c0.9): nothing of its story is lost, however often the
//! connection is.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::support::studio::{Studio, studio};
use super::support::{Nats, Visitor};

/// How long something that must come may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// One event on the wire.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    id: Option<String>,
    name: String,
    data: Value,
}

/// An open stream of events.
struct Listener {
    bytes: BoxStream<'static, reqwest::Result<Vec<u8>>>,
    text: String,
}

async fn open(studio: &Studio, by: &Visitor, id: &str, after: Option<&str>) -> reqwest::Response {
    let url = format!("{}/v1/generations/{id}/events", studio.app.url);
    let mut request = reqwest::Client::new().get(url).bearer_auth(&by.token);
    if let Some(after) = after {
        request = request.header("last-event-id", after);
    }
    request.send().await.unwrap()
}

async fn listen(studio: &Studio, by: &Visitor, id: &str, after: Option<&str>) -> Listener {
    let answer = open(studio, by, id, after).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let bytes = answer.bytes_stream().map(|chunk| chunk.map(|chunk| chunk.to_vec())).boxed();
    Listener { bytes, text: String::new() }
}

impl Listener {
    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<Heard> {
        loop {
            while let Some((frame, rest)) = self.text.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    frame
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|v| v.trim().to_owned())
                };
                if let Some(name) = field("event:") {
                    let data = serde_json::from_str(&field("data:").unwrap()).unwrap();
                    return Some(Heard { id: field("id:"), name, data });
                }
                assert!(
                    frame.starts_with(':') || frame == "retry: 3000" || frame == "retry:3000",
                    "{frame}"
                );
            }
            match timeout(PATIENCE, self.bytes.next()).await.unwrap() {
                Some(chunk) => self.text.push_str(&String::from_utf8(chunk.unwrap()).unwrap()),
                None => return None,
            }
        }
    }

    /// The names of all that is left.
    async fn rest(mut self) -> Vec<Heard> {
        let mut heard = Vec::new();
        while let Some(event) = self.next().await {
            heard.push(event);
        }
        heard
    }
}

fn names(heard: &[Heard]) -> Vec<&str> {
    heard.iter().map(|event| event.name.as_str()).collect()
}

#[tokio::test]
async fn a_story_is_told_as_it_happens_and_resumed_where_it_was_cut_off() {
    let studio = studio().await;
    let (buyer, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    let id = studio.ask(&buyer, "1").await;
    let mut story = listen(&studio, &buyer, &id, None).await;
    assert_eq!(story.next().await.unwrap().name, "queued");
    let job = painter.claim().await;
    let started = story.next().await.unwrap();
    assert_eq!((started.name.as_str(), &started.data["attempt"]), ("started", &json!(1)));
    assert_eq!(painter.progress(&job, 1).await.status, 204);
    let progress = story.next().await.unwrap();
    assert_eq!((progress.name.as_str(), progress.id), ("progress", None));
    assert_eq!(progress.data["progress_percent"], 25);

    drop(story);
    painter.deliver(&job).await;
    let resumed = listen(&studio, &buyer, &id, started.id.as_deref()).await.rest().await;
    assert_eq!(names(&resumed), ["completed", "settled"]);
    assert_eq!(resumed[1].data["charged"], 20);
    let whole = listen(&studio, &buyer, &id, None).await.rest().await;
    assert_eq!(names(&whole), ["queued", "started", "completed", "settled"]);
    assert_eq!(whole[2..], resumed);

    let end = open(&studio, &buyer, &id, resumed[1].id.as_deref()).await;
    assert_eq!(end.status(), 204, "a client that knows the end need not come back");
    let nonsense = open(&studio, &buyer, &id, Some("17")).await;
    assert_eq!(nonsense.status(), 400);
    assert_eq!(nonsense.json::<Value>().await.unwrap()["code"], "position-unknown");
}

#[tokio::test]
async fn a_service_that_stops_keeps_nobody_waiting() {
    let mut studio = studio().await;
    let (buyer, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    let id = studio.ask(&buyer, "1").await;
    let mut story = listen(&studio, &buyer, &id, None).await;
    assert_eq!(story.next().await.unwrap().name, "queued");
    painter.claim().await;
    let waiting = tokio::spawn(async move { painter.try_claim().await.status });
    tokio::time::sleep(Duration::from_millis(300)).await;
    timeout(Duration::from_secs(10), studio.app.stop()).await.unwrap();
    assert_eq!(waiting.await.unwrap(), 204);
    assert_eq!(names(&story.rest().await), ["started"]);
}

#[tokio::test]
async fn who_is_logged_out_hears_no_more_of_a_story() {
    let studio = studio().await;
    let (buyer, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    let laptop = buyer.clone().sign_in_as("jun").await;
    let id = studio.ask(&buyer, "1").await;
    let mut here = listen(&studio, &buyer, &id, None).await;
    let mut there = listen(&studio, &laptop, &id, None).await;
    for story in [&mut here, &mut there] {
        assert_eq!(story.next().await.unwrap().name, "queued");
    }
    assert_eq!(laptop.post("/v1/auth/logout", None, json!({})).await.status, 204);
    assert_eq!(there.next().await, None);
    painter.deliver(&painter.claim().await).await;
    assert_eq!(names(&here.rest().await), ["started", "completed", "settled"]);
}

#[tokio::test]
async fn a_story_is_nobody_elses() {
    let studio = studio().await;
    let (buyer, stranger) = (studio.buyer("jun").await, studio.buyer("sora").await);
    let id = studio.ask(&buyer, "1").await;
    assert_eq!(open(&studio, &stranger, &id, None).await.status(), 404);
    stranger.get(&format!("/v1/generations/{id}/progress")).await.problem(404, "not-found");
}

#[tokio::test]
async fn who_asks_rather_than_listens_learns_the_same() {
    let mut studio = studio().await;
    let (buyer, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    let id = studio.ask(&buyer, "1").await;
    let path = format!("/v1/generations/{id}/progress");
    buyer.until(&path, |progress| progress["queue_position"] == 1).await;
    let job = painter.claim().await;
    painter.progress(&job, 3).await;
    painter.progress(&job, 2).await;
    let told = buyer.get(&path).await.ok(200);
    assert_eq!((&told["status"], &told["attempt"]), (&json!("processing"), &json!(1)));
    assert_eq!(told["progress"]["step"], 2, "what was said last, even if it is less");

    // Progress is no part of the truth, but a broker carries it over a restart.
    studio.app.stop().await;
    studio.app.start().await;
    buyer.until(&path, |progress| progress["progress"]["step"] == 2).await;
    studio.app.nats.as_mut().map(Nats::kill);
    assert_eq!(painter.progress(&job, 4).await.status, 204);
    buyer.until(&path, |progress| progress["progress"]["step"] == 4).await;
    painter.deliver(&job).await;
    buyer.until(&path, |progress| progress["status"] == "completed").await;
    assert_eq!(buyer.get(&path).await.ok(200)["progress"], json!(null));
}
