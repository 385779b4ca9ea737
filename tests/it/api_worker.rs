//! The worker's side over HTTP (c14): one job is one worker's, and whoever was given up on learns
//! it before anything is paid twice.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use tokio::time::timeout;

use super::support::Visitor;
use super::support::studio::{
    ARTISTS_SHARE, PICTURE, STYLE_PRICE, Studio, WELCOME, put, studio, text,
};

/// Long enough for a job to be found if there is one.
const A_MOMENT: Duration = Duration::from_millis(700);

async fn becomes(buyer: &Visitor, generation: &str, status: &str) {
    let path = format!("/v1/generations/{generation}");
    buyer.until(&path, |generation| generation["status"] == status).await;
}

/// The buyer has this much, the artist this.
async fn books(studio: &Studio, buyer: &Visitor, tokens: i64, earned: i64) {
    buyer.until("/v1/wallets/token", |wallet| wallet["available"] == tokens).await;
    studio.artist.until("/v1/wallets/earning", |wallet| wallet["available"] == earned).await;
}

/// Race: all workers are offered the same candidates at the same time.
#[tokio::test]
async fn two_workers_never_get_one_job() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let (one, other) = (studio.painter("one").await, studio.painter("other").await);
    let mut asked = Vec::new();
    for key in ["1", "2", "3", "4", "5"] {
        asked.push(studio.ask(&buyer, key).await);
    }
    let hands = [&one, &other, &one, &other, &one].map(|painter| painter.claim());
    let mut got: Vec<_> = join_all(hands).await.into_iter().map(|job| job.id).collect();
    got.sort_unstable();
    asked.sort_unstable();
    assert_eq!(got, asked, "each job went to one of them");
    assert!(timeout(A_MOMENT, other.try_claim()).await.is_err(), "nothing is left to claim");
}

#[tokio::test]
async fn a_waiting_worker_gets_a_job_as_soon_as_there_is_one() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let painter = studio.painter("one").await;
    let waiting = tokio::spawn({
        let painter = painter.clone();
        async move { painter.claim().await }
    });
    tokio::time::sleep(A_MOMENT).await;
    assert!(!waiting.is_finished());
    let asked = studio.ask(&buyer, "1").await;
    let job = timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
    assert_eq!((job.id, job.attempt), (asked, 1));
}

/// Race: a worker that was given up on comes back while another one paints, and then is done.
#[tokio::test]
async fn a_worker_that_was_given_up_on_is_refused_and_paid_nothing() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let (lost, other) = (studio.painter("lost").await, studio.painter("other").await);
    let id = studio.ask(&buyer, "1").await;
    let first = lost.claim().await;
    let image = lost.upload(&first).await;
    assert_eq!(lost.heartbeat(&first).await, "held");
    studio.ring("generation-lease", &id).await;
    becomes(&buyer, &id, "retrying").await;
    studio.ring("generation-retry", &id).await;
    let second = other.claim().await;
    assert_eq!((&second.id, second.attempt), (&id, 2));

    lost.complete(&first, &image).await.problem(409, "lease-lost");
    lost.progress(&first, 1).await.problem(409, "lease-lost");
    lost.fail(&first, "gpu_oom").await.problem(409, "lease-lost");
    lost.declare(&first).await.problem(409, "lease-lost");
    assert_eq!(lost.heartbeat(&first).await, "lost");
    lost.complete(&second, &image).await.problem(409, "lease-lost");
    books(&studio, &buyer, WELCOME - STYLE_PRICE, 0).await;

    other.deliver(&second).await;
    becomes(&buyer, &id, "completed").await;
    books(&studio, &buyer, WELCOME - STYLE_PRICE, ARTISTS_SHARE).await;
}

#[tokio::test]
async fn the_worker_of_a_canceled_job_is_told_and_everything_goes_back() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let painter = studio.painter("one").await;
    let id = studio.ask(&buyer, "1").await;
    let job = painter.claim().await;
    let image = painter.upload(&job).await;
    let signal = format!("/v1/worker/jobs/{id}/cancel-signal");
    assert_eq!(painter.http.get(&signal).await.ok(200)["canceled"], false);

    let cancel = format!("/v1/generations/{id}/cancel");
    let canceled = buyer.post(&cancel, None, json!({})).await.ok(200);
    assert_eq!(canceled["status"], "canceled");
    assert_eq!((&canceled["charged"], &canceled["released"]), (&json!(0), &json!(STYLE_PRICE)));

    assert_eq!(painter.http.get(&signal).await.ok(200)["canceled"], true);
    painter.complete(&job, &image).await.problem(410, "canceled");
    painter.progress(&job, 1).await.problem(410, "canceled");
    assert_eq!(painter.heartbeat(&job).await, "canceled");
    books(&studio, &buyer, WELCOME, 0).await;
    buyer.post(&cancel, None, json!({})).await.problem(409, "already-terminal");
    studio.artist.post(&cancel, None, json!({})).await.problem(404, "not-found");
}

#[tokio::test]
async fn four_failed_attempts_give_everything_back_and_pay_nobody() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let painter = studio.painter("one").await;
    let id = studio.ask(&buyer, "1").await;
    for attempt in 1..=4 {
        let job = painter.claim().await;
        assert_eq!((&job.id, job.attempt), (&id, attempt));
        let after = painter.fail(&job, "gpu_oom").await.ok(200);
        let again = painter.fail(&job, "gpu_oom").await;
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(again.ok(200), after);
        if attempt < 4 {
            assert_eq!(after["status"], "retrying");
            studio.ring("generation-retry", &id).await;
        } else {
            assert_eq!(after["status"], "failed");
        }
    }
    let path = format!("/v1/generations/{id}");
    let ended = buyer.until(&path, |generation| generation["status"] == "failed").await;
    assert_eq!((&ended["outputs"], &ended["error_code"]), (&json!([]), &json!("gpu_oom")));
    books(&studio, &buyer, WELCOME, 0).await;
    let held = buyer.get("/v1/wallets/token").await.ok(200)["held"].clone();
    assert_eq!(held, json!(0));
}

#[tokio::test]
async fn a_delivery_repeated_pays_once() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let painter = studio.painter("one").await;
    studio.ask(&buyer, "1").await;
    let job = painter.claim().await;
    let image = painter.upload(&job).await;
    let first = painter.complete(&job, &image).await.ok(200);
    assert_eq!(painter.complete(&job, &image).await.ok(200), first);
    let body =
        json!({"attempt": job.attempt, "outputs": [{"image_id": image}], "gpu_seconds": 1.5});
    let path = format!("/v1/worker/jobs/{}/complete", job.id);
    painter.http.post(&path, Some("another"), body).await.ok(200);
    books(&studio, &buyer, WELCOME - STYLE_PRICE, ARTISTS_SHARE).await;
    tokio::time::sleep(A_MOMENT).await;
    assert_eq!(studio.earned().await, ARTISTS_SHARE);
}

#[tokio::test]
async fn only_the_declared_file_is_taken_and_only_what_was_uploaded_is_delivered() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let painter = studio.painter("one").await;
    studio.ask(&buyer, "1").await;
    let job = painter.claim().await;
    let links = painter.declare(&job).await.ok(200);
    let (url, image) =
        (text(&links["outputs"][0], "upload_url"), text(&links["outputs"][0], "image_id"));
    let missing = painter.complete(&job, &image).await.problem(422, "validation-failed");
    assert_eq!(missing["errors"][0]["pointer"], "/outputs/0/image_id");
    assert_eq!(put(&url, b"not what was declared").await, 422);
    assert_eq!(put(&url, &PICTURE[..71]).await, 422);
    let again = painter.declare(&job).await.ok(200);
    assert_eq!(text(&again["outputs"][0], "image_id"), image, "the same file is the same picture");
    let foreign = uuid::Uuid::now_v7().to_string();
    painter.upload(&job).await;
    painter.complete(&job, &foreign).await.problem(422, "validation-failed");
    let last = json!({"outputs": [{"image_id": image}], "gpu_seconds": -1});
    painter.say(&job, "complete", last).await.problem(422, "validation-failed");
}

#[tokio::test]
async fn people_and_workers_do_not_pass_for_each_other() {
    let studio = studio().await;
    let (buyer, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    let claim = json!({"classes": ["default"]});
    buyer.post("/v1/worker/claims", None, claim).await.problem(401, "unauthenticated");
    painter.http.get("/v1/me").await.problem(401, "unauthenticated");
    let mut nobody = studio.app.visitor();
    nobody.token = studio.app.worker_key("unheard").await;
    studio.ask(&buyer, "1").await;
    let early = nobody.post("/v1/worker/claims", None, json!({"classes": ["default"]})).await;
    early.problem(409, "conflict");
}
