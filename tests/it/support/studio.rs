//! A scene with a style to paint in, people who want pictures, and painters who do what a test
//! says, call by call.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, App, Role, Visitor, app};

/// What a picture in the style costs.
pub const STYLE_PRICE: i64 = 20;
/// What everybody gets for signing up.
pub const WELCOME: i64 = 100;
/// What the artist earns of a picture: the price less 10 %.
pub const ARTISTS_SHARE: i64 = 18;

/// A picture of two pixels, and its hash.
pub const PICTURE: &[u8] = b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\
\x00\x00\x00\x02\x00\x00\x00\x01\x08\x02\x00\x00\x00\x7b\x40\xe8\xdd\x00\x00\x00\x0f\x49\x44\
\x41\x54\x78\x9c\x63\xb8\xe0\xa0\xa0\xe0\x70\x01\x00\x08\x57\x02\x61\x93\x3d\xd6\x49\x00\x00\
\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";
const PICTURE_SHA256: &str = "89def9f2286b5cfdd8660e38a6373bd58c4eb6eb23ddd03cd979453cf0b58262";
const WEIGHTS_SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A running service with a published style.
pub struct Studio {
    /// Everything it stands on.
    pub app: App,
    /// Who runs the place.
    pub operator: Visitor,
    /// Whose style it is.
    pub artist: Visitor,
    /// The style.
    pub style: String,
}

/// A studio on a service of its own.
pub async fn studio() -> Studio {
    Studio::open(app().await).await
}

impl Studio {
    /// An artist makes a style, an operator gives it a model, and it is published.
    pub async fn open(app: App) -> Self {
        let (operator, artist) = (app.operator().await, app.person("mina").await);
        artist.post("/v1/artists", None, json!({"artist_name": "Mina Paints"})).await.ok(201);
        let style = json!({"name": "Dusk in Ink", "cost": STYLE_PRICE});
        let style = text(&artist.post("/v1/styles", None, style).await.ok(201), "id");
        operator.post("/v1/admin/models", None, model("dusk", &style)).await.ok(201);
        artist.post(&format!("/v1/styles/{style}/publish"), None, json!({})).await.ok(200);
        Self { app, operator, artist, style }
    }

    /// Somebody with welcome tokens to spend.
    pub async fn buyer(&self, name: &str) -> Visitor {
        let buyer = self.app.person(name).await;
        buyer.until("/v1/wallets/token", |wallet| wallet["available"] == WELCOME).await;
        buyer
    }

    /// A registered worker.
    pub async fn painter(&self, name: &str) -> Painter {
        let mut http = self.app.visitor();
        http.token = self.app.worker_key(name).await;
        let abilities = json!({"gpu": "a hand", "classes": ["default"]});
        http.post("/v1/worker/register", None, abilities).await.ok(200);
        Painter { http }
    }

    /// What is asked for.
    pub fn wish(&self) -> Value {
        json!({"style_id": self.style, "prompt": "a lighthouse at dusk", "seed": 7, "width": 64, "height": 64, "steps": 4})
    }

    /// Asks for a picture.
    pub async fn ask(&self, buyer: &Visitor, key: &str) -> String {
        text(&buyer.post("/v1/generations", Some(key), self.wish()).await.ok(202), "id")
    }

    /// Asks for a picture that a painter delivers.
    pub async fn paint(&self, buyer: &Visitor, painter: &Painter, key: &str) -> String {
        let generation = self.ask(buyer, key).await;
        let job = painter.claim().await;
        assert_eq!(job.id, generation);
        painter.deliver(&job).await;
        generation
    }

    /// Lets a generation's timer ring now, as if its time had come.
    pub async fn ring(&self, kind: &str, generation: &str) {
        let client = self.app.database.client(Role::Superuser).await;
        let due = "update vault.records set due = clock_timestamp() where kind = $1 and key = $2";
        assert_eq!(client.execute(due, &[&kind, &generation]).await.unwrap(), 1, "{kind}");
    }

    /// What the artist has earned.
    pub async fn earned(&self) -> i64 {
        self.artist.available("earning").await
    }
}

/// The weights of a style.
pub fn model(name: &str, style: &str) -> Value {
    json!({"name": name, "display_name": name, "type": "lora", "base": "sdxl", "bytes": 1024,
        "path": format!("models/{name}.safetensors"), "sha256": WEIGHTS_SHA256, "style_id": style})
}

/// A text of an answer.
pub fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_else(|| panic!("no {field:?} in {body}")).to_owned()
}

/// The ids of a list's entries.
pub fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|entry| text(entry, "id")).collect()
}

/// A worker whose every word a test says.
#[derive(Debug, Clone)]
pub struct Painter {
    /// Speaks with its key.
    pub http: Visitor,
}

/// A job in a painter's hand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Job {
    /// The generation.
    pub id: String,
    /// The attempt.
    pub attempt: u64,
}

impl Painter {
    /// Waits for a job that must come.
    pub async fn claim(&self) -> Job {
        let job = self.try_claim().await.ok(200);
        assert!(job["parameters"]["prompt"].is_string(), "{job}");
        Job { id: text(&job, "id"), attempt: job["attempt"].as_u64().unwrap() }
    }

    /// Asks for a job as long as the service waits.
    pub async fn try_claim(&self) -> Answer {
        self.http.post("/v1/worker/claims", None, json!({"classes": ["default"]})).await
    }

    /// Says something about a job under a key.
    pub async fn say(&self, job: &Job, verb: &str, mut body: Value) -> Answer {
        body["attempt"] = job.attempt.into();
        let key = format!("{verb}-{}-{}", job.id, job.attempt);
        self.http.post(&format!("/v1/worker/jobs/{}/{verb}", job.id), Some(&key), body).await
    }

    /// Tells how far a job is.
    pub async fn progress(&self, job: &Job, step: u32) -> Answer {
        let body =
            json!({"attempt": job.attempt, "step": step, "total_steps": 4, "stage": "painting"});
        let path = format!("/v1/worker/jobs/{}/progress", job.id);
        self.http.send(Method::PUT, &path, None, Some(body)).await
    }

    /// How the service sees a job it is told of.
    pub async fn heartbeat(&self, job: &Job) -> String {
        let body = json!({"jobs": [{"id": job.id, "attempt": job.attempt}]});
        let leases = self.http.post("/v1/worker/heartbeat", None, body).await.ok(200);
        text(&leases["jobs"][0], "state")
    }

    /// Declares the picture.
    pub async fn declare(&self, job: &Job) -> Answer {
        let files = json!([{"sha256": PICTURE_SHA256, "bytes": PICTURE.len()}]);
        let body = json!({"attempt": job.attempt, "outputs": files});
        self.http.post(&format!("/v1/worker/jobs/{}/outputs", job.id), None, body).await
    }

    /// Declares and uploads the picture; answers its id.
    pub async fn upload(&self, job: &Job) -> String {
        let links = self.declare(job).await.ok(200);
        let link = &links["outputs"][0];
        let sent = put(&text(link, "upload_url"), PICTURE).await;
        assert_eq!(sent, 204);
        text(link, "image_id")
    }

    /// Delivers the picture of this id.
    pub async fn complete(&self, job: &Job, image: &str) -> Answer {
        let body = json!({"outputs": [{"image_id": image}], "gpu_seconds": 1.5});
        self.say(job, "complete", body).await
    }

    /// Gives the job up.
    pub async fn fail(&self, job: &Job, code: &str) -> Answer {
        let body = json!({"code": code, "message": "a test says so", "retryable": true});
        self.say(job, "fail", body).await
    }

    /// Uploads the picture and delivers it.
    pub async fn deliver(&self, job: &Job) {
        let image = self.upload(job).await;
        self.complete(job, &image).await.ok(200);
    }
}

/// Uploads bytes to a signed link; answers the status.
pub async fn put(url: &str, bytes: &'static [u8]) -> u16 {
    reqwest::Client::new().put(url).body(bytes).send().await.unwrap().status().as_u16()
}
