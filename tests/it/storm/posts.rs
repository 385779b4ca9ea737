//! What is posted in the storm: each announcement many times, shuffled, until it is taken.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::json;
use uuid::Uuid;

use super::Chance;
use super::crowd::Crowd;
use super::ground::Ground;

/// Connections that post at the same time.
const CONNECTIONS: usize = 32;
/// How long one post may be refused.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(100);

/// One webhook to be posted.
#[derive(Debug, Clone)]
pub(super) struct Post {
    path: &'static str,
    header: (&'static str, String),
    body: Vec<u8>,
}

/// Every announcement once, then again and again up to `count`, in no order.
pub(super) fn shuffled(
    ground: &Ground,
    crowd: &Crowd,
    count: usize,
    chance: &mut Chance,
) -> VecDeque<Post> {
    let letters = ground.lemon.letters();
    let lemon = letters.into_iter().map(|letter| Post {
        path: "/v1/webhooks/lemonsqueezy",
        header: ("x-signature", letter.signature),
        body: letter.body,
    });
    let toss = crowd.buyers.iter().map(|buyer| {
        let data = json!({"orderId": buyer.order_id, "status": "DONE"});
        let body = json!({"eventType": "PAYMENT_STATUS_CHANGED", "data": data});
        Post {
            path: "/v1/webhooks/toss",
            header: ("tosspayments-webhook-transmission-id", Uuid::now_v7().to_string()),
            body: body.to_string().into_bytes(),
        }
    });
    let told: Vec<Post> = lemon.chain(toss).collect();
    let mut posts = told.clone();
    while posts.len() < count {
        let mut again = told[chance.below(told.len())].clone();
        // Toss has another id for each announcement, or for none.
        if again.path.ends_with("toss") && chance.below(2) == 0 {
            again.header.1 = Uuid::now_v7().to_string();
        }
        posts.push(again);
    }
    chance.shuffle(&mut posts);
    posts.into()
}

/// Posts all of it, each until it is answered with 200; how many attempts that took.
pub(super) async fn send(urls: Arc<[String; 2]>, posts: VecDeque<Post>) -> usize {
    let posts = Arc::new(Mutex::new(posts));
    let senders = (0..CONNECTIONS).map(|number| {
        let (urls, posts) = (Arc::clone(&urls), Arc::clone(&posts));
        tokio::spawn(async move {
            let (http, mut attempts) = (Client::new(), 0);
            loop {
                let next = posts.lock().unwrap().pop_front();
                let Some(post) = next else { return attempts };
                attempts += deliver(&http, &urls, number, &post).await;
            }
        })
    });
    let attempts = futures::future::join_all(senders.collect::<Vec<_>>()).await;
    attempts.into_iter().map(Result::unwrap).sum()
}

/// To one process and, if that does not take it, to the other.
async fn deliver(http: &Client, urls: &[String; 2], first: usize, post: &Post) -> usize {
    let deadline = Instant::now() + PATIENCE;
    for attempt in 1.. {
        let url = format!("{}{}", urls[(first + attempt) % 2], post.path);
        let request = http.post(url).header(post.header.0, &post.header.1);
        let request = request.header("content-type", "application/json");
        match request.body(post.body.clone()).send().await {
            Ok(answer) if answer.status() == 200 => return attempt,
            Ok(answer) if !answer.status().is_server_error() => {
                panic!("{}: {}", answer.status(), answer.text().await.unwrap())
            }
            Ok(_) | Err(_) => tokio::time::sleep(PAUSE).await,
        }
        assert!(Instant::now() < deadline, "nobody takes {}", post.path);
    }
    unreachable!("attempts do not end by themselves")
}
