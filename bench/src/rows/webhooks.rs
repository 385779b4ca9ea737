//! `webhook_posts`: signed deliveries over HTTP until they are durable, against the bare append of
//! the same deliveries: what HTTP, the signature and reading them cost.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use api::objects::hex;
use aws_lc_rs::{digest, hmac};
use domain::webhooks::{Mentions, ReceiveWebhook};
use domain::{Sha256, UserId, WebhookId};
use serde_json::json;
use uuid::Uuid;

use super::{Setting, latencies, settled};
use crate::client::Client;
use crate::folio::Folio;
use crate::load::{Run, closed_loop, median};
use crate::report::Row;
use crate::service::Told;

const PATH: &str = "/v1/webhooks/lemonsqueezy";
const PROVIDER: &str = "lemonsqueezy";
/// What a real delivery has about.
const PADDING_BYTES: usize = 1_500;

struct Scene {
    client: Client,
    secret: hmac::Key,
    folio: Folio,
}

/// Measures it.
///
/// # Errors
/// A delivery is not answered with 200, or an append fails.
pub async fn row(setting: &Setting) -> Result<Row> {
    let url = setting.servers.database("webhooks_folio").await?;
    Folio::start(&url).await?;
    let told = Told::new(&setting.servers, &url)?;
    let service = told.start().await?;
    let app = service.app.clone().context("the service has an app")?;
    let scene = Arc::new(Scene {
        client: Client::new(service.addr.to_string()),
        secret: hmac::Key::new(hmac::HMAC_SHA256, told.webhook_secret()?.as_bytes()),
        folio: Folio { writer: app.writer.clone() },
    });
    let (mut posts, mut appends, mut last, mut bare) = (Vec::new(), Vec::new(), None, None);
    for _ in 0..setting.repetitions {
        settled(&app).await?;
        let run = scene.append(setting.length).await?;
        appends.push(run.rate);
        bare = Some(run);
        settled(&app).await?;
        let run = scene.post(setting.length).await?;
        posts.push(run.rate);
        last = Some(run);
    }
    service.stop().await?;
    let row = Row::against("webhook_posts", "posts/s", median(posts), median(appends), 0.7);
    Ok(row.note(format!("{}; bare: {}", latencies(last.as_ref()), latencies(bare.as_ref()))))
}

impl Scene {
    async fn post(self: &Arc<Self>, length: Duration) -> Result<Run> {
        let scene = Arc::clone(self);
        closed_loop(length, move |n| {
            let scene = Arc::clone(&scene);
            async move {
                let body = delivery(n);
                let signature = hex(hmac::sign(&scene.secret, body.as_bytes()).as_ref());
                scene.client.deliver(PATH, &signature, &body).await
            }
        })
        .await
    }

    async fn append(self: &Arc<Self>, length: Duration) -> Result<Run> {
        let scene = Arc::clone(self);
        closed_loop(length, move |n| {
            let scene = Arc::clone(&scene);
            async move {
                let body = delivery(n).into_bytes();
                let sha256 = hex(digest::digest(&digest::SHA256, &body).as_ref());
                let webhook = WebhookId::of(PROVIDER, &sha256);
                let receive = ReceiveWebhook {
                    webhook,
                    provider: PROVIDER.to_owned(),
                    event_type: Some("order_created".to_owned()),
                    body_sha256: Sha256::parse(&sha256)?,
                    body,
                    mentions: Mentions::default(),
                    rejected: None,
                };
                let nobody = UserId(Uuid::nil());
                scene.folio.run("bench:webhook", nobody, receive).await.map(|_| ())
            }
        })
        .await
    }
}

/// A delivery that leads to nothing, so that only its way into the log is measured.
fn delivery(n: u64) -> String {
    let (id, padding) = (Uuid::now_v7(), "x".repeat(PADDING_BYTES));
    json!({
        "meta": {"test_mode": true, "event_name": "order_created", "webhook_id": id},
        "data": {"type": "orders", "id": n.to_string(), "attributes": {
            "store_id": 1, "test_mode": true, "padding": padding,
        }},
    })
    .to_string()
}
