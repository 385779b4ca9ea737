//! `Idempotency-Key` (c0.2): the same request under the same key has one effect and one answer.

use aws_lc_rs::hmac;
use axum::extract::{FromRequest, MatchedPath, Request};
use axum::http::{HeaderMap, request::Parts};
use eventstore::command::{Key, Origin};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::json;
use crate::app::App;
use crate::extract::{Caller, WorkerCaller};
use crate::problem::{Invalid, Problem, Slug};
use axum::extract::FromRequestParts;

/// The header, as the library writes it.
pub const NAME: &str = "idempotency-key";
/// Longest key, as Stripe has it.
const KEY_BYTES_MAX: usize = 255;

/// A body with the key that makes its command happen once; without a key the request is refused.
pub type Keyed<T> = WithKey<T, true>;
/// A body with a key if the client sent one; without, a retry is another command.
pub type OptionallyKeyed<T> = WithKey<T, false>;

/// See [`Keyed`] and [`OptionallyKeyed`].
pub struct WithKey<T, const REQUIRED: bool> {
    /// For the writer.
    pub key: Key,
    /// What is asked.
    pub body: T,
}

impl<T: DeserializeOwned, const REQUIRED: bool> FromRequest<App> for WithKey<T, REQUIRED> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let given = given(&parts.headers)?;
        if REQUIRED && given.is_none() {
            return Err(Problem::new(
                Slug::IdempotencyKeyRequired,
                "Send an Idempotency-Key, so that a retry cannot do it twice.",
            ));
        }
        let actor = actor(&mut parts, app).await?;
        let bytes = json::read(&parts.headers, body).await?;
        let document = json::document(&parts.headers, &bytes)?;
        let request_hash = hash(&app.request_key, &actor, &parts, &document);
        let scope = format!("{actor}:{} {}", parts.method, route(&parts));
        let key = match given {
            Some(key) => Key { scope, key, request_hash, origin: Origin::Client },
            None => drawn(request_hash),
        };
        Ok(Self { key, body: json::parse(document)? })
    }
}

/// A key for one attempt of a command whose client sent none.
fn drawn(request_hash: [u8; 32]) -> Key {
    let key = Uuid::now_v7().to_string();
    Key { scope: "drawn".to_owned(), key, request_hash, origin: Origin::Drawn }
}

impl App {
    /// A key for one attempt of a command that takes no `Idempotency-Key` (auth routes keep no
    /// answer, since theirs holds a secret).
    #[must_use]
    pub fn attempt(&self) -> Key {
        drawn([0; 32])
    }

    /// The key of a business fact: whoever tells it, and how often, it happens once.
    #[must_use]
    pub fn fact(&self, scope: &str, fact: Uuid) -> Key {
        let request_hash = [0; 32]; // A fact is told in different words; the first telling counts.
        Key { scope: scope.to_owned(), key: fact.to_string(), request_hash, origin: Origin::Fact }
    }
}

/// The client's key, if it sent one.
fn given(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(NAME) else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    let fits =
        !key.is_empty() && key.len() <= KEY_BYTES_MAX && key.bytes().all(|b| b.is_ascii_graphic());
    if fits && headers.get_all(NAME).iter().count() == 1 {
        return Ok(Some(key.to_owned()));
    }
    Err(Problem::all_invalid(vec![Invalid {
        pointer: "#Idempotency-Key".to_owned(),
        detail: format!("One key of 1 to {KEY_BYTES_MAX} visible ASCII characters."),
    }]))
}

/// Whoever the credentials name: a person or a worker.
async fn actor(parts: &mut Parts, app: &App) -> Result<String, Problem> {
    let is_worker = parts.uri.path().starts_with("/v1/worker/");
    let actor = if is_worker {
        WorkerCaller::from_request_parts(parts, app).await?.actor()
    } else {
        Caller::from_request_parts(parts, app).await?.actor()
    };
    Ok(actor.to_string())
}

fn route(parts: &Parts) -> &str {
    parts.extensions.get::<MatchedPath>().map_or_else(|| parts.uri.path(), MatchedPath::as_str)
}

/// What was asked, as the client said it: never ids or times drawn here. Members are in order of
/// their names, so that a client may write them in any.
fn hash(secret: &hmac::Key, actor: &str, parts: &Parts, document: &Value) -> [u8; 32] {
    let mut context = hmac::Context::with_key(secret);
    for part in [actor, parts.method.as_str(), parts.uri.path(), &document.to_string()] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.sign().as_ref());
    hash
}
