//! A webhook on paper: what is sent, and by which signature it is known (d2.2).

use aws_lc_rs::hmac;
use serde_json::{Value, json};
use uuid::Uuid;

use super::objects::Custom;

/// One webhook, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// For `X-Event-Name`.
    pub event: String,
    /// The raw bytes.
    pub body: Vec<u8>,
    /// For `X-Signature`.
    pub signature: String,
}

/// Something to write about, as it stands now.
#[derive(Debug, Clone)]
pub(super) struct News {
    /// What happened.
    pub(super) event: &'static str,
    /// To what.
    pub(super) object: Value,
    /// Whose.
    pub(super) custom: Custom,
}

impl News {
    /// What is written: no two letters are the same.
    pub(super) fn body(&self) -> Value {
        json!({
            "meta": {
                "test_mode": true, "event_name": self.event, "webhook_id": Uuid::now_v7(),
                "custom_data": self.custom,
            },
            "data": self.object,
        })
    }
}

impl Letter {
    /// Signed with this secret.
    pub(super) fn write(body: &Value, secret: &hmac::Key) -> Self {
        let bytes = body.to_string().into_bytes();
        let signature = hmac::sign(secret, &bytes);
        let signature = signature.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let event = body["meta"]["event_name"].as_str().unwrap_or_default().to_owned();
        Self { event, body: bytes, signature }
    }
}
