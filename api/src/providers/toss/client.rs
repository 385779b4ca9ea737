//! The real client: HTTPS with Basic authentication, 10 seconds a call (P2.3).

use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT_LANGUAGE, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::{Call, Cancel, Confirm, PaymentObject, RefundAccount, Toss, TossError};

/// After this long an answer is not awaited any more; the payment is in doubt then.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Names a call in Toss's own log (d1.1).
const TRACE_ID: &str = "x-tosspayments-trace-id";
/// Makes calls with a test key fail with an error of our choice; live keys do not heed it (d1.1).
const TEST_CODE: HeaderName = HeaderName::from_static("tosspayments-test-code");
/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Talks to `api.tosspayments.com`, or to the stand-in.
pub struct TossClient {
    http: reqwest::Client,
    base: reqwest::Url,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfirmBody<'a> {
    payment_key: &'a str,
    order_id: &'a str,
    amount: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CancelBody<'a> {
    cancel_reason: &'a str,
    cancel_amount: i64,
    refundable_amount: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_receive_account: Option<ReceiveAccount<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReceiveAccount<'a> {
    bank: &'a str,
    account_number: &'a str,
    holder_name: &'a str,
}

impl<'a> From<&'a RefundAccount> for ReceiveAccount<'a> {
    fn from(account: &'a RefundAccount) -> Self {
        let RefundAccount { bank, account_number, holder_name } = account;
        Self { bank, account_number, holder_name }
    }
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    #[serde(default)]
    message: String,
}

impl TossClient {
    /// A client of the shop with this secret key; with a `test_code`, every command fails with that
    /// error, as long as the key is one for tests.
    ///
    /// # Errors
    /// The address, the key or the code cannot be used.
    pub fn new(url: &str, secret_key: &str, test_code: Option<&str>) -> anyhow::Result<Self> {
        let mut authorization =
            HeaderValue::from_str(&basic(secret_key)).context("Toss's secret key")?;
        authorization.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (ACCEPT_LANGUAGE, HeaderValue::from_static("en-US")),
        ]);
        if let Some(code) = test_code {
            headers.insert(TEST_CODE, HeaderValue::from_str(code).context("FOLIO_TOSS_TEST_CODE")?);
        }
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("make the client for Toss")?;
        let base = format!("{}/", url.trim_end_matches('/'));
        Ok(Self { http, base: base.parse().with_context(|| format!("FOLIO_TOSS_URL {url:?}"))? })
    }

    /// A URL of path segments, each escaped: keys come from outside.
    fn url(&self, segments: &[&str]) -> reqwest::Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    async fn call(&self, request: reqwest::RequestBuilder) -> Result<PaymentObject, TossError> {
        let mut response = request.send().await.map_err(TossError::NoAnswer)?;
        let status = response.status();
        let trace_id = response.headers().get(TRACE_ID).and_then(|id| id.to_str().ok());
        tracing::info!(%status, path = response.url().path(), trace_id, "Toss answered");
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(TossError::NoAnswer)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                break; // Cut, so it will not parse.
            }
            body.extend_from_slice(&chunk);
        }
        let unreadable = |cause| TossError::Unreadable { status: status.as_u16(), cause };
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(unreadable);
        }
        let Refusal { code, message } = serde_json::from_slice(&body).map_err(unreadable)?;
        Err(TossError::Refused { code, message, status: status.as_u16() })
    }
}

impl Toss for TossClient {
    fn confirm<'a>(&'a self, order: Confirm<'a>) -> Call<'a> {
        let Confirm { payment_key, order_id, amount, idempotency_key } = order;
        let request = self
            .http
            .post(self.url(&["v1", "payments", "confirm"]))
            .header("Idempotency-Key", idempotency_key)
            .json(&ConfirmBody { payment_key, order_id, amount });
        Box::pin(self.call(request))
    }

    fn cancel<'a>(&'a self, order: Cancel<'a>) -> Call<'a> {
        let Cancel { payment_key, reason, amount, balance, account, idempotency_key } = order;
        let body = CancelBody {
            cancel_reason: reason,
            cancel_amount: amount,
            refundable_amount: balance,
            refund_receive_account: account.map(ReceiveAccount::from),
        };
        let request = self
            .http
            .post(self.url(&["v1", "payments", payment_key, "cancel"]))
            .header("Idempotency-Key", idempotency_key)
            .json(&body);
        Box::pin(self.call(request))
    }

    fn by_order<'a>(&'a self, order_id: &'a str) -> Call<'a> {
        Box::pin(self.call(self.http.get(self.url(&["v1", "payments", "orders", order_id]))))
    }
}

/// The secret key is the user name and the password is empty: the colon is required (d1.1).
fn basic(secret_key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{secret_key}:")))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn the_colon_after_the_secret_key_is_encoded_too() {
        assert_eq!(
            basic("test_sk_example0000000000000000"),
            "Basic dGVzdF9za19leGFtcGxlMDAwMDAwMDAwMDAwMDAwMDo="
        );
    }

    #[test]
    fn an_order_id_cannot_leave_its_place_in_the_path() {
        let client = TossClient::new("http://127.0.0.1:1/base/", "sk", None).unwrap();
        let url = client.url(&["v1", "payments", "a/../b?c=d"]);
        assert_eq!(url.as_str(), "http://127.0.0.1:1/base/v1/payments/a%2F..%2Fb%3Fc=d");
    }

    #[test]
    fn the_body_of_a_confirmation_is_what_toss_documents() {
        let body = ConfirmBody { payment_key: "k", order_id: "o", amount: 15_000 };
        let text = serde_json::to_string(&body).unwrap();
        assert_eq!(text, r#"{"paymentKey":"k","orderId":"o","amount":15000}"#);
    }

    #[test]
    fn the_body_of_a_cancel_always_says_how_much_and_what_is_left() {
        let mut body = CancelBody {
            cancel_reason: "r",
            cancel_amount: 5_000,
            refundable_amount: 15_000,
            refund_receive_account: None,
        };
        let text = serde_json::to_string(&body).unwrap();
        assert_eq!(text, r#"{"cancelReason":"r","cancelAmount":5000,"refundableAmount":15000}"#);
        let (bank, account_number, holder_name) = ("20", "123456", "박토스");
        body.refund_receive_account = Some(ReceiveAccount { bank, account_number, holder_name });
        let text = serde_json::to_string(&body).unwrap();
        let account = r#"{"bank":"20","accountNumber":"123456","holderName":"박토스"}"#;
        assert!(text.ends_with(&format!(r#","refundReceiveAccount":{account}}}"#)), "{text}");
    }
}
