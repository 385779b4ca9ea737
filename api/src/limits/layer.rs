//! The layer that counts each request, refuses what is too much, and says where its client stands.

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{Asker, Limits, Policy, Standing};
use crate::app::App;
use crate::extract::{Caller, WorkerCaller};
use crate::http::ClientAddress;
use crate::problem::{Problem, Slug};

/// Who watches the service must not be turned away when it is busy.
const UNCOUNTED: [&str; 3] = ["/livez", "/readyz", "/metrics"];
/// Signed links: whoever has one was counted when it was made.
const FILES: [&str; 2] = ["/v1/uploads/", "/v1/downloads/"];
const WEBHOOKS: &str = "/v1/webhooks/";
const WORKERS: &str = "/v1/worker/";
/// What asks for a picture.
const PAINTING: [&str; 2] = ["/v1/generations", "/v1/generations/{id}/retry"];

/// See the module.
pub async fn limit(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let standings = count(&app, &mut parts).await;
    let refused = standings.iter().find(|standing| !standing.taken.granted);
    let mut response = match refused {
        Some(standing) => refuse(standing).into_response(),
        None => next.run(Request::from_parts(parts, body)).await,
    };
    tell(&standings, response.headers_mut());
    if app.config.limits.legacy_headers {
        tell_as_of_old(&standings, response.headers_mut());
    }
    response
}

/// Counts under one policy after the other until one refuses.
async fn count(app: &App, parts: &mut Parts) -> Vec<Standing> {
    let counts = counts(app, parts).await;
    let mut standings = Vec::with_capacity(counts.len());
    for Count { policy, asker, percent } in counts {
        let Some(standing) = policy.take(asker, percent, app.clock.now()) else { continue };
        let granted = standing.taken.granted;
        standings.push(standing);
        if !granted {
            break;
        }
    }
    standings
}

/// A policy a request counts under, for whom, and how much of it they may.
struct Count<'a> {
    policy: &'a Policy,
    asker: Asker,
    percent: u32,
}

/// Who asks, as far as credentials show it, and under which policies that counts. Credentials that
/// are no good count for the address that sent them.
async fn counts<'a>(app: &'a App, parts: &mut Parts) -> Vec<Count<'a>> {
    let Limits { api, worker, file, webhook, .. } = &app.limits;
    let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, app).await;
    let plain = |policy, asker| vec![Count { policy, asker, percent: 100 }];
    let stranger = Asker::at(address);
    let path = parts.uri.path();
    if UNCOUNTED.contains(&path) {
        return Vec::new();
    }
    if FILES.iter().any(|files| path.starts_with(files)) {
        return plain(file, stranger);
    }
    if path.starts_with(WEBHOOKS) {
        return plain(webhook, stranger);
    }
    if path.starts_with(WORKERS) {
        return match WorkerCaller::from_request_parts(parts, app).await {
            Ok(caller) => plain(worker, Asker::Worker(caller.worker.0)),
            Err(_) => plain(api, stranger),
        };
    }
    if ![header::AUTHORIZATION, header::COOKIE].iter().any(|name| parts.headers.contains_key(name))
    {
        return plain(api, stranger);
    }
    match <Caller as FromRequestParts<App>>::from_request_parts(parts, app).await {
        Ok(caller) => {
            let counts = of_person(app, parts, &caller);
            parts.extensions.insert(caller);
            counts
        }
        Err(_) => plain(api, stranger),
    }
}

/// A program counts for itself first: one that is refused takes nothing from its person.
fn of_person<'a>(app: &'a App, parts: &Parts, caller: &Caller) -> Vec<Count<'a>> {
    let Limits { user, key, generation, .. } = &app.limits;
    let percent = app.config.limits.tiers.percent(caller.tier);
    let paints = parts.method == Method::POST
        && parts.extensions.get::<MatchedPath>().is_some_and(|p| PAINTING.contains(&p.as_str()));
    let person = Asker::User(caller.user.0);
    let by_key = caller.key.map(|id| (key, Asker::Key(id.0)));
    let counts = [by_key, Some((user, person)), paints.then_some((generation, person))];
    let count = |(policy, asker)| Count { policy, asker, percent };
    counts.into_iter().flatten().map(count).collect()
}

fn refuse(standing: &Standing) -> Problem {
    let Standing { policy, quota, window, .. } = standing;
    let detail = format!("At most {quota} in {} s.", window.as_secs());
    Problem::new(Slug::QuotaExceeded, detail)
        .with("violated-policies", json!([policy]))
        .retry_after(std::time::Duration::from_secs(seconds(standing)))
}

fn seconds(standing: &Standing) -> u64 {
    standing.taken.reset.as_millis().div_ceil(1_000) as u64
}

/// The draft's two headers: the rules, and where the client stands.
fn tell(standings: &[Standing], headers: &mut HeaderMap) {
    let list = |item: &dyn Fn(&Standing) -> String| {
        let items: Vec<String> = standings.iter().map(item).collect();
        HeaderValue::from_str(&items.join(", ")).ok().filter(|_| !items.is_empty())
    };
    let rules = list(&|standing| {
        format!("\"{}\";q={};w={}", standing.policy, standing.quota, standing.window.as_secs())
    });
    let state = list(&|standing| {
        format!("\"{}\";r={};t={}", standing.policy, standing.taken.left, seconds(standing))
    });
    for (name, value) in [("ratelimit-policy", rules), ("ratelimit", state)] {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
}

/// What clients knew before the draft: of the policy with the least left.
fn tell_as_of_old(standings: &[Standing], headers: &mut HeaderMap) {
    let Some(standing) = standings.iter().min_by_key(|standing| standing.taken.left) else {
        return;
    };
    headers.insert("x-ratelimit-limit", standing.quota.into());
    headers.insert("x-ratelimit-remaining", standing.taken.left.into());
    headers.insert("x-ratelimit-reset", seconds(standing).into());
}
