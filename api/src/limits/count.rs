//! Counts each request, refuses what is too much, and says where its client stands.

use std::fmt::Write as _;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::json;

use super::{Asker, Limits, Policy, Standing};
use crate::app::App;
use crate::extract::{Caller, WorkerCaller};
use crate::http::{ClientAddress, browsers};
use crate::problem::{Problem, Slug};

/// Who watches the service must not be turned away when it is busy; nor are the interactive pages
/// counted.
const UNCOUNTED: [&str; 3] = ["/livez", "/readyz", "/metrics"];
/// Signed links: whoever has one was counted when it was made.
const FILES: [&str; 2] = ["/v1/uploads/", "/v1/downloads/"];
const WEBHOOKS: &str = "/v1/webhooks/";
const WORKERS: &str = "/v1/worker/";
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What asks for a picture.
const PAINTING: [&str; 2] = ["/v1/generations", "/v1/generations/{id}/retry"];

/// A request that was counted: where its client stands under each policy, until one refused.
pub struct Counted(Vec<Standing>);

impl Counted {
    /// Counts a request under one policy after the other until one refuses.
    pub async fn by(app: &App, parts: &mut Parts) -> Self {
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
        Self(standings)
    }

    /// The refusal, if it was too much.
    #[must_use]
    pub fn refusal(&self) -> Option<Problem> {
        self.0.iter().find(|standing| !standing.taken.granted).map(refuse)
    }

    /// Says in the answer where the client stands.
    pub fn tell(&self, app: &App, headers: &mut HeaderMap) {
        if self.0.is_empty() {
            return;
        }
        tell(&self.0, headers);
        if app.config.limits.legacy_headers {
            tell_as_of_old(&self.0, headers);
        }
    }
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
    if UNCOUNTED.contains(&path) || browsers::is_page(&parts.uri) {
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
    let (mut rules, mut state) = (String::new(), String::new());
    for standing in standings {
        let Standing { policy, quota, window, taken } = standing;
        let comma = if rules.is_empty() { "" } else { ", " };
        // Writing into a text does not fail.
        let _ = write!(rules, "{comma}\"{policy}\";q={quota};w={}", window.as_secs());
        let _ = write!(state, "{comma}\"{policy}\";r={};t={}", taken.left, seconds(standing));
    }
    for (name, value) in [(RATELIMIT_POLICY, rules), (RATELIMIT, state)] {
        if let Ok(value) = HeaderValue::try_from(value) {
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
