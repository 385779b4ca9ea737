//! Posting webhooks of Lemon Squeezy by hand: in any order, any number of times, whole or not.

use demo::lemonsqueezy::{Letter, Manner};
use serde_json::Value;

use super::App;

/// Posts these bytes under these signatures; the status.
pub async fn post(app: &App, body: &[u8], signatures: &[&str]) -> u16 {
    let url = format!("{}/v1/webhooks/lemonsqueezy", app.url);
    let mut request = reqwest::Client::new().post(url).body(body.to_vec());
    for signature in signatures {
        request = request.header("x-signature", *signature);
    }
    let request = request.header("content-type", "application/json");
    request.send().await.unwrap().status().as_u16()
}

/// Posts a letter as it was written; the status.
pub async fn deliver(app: &App, letter: &Letter) -> u16 {
    post(app, &letter.body, &[&letter.signature]).await
}

/// From now on Lemon Squeezy only writes, and the test delivers.
pub fn hold(app: &App) {
    app.lemon.manner(Manner { held: true, ..Manner::default() });
}

/// What a letter says.
pub fn body(letter: &Letter) -> Value {
    serde_json::from_slice(&letter.body).unwrap()
}
