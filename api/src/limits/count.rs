//! Counts each request, refuses what is too much, and says where its client stands.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Asker, Limits, Policy, Standing};
use crate::app::App;
use crate::extract::{Caller, WorkerCaller, caller};
use crate::http::{ClientAddress, Operation, browsers};
use crate::problem::{Problem, Slug};

/// Who watches the service must not be turned away when it is busy; nor are the interactive pages
/// counted.
const UNCOUNTED: [&str; 3] = ["/livez", "/readyz", "/metrics"];
/// Signed links: whoever has one was counted when it was made.
const FILES: [&str; 2] = ["/v1/uploads/", "/v1/downloads/"];
const WEBHOOKS: &str = "/v1/webhooks/";
const WORKERS: &str = "/v1/worker/";
/// What is public here counts for the address, whatever is sent along: free accounts would have one
/// address guess passwords and order letters as often as it has accounts.
const DOORS: &str = "/v1/auth/";
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What asks for a picture.
const PAINTING: [&str; 2] = ["/v1/generations", "/v1/generations/{id}/retry"];

/// A request that was counted: where its client stands under each policy, until one refused.
pub struct Counted(Vec<Standing>);

impl Counted {
    /// Counts a request, for whom its credentials show, under one policy after the other until one
    /// refuses. Credentials that are no good count for the address that sent them.
    ///
    /// A key that nobody has shown here yet is looked for in the log, and anybody can make one up:
    /// so it counts for the address before that, and if it is a good one, no more after it.
    pub async fn by(app: &App, parts: &mut Parts) -> Self {
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, app).await;
        let (stranger, now, api) = (Asker::at(address), app.clock.now(), &app.limits.api);
        if let Some(counts) = whoever_asks(app, parts, stranger) {
            return Self::under(counts, now);
        }
        let unseen = caller::shows_unseen_key(parts, app);
        let looked_up = unseen.then(|| Self::under(plain(api, stranger), now));
        if let Some(refused) = looked_up.as_ref().filter(|it| it.refusal().is_some()) {
            return Self(refused.0.clone());
        }
        match (who_asks(app, parts).await, looked_up) {
            (Some(counts), looked_up) => {
                if looked_up.is_some() {
                    api.take_back(stranger, now);
                }
                Self::under(counts, now)
            }
            (None, Some(looked_up)) => looked_up,
            (None, None) => Self::under(plain(api, stranger), now),
        }
    }

    fn under(counts: Vec<Count<'_>>, now: DateTime<Utc>) -> Self {
        let mut standings = Vec::with_capacity(counts.len());
        for Count { policy, asker, percent } in counts {
            let Some(standing) = policy.take(asker, percent, now) else { continue };
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

fn plain(policy: &Policy, asker: Asker) -> Vec<Count<'_>> {
    vec![Count { policy, asker, percent: 100 }]
}

/// What a request counts under whatever its credentials say, or without any.
fn whoever_asks<'a>(app: &'a App, parts: &Parts, stranger: Asker) -> Option<Vec<Count<'a>>> {
    let Limits { api, file, webhook, .. } = &app.limits;
    let path = parts.uri.path();
    if UNCOUNTED.contains(&path) || browsers::is_page(&parts.uri) {
        return Some(Vec::new());
    }
    if FILES.iter().any(|files| path.starts_with(files)) {
        return Some(plain(file, stranger));
    }
    if path.starts_with(WEBHOOKS) {
        return Some(plain(webhook, stranger));
    }
    let holds = |name| parts.headers.contains_key(name);
    let shows_nothing = !holds(header::AUTHORIZATION) && !holds(header::COOKIE);
    (shows_nothing || is_door(parts)).then(|| plain(api, stranger))
}

/// Whether nobody is asked who they are where people sign up, sign in or prove an address.
fn is_door(parts: &Parts) -> bool {
    let operation = parts.extensions.get::<Arc<Operation>>();
    let is_public = operation.is_some_and(|operation| operation.rule.is_public());
    is_public && parts.uri.path().starts_with(DOORS)
}

/// What a request counts under by its credentials; `None` if they are no good.
async fn who_asks<'a>(app: &'a App, parts: &mut Parts) -> Option<Vec<Count<'a>>> {
    if parts.uri.path().starts_with(WORKERS) {
        let caller = WorkerCaller::from_request_parts(parts, app).await.ok()?;
        return Some(plain(&app.limits.worker, Asker::Worker(caller.worker.0)));
    }
    let caller = <Caller as FromRequestParts<App>>::from_request_parts(parts, app).await.ok()?;
    let counts = of_person(app, parts, &caller);
    parts.extensions.insert(caller);
    Some(counts)
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
