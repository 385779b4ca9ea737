//! What browsers are told: which web apps may ask us (CORS), and what no page may do with our
//! answers.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use tower_http::cors::{Cors, CorsLayer};
use tower_layer::Layer as _;

use crate::config::{Config, LimitsConfig};
use crate::sessions::cookies;

/// How long a browser need not ask again whether it may ask.
const PREFLIGHT_LASTS: Duration = Duration::from_secs(3_600);
/// How long a browser remembers to come by TLS only, if it came so once.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");
/// Answers are data: nothing in them runs, and no page frames them.
const DATA: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
/// The interactive pages run their own scripts and nobody else's.
const PAGES: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; \
     base-uri 'none'; form-action 'none'",
);
/// What an answer to a script of another origin depends on, as the CORS layer says it.
const VARY: HeaderValue = HeaderValue::from_static(
    "origin, access-control-request-method, access-control-request-headers",
);
const PAGES_PATH: &str = "/docs";

/// What scripts of other origins may send.
const SENT: [&str; 12] = [
    "authorization",
    "content-type",
    cookies::WISH,
    "idempotency-key",
    "if-match",
    "if-none-match",
    "last-event-id",
    "min-position",
    "prefer",
    "traceparent",
    cookies::CSRF,
    "x-request-id",
];
/// What they may read beside what is always shown.
const SHOWN: [&str; 13] = [
    "content-disposition",
    "etag",
    "idempotency-replayed",
    "link",
    "location",
    "position",
    "projection-position",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "stale",
    "statement-signature",
    "x-request-id",
];

/// Lets the scripts of configured origins ask with credentials; others are not told that they may.
fn cors(config: &LimitsConfig) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(config.origins.0.clone())
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(SENT.map(HeaderName::from_static))
        .expose_headers(SHOWN.map(HeaderName::from_static))
        .max_age(PREFLIGHT_LASTS)
}

/// What is done for browsers.
pub struct Browsers {
    cors: CorsLayer,
    by_tls: bool,
}

impl Browsers {
    /// By the configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let by_tls = config.public_url.starts_with("https://");
        Self { cors: cors(&config.limits), by_tls }
    }

    /// Around whatever answers scripts of other origins.
    pub fn cors<S>(&self, inside: S) -> Cors<S> {
        self.cors.layer(inside)
    }

    /// Dresses an answer.
    pub fn protect(&self, is_page: bool, headers: &mut HeaderMap) {
        let policy = if is_page { PAGES } else { DATA };
        dress(headers, policy, self.by_tls);
    }
}

/// Whether it is one of the interactive pages that is asked for.
#[must_use]
pub fn is_page(uri: &Uri) -> bool {
    uri.path().starts_with(PAGES_PATH)
}

/// Whether a script of another origin may be asking, or asks whether it may.
#[must_use]
pub fn may_be_foreign(request: &Request) -> bool {
    request.headers().contains_key(header::ORIGIN) || request.method() == Method::OPTIONS
}

/// Says of an answer to anybody else that it is not to be kept for such a script.
pub fn vary(headers: &mut HeaderMap) {
    headers.append(header::VARY, VARY);
}

fn dress(headers: &mut HeaderMap, policy: HeaderValue, by_tls: bool) {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    for (name, value) in fixed {
        headers.insert(name, value);
    }
    if by_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
