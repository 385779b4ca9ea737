//! The stand-in's routes: Lemon Squeezy's own, the checkout's page, and those that steer it.

use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::act::{Act, Pause};
use super::messenger::Manner;
use super::objects::{Checkout, Custom, EMAIL, time};
use super::{Counter, STORE};

/// Most items of a page.
const PAGE_ITEMS_MAX: usize = 100;

pub(super) fn router(counter: Arc<Counter>) -> Router {
    let api = Router::new()
        .route("/v1/checkouts", post(create_checkout))
        .route("/v1/subscriptions", get(list_subscriptions))
        .route("/v1/subscriptions/{id}", get(read).patch(change).delete(cancel))
        .route("/v1/subscription-invoices", get(list_invoices))
        .route("/v1/subscription-invoices/{id}", get(read_invoice))
        .route("/v1/subscription-invoices/{id}/refund", post(refund))
        .layer(from_fn_with_state(Arc::clone(&counter), guard));
    Router::new()
        .merge(api)
        .route("/checkout/{id}", get(page).post(pay))
        .route("/_script/subscriptions", get(all))
        .route("/_script/subscriptions/{id}", post(script))
        .route("/_script/manner", put(manner))
        .route("/_script/deliveries", get(deliveries))
        .with_state(counter)
}

/// An error of JSON:API.
fn error(status: u16, detail: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({"errors": [{"status": status.as_str(), "detail": detail}]});
    (status, Json(body)).into_response()
}

/// The key, and what was scripted to go wrong.
async fn guard(State(counter): State<Arc<Counter>>, request: Request, next: Next) -> Response {
    let asked = format!("{} {}", request.method(), request.uri().path());
    counter.change(|store| store.asked.push(asked));
    counter.wake();
    let bearer = format!("Bearer {}", counter.api_key);
    let given = request.headers().get(header::AUTHORIZATION);
    if given.is_none_or(|given| given.as_bytes() != bearer.as_bytes()) {
        return error(401, "Unauthenticated.");
    }
    match counter.change(super::Store::trouble) {
        Some(status) => error(status, "scripted"),
        None => next.run(request).await,
    }
}

async fn create_checkout(State(counter): State<Arc<Counter>>, Json(body): Json<Value>) -> Response {
    let (data, attributes) = (&body["data"]["relationships"], &body["data"]["attributes"]);
    let number = |of: &str| data[of]["data"]["id"].as_str().and_then(|id| id.parse::<u64>().ok());
    let (Some(STORE), Some(variant)) = (number("store"), number("variant")) else {
        return error(422, "The store or the variant is not ours.");
    };
    let email = attributes["checkout_data"]["email"].as_str();
    let custom = Custom::deserialize(&attributes["checkout_data"]["custom"]);
    let checkout = Checkout {
        id: uuid::Uuid::now_v7().to_string(),
        variant,
        custom: custom.unwrap_or_default(),
        email: email.unwrap_or(EMAIL).to_owned(),
        redirect_url: attributes["product_options"]["redirect_url"].as_str().map(str::to_owned),
        expires_at: attributes["expires_at"].as_str().and_then(|at| at.parse().ok()),
        subscription: None,
    };
    let url = format!("{}/checkout/{}", counter.url, checkout.id);
    let answer = json!({"data": {"type": "checkouts", "id": checkout.id, "attributes": {
        "store_id": STORE, "variant_id": variant, "url": url,
        "expires_at": checkout.expires_at.map(time), "test_mode": true,
    }}});
    counter.change(|store| store.checkouts.insert(checkout.id.clone(), checkout));
    (StatusCode::CREATED, Json(answer)).into_response()
}

fn subscription(counter: &Counter, id: u64) -> Response {
    let found = counter.read(|store| store.subscriptions.get(&id).map(|s| s.to_json(&counter.url)));
    found.map_or_else(
        || error(404, "Not found."),
        |data| Json(json!({"data": data})).into_response(),
    )
}

async fn read(State(counter): State<Arc<Counter>>, Path(id): Path<u64>) -> Response {
    subscription(&counter, id)
}

async fn change(
    State(counter): State<Arc<Counter>>,
    Path(id): Path<u64>,
    Json(body): Json<Value>,
) -> Response {
    let attributes = &body["data"]["attributes"];
    let act = if let Some(cancelled) = attributes["cancelled"].as_bool() {
        if cancelled { Act::Cancel } else { Act::Resume }
    } else if let Some(variant) = attributes["variant_id"].as_u64() {
        Act::Change { variant, at_once: attributes["invoice_immediately"] == true }
    } else if let Ok(pause) = Pause::deserialize(&attributes["pause"]) {
        Act::Pause(pause)
    } else if attributes.get("pause").is_some_and(Value::is_null) {
        Act::Unpause
    } else {
        return error(422, "Nothing of that can be changed.");
    };
    acted(&counter, id, act)
}

async fn cancel(State(counter): State<Arc<Counter>>, Path(id): Path<u64>) -> Response {
    acted(&counter, id, Act::Cancel)
}

fn acted(counter: &Counter, id: u64, act: Act) -> Response {
    if counter.read(|store| store.subscriptions.contains_key(&id)) && !counter.act(id, act) {
        return error(422, "The subscription is not in a state that allows this.");
    }
    subscription(counter, id)
}

/// A page of a list, newest first.
#[derive(Debug, Deserialize)]
struct Listed {
    #[serde(rename = "page[number]", default)]
    number: Option<usize>,
    #[serde(rename = "page[size]", default)]
    size: Option<usize>,
    #[serde(rename = "filter[order_id]", default)]
    order: Option<u64>,
    #[serde(rename = "filter[subscription_id]", default)]
    subscription: Option<u64>,
}

impl Listed {
    fn answer(&self, all: Vec<Value>) -> Json<Value> {
        let size = self.size.unwrap_or(10).clamp(1, PAGE_ITEMS_MAX);
        let (number, total) = (self.number.unwrap_or(1).max(1), all.len());
        let data: Vec<_> = all.into_iter().skip((number - 1) * size).take(size).collect();
        Json(json!({"data": data, "meta": {"page": {
            "currentPage": number, "lastPage": total.div_ceil(size).max(1), "perPage": size,
            "total": total,
        }}}))
    }
}

async fn list_subscriptions(
    State(counter): State<Arc<Counter>>,
    Query(listed): Query<Listed>,
) -> Json<Value> {
    let all = counter.read(|store| {
        let found = store.subscriptions.values().rev();
        let found = found.filter(|one| listed.order.is_none_or(|order| one.order == order));
        found.map(|one| one.to_json(&counter.url)).collect()
    });
    listed.answer(all)
}

async fn list_invoices(
    State(counter): State<Arc<Counter>>,
    Query(listed): Query<Listed>,
) -> Json<Value> {
    let all = counter.read(|store| {
        let found = store.invoices.values().rev();
        let found = found.filter(|one| listed.subscription.is_none_or(|of| one.subscription == of));
        found.map(super::Invoice::to_json).collect()
    });
    listed.answer(all)
}

async fn read_invoice(State(counter): State<Arc<Counter>>, Path(id): Path<u64>) -> Response {
    let found = counter.read(|store| store.invoices.get(&id).map(super::Invoice::to_json));
    found.map_or_else(
        || error(404, "Not found."),
        |data| Json(json!({"data": data})).into_response(),
    )
}

async fn refund(
    State(counter): State<Arc<Counter>>,
    Path(id): Path<u64>,
    Json(body): Json<Value>,
) -> Response {
    let cents = body["data"]["attributes"]["amount"].as_i64();
    let of = counter.read(|store| store.invoices.get(&id).map(|invoice| invoice.subscription));
    match of.map(|subscription| counter.act(subscription, Act::Refund { cents })) {
        Some(true) => read_invoice(State(counter), Path(id)).await,
        Some(false) => error(422, "The invoice cannot be paid back."),
        None => error(404, "Not found."),
    }
}

async fn page(State(counter): State<Arc<Counter>>, Path(id): Path<String>) -> Response {
    let known = counter.read(|store| store.checkouts.contains_key(&id));
    if !known {
        return StatusCode::NOT_FOUND.into_response();
    }
    Html("<form method=post><button>Pay</button></form>").into_response()
}

/// The customer pays, and the browser goes back to the shop.
async fn pay(State(counter): State<Arc<Counter>>, Path(id): Path<String>) -> Response {
    let Some((checkout, news)) = counter.change(|store| store.pay(&id)) else {
        return StatusCode::GONE.into_response();
    };
    counter.messenger.announce(news);
    Redirect::to(checkout.redirect_url.as_deref().unwrap_or("/")).into_response()
}

/// Every subscription with whose it is, for whoever steers.
async fn all(State(counter): State<Arc<Counter>>) -> Json<Value> {
    counter.read(|store| Json(json!(store.subscriptions.values().collect::<Vec<_>>())))
}

async fn script(
    State(counter): State<Arc<Counter>>,
    Path(id): Path<u64>,
    Json(act): Json<Act>,
) -> StatusCode {
    if counter.act(id, act) { StatusCode::ACCEPTED } else { StatusCode::CONFLICT }
}

async fn manner(State(counter): State<Arc<Counter>>, Json(manner): Json<Manner>) {
    counter.messenger.set_manner(manner);
}

async fn deliveries(State(counter): State<Arc<Counter>>) -> Json<Value> {
    Json(json!(counter.messenger.attempts()))
}
