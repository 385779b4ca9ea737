//! The real client: JSON:API over HTTPS, 10 seconds a call, never oftener than allowed.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::delivery::read;
use super::objects::Numbered;
use super::pace::Pace;
use super::{
    Call, Change, CheckoutObject, InvoiceObject, LemonSqueezy, LemonSqueezyError, NewCheckout, Of,
    Page, SubscriptionObject,
};

/// After this long an answer is not awaited any more.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer that is read: a page of 100 subscriptions has some 200 kB.
const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;
/// What Lemon Squeezy gives at most.
const PAGE_ITEMS_MAX: u32 = 100;
/// How long we leave it alone when it does not say how long.
const REST: Duration = Duration::from_secs(20);
/// Longest of its texts that is logged.
const DETAIL_CHARS_MAX: usize = 300;

const JSON_API: HeaderValue = HeaderValue::from_static("application/vnd.api+json");

/// Talks to `api.lemonsqueezy.com`, or to the stand-in.
pub struct LemonSqueezyClient {
    http: reqwest::Client,
    base: reqwest::Url,
    store: Option<u64>,
    pace: Pace,
}

impl LemonSqueezyClient {
    /// A client of the store, by this key. Without a store it refuses to ask.
    ///
    /// # Errors
    /// The address or the key cannot be used.
    pub fn new(url: &str, api_key: &str, store: Option<u64>) -> anyhow::Result<Self> {
        let authorization = HeaderValue::from_str(&format!("Bearer {api_key}"));
        let mut authorization = authorization.context("Lemon Squeezy's API key")?;
        authorization.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (ACCEPT, JSON_API),
            (CONTENT_TYPE, JSON_API),
        ]);
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("make the client for Lemon Squeezy")?;
        let base = format!("{}/", url.trim_end_matches('/'));
        let base = base.parse().with_context(|| format!("FOLIO_LEMONSQUEEZY_URL {url:?}"))?;
        Ok(Self { http, base, store, pace: Pace::default() })
    }

    fn store(&self) -> Result<u64, LemonSqueezyError> {
        self.store.ok_or(LemonSqueezyError::NotConnected)
    }

    fn url(&self, path: &str) -> reqwest::Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(path.split('/'));
        }
        url
    }

    async fn ask(
        &self,
        method: Method,
        url: reqwest::Url,
        body: Option<Value>,
    ) -> Result<Value, LemonSqueezyError> {
        self.store()?;
        let busy = |retry_after| LemonSqueezyError::Busy { retry_after };
        self.pace.take(Instant::now()).map_err(busy)?;
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let mut response = request.send().await.map_err(LemonSqueezyError::NoAnswer)?;
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            let rest = rest(response.headers());
            self.pace.rest(Instant::now(), rest);
            return Err(busy(rest));
        }
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(LemonSqueezyError::NoAnswer)? {
            if answer.len() + chunk.len() > ANSWER_BYTES_MAX {
                break; // Cut, so it will not parse.
            }
            answer.extend_from_slice(&chunk);
        }
        if !status.is_success() {
            let detail = detail(&answer);
            return Err(LemonSqueezyError::Refused { status: status.as_u16(), detail });
        }
        serde_json::from_slice(&answer)
            .map_err(|cause| LemonSqueezyError::Unreadable { status: status.as_u16(), cause })
    }

    async fn one<T: DeserializeOwned + Numbered>(
        &self,
        method: Method,
        path: String,
        body: Option<Value>,
    ) -> Result<T, LemonSqueezyError> {
        let answer = self.ask(method, self.url(&path), body).await?;
        read(&answer["data"]).map_err(unreadable)
    }

    async fn page<T: DeserializeOwned + Numbered>(
        &self,
        path: &str,
        of: Of,
        page: u32,
    ) -> Result<Page<T>, LemonSqueezyError> {
        let (filter, value) = match of {
            Of::Store => ("filter[store_id]", self.store()?),
            Of::Order(order) => ("filter[order_id]", order),
            Of::Subscription(subscription) => ("filter[subscription_id]", subscription),
        };
        let mut url = self.url(path);
        url.query_pairs_mut()
            .append_pair(filter, &value.to_string())
            .append_pair("page[number]", &page.to_string())
            .append_pair("page[size]", &PAGE_ITEMS_MAX.to_string());
        let answer = self.ask(Method::GET, url, None).await?;
        part(&answer, page)
    }
}

impl LemonSqueezy for LemonSqueezyClient {
    fn create_checkout<'a>(&'a self, checkout: &'a NewCheckout) -> Call<'a, CheckoutObject> {
        Box::pin(async {
            let body = checkout.body(self.store()?);
            let answer = self.ask(Method::POST, self.url("checkouts"), Some(body)).await?;
            CheckoutObject::deserialize(&answer["data"]["attributes"]).map_err(unreadable)
        })
    }

    fn subscription(&self, id: u64) -> Call<'_, SubscriptionObject> {
        Box::pin(self.one(Method::GET, format!("subscriptions/{id}"), None))
    }

    fn change<'a>(&'a self, id: u64, change: &'a Change) -> Call<'a, SubscriptionObject> {
        let (path, body) = (format!("subscriptions/{id}"), change.body(id));
        Box::pin(self.one(Method::PATCH, path, Some(body)))
    }

    fn cancel(&self, id: u64) -> Call<'_, SubscriptionObject> {
        Box::pin(self.one(Method::DELETE, format!("subscriptions/{id}"), None))
    }

    fn subscriptions(&self, of: Of, page: u32) -> Call<'_, Page<SubscriptionObject>> {
        Box::pin(self.page("subscriptions", of, page))
    }

    fn invoices(&self, of: Of, page: u32) -> Call<'_, Page<InvoiceObject>> {
        Box::pin(self.page("subscription-invoices", of, page))
    }
}

/// One page of a list. What does not read is left out: it must not hide what stands beside it.
fn part<T: DeserializeOwned + Numbered>(
    answer: &Value,
    page: u32,
) -> Result<Page<T>, LemonSqueezyError> {
    let listed = <Vec<Value>>::deserialize(&answer["data"]).map_err(unreadable)?;
    let last = answer["meta"]["page"]["lastPage"].as_u64().unwrap_or(1);
    let more = u64::from(page) < last && !listed.is_empty();
    let mut items = Vec::with_capacity(listed.len());
    for object in &listed {
        match read(object) {
            Ok(item) => items.push(item),
            Err(error) => {
                let (kind, id) = (&object["type"], &object["id"]);
                tracing::error!(%kind, %id, %error, "an object of Lemon Squeezy does not read");
            }
        }
    }
    let unreadable = listed.len() - items.len();
    Ok(Page { items, unreadable, more })
}

fn unreadable(cause: serde_json::Error) -> LemonSqueezyError {
    LemonSqueezyError::Unreadable { status: StatusCode::OK.as_u16(), cause }
}

/// Seconds, if it says how long; dates are not worth their trouble.
fn rest(headers: &HeaderMap) -> Duration {
    let said = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    said.map_or(REST, Duration::from_secs)
}

/// What an error of JSON:API says, cut short.
fn detail(answer: &[u8]) -> String {
    let value: Value = serde_json::from_slice(answer).unwrap_or_default();
    let first = &value["errors"][0];
    let said = first["detail"].as_str().or_else(|| first["title"].as_str());
    said.unwrap_or("no reason given").chars().take(DETAIL_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_built_below_the_base() {
        let client = LemonSqueezyClient::new("http://127.0.0.1:1/base/", "key", Some(1)).unwrap();
        let url = client.url("subscriptions/7");
        assert_eq!(url.as_str(), "http://127.0.0.1:1/base/v1/subscriptions/7");
    }

    #[test]
    fn an_error_is_told_by_its_detail_and_cut() {
        let long = "x".repeat(1_000);
        let answer = json!({"errors": [{"title": "Not", "detail": long}]}).to_string();
        assert_eq!(detail(answer.as_bytes()).len(), DETAIL_CHARS_MAX);
        assert_eq!(detail(b"<html>"), "no reason given");
    }

    #[test]
    fn an_object_that_does_not_read_hides_none_beside_it() {
        let invoice = |id: u64, subscription: Value| {
            let attributes = json!({"subscription_id": subscription, "billing_reason": "initial",
                "status": "paid", "currency": "USD", "total": 1});
            json!({"type": "subscription-invoices", "id": id.to_string(), "attributes": attributes})
        };
        let data = [invoice(1, json!(7)), invoice(2, json!({})), invoice(3, json!("7"))];
        let answer = json!({"data": data, "meta": {"page": {"lastPage": 2}}});
        let read: Page<InvoiceObject> = part(&answer, 1).unwrap();
        let ids: Vec<_> = read.items.iter().map(|invoice| invoice.id).collect();
        assert_eq!((&ids[..], read.unreadable, read.more), (&[1, 3][..], 1, true));
        assert!(!part::<InvoiceObject>(&answer, 2).unwrap().more);
        assert!(part::<InvoiceObject>(&json!({"errors": []}), 1).is_err(), "that is no list");
    }

    #[tokio::test]
    async fn without_a_store_nothing_is_asked() {
        let client = LemonSqueezyClient::new("http://127.0.0.1:1", "key", None).unwrap();
        let asked = client.subscription(1).await;
        assert!(matches!(asked, Err(LemonSqueezyError::NotConnected)));
    }
}
