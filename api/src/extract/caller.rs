//! Who asks: a person by access token, a program of theirs by API key, a GPU worker by its key.

use axum::extract::FromRequestParts;
use axum::http::{header, request::Parts};
use domain::plans::Tier;
use domain::users::{Role, Status, UserError};
use domain::{Actor, KeyId, Metadata, SessionId, UserId, WorkerId};
use projections::frame::{Capacity, Reader};
use uuid::Uuid;

use crate::app::App;
use crate::authority::secret_keys::{self, KnownKey};
use crate::authority::{self, rules::Rule};
use crate::http::Trace;
use crate::problem::{Problem, Slug};
use crate::sessions::cookies::{self, Cookie};
use crate::tokens::TokenError;

/// A signed-in person, or a program of theirs where the operation names a scope.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// In which session; none for a program with an API key.
    pub session: Option<SessionId>,
    /// By which API key; none for the person.
    pub key: Option<KeyId>,
    /// As of when the token was issued.
    pub roles: Vec<Role>,
    /// What they pay for, as of then too.
    pub tier: Tier,
    /// Which request this is.
    pub trace: Trace,
}

impl Caller {
    /// The caller as the cause of events.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::User(self.user.0)
    }

    /// What surrounds the events of this request.
    #[must_use]
    pub fn metadata(&self, app: &App) -> Metadata {
        let session_id = self.session.map(|session| session.0);
        Metadata { session_id, ..self.trace.metadata(self.actor(), app.clock.now()) }
    }

    /// Read tables as the caller may see them: their own rows, and what everybody may see.
    #[must_use]
    pub fn reads<'a>(&self, app: &'a App) -> Reader<'a> {
        app.reads.user(self.user.0)
    }

    /// Read tables as operators see them, for a caller who has one of these roles.
    ///
    /// # Errors
    /// [`Slug::Forbidden`].
    pub fn reads_as<'a>(&self, app: &'a App, roles: &[Role]) -> Result<Reader<'a>, Problem> {
        self.require(roles)?;
        Ok(app.reads.capacity(Capacity::Staff))
    }

    /// Refuses a caller who has none of these roles.
    ///
    /// # Errors
    /// [`Slug::Forbidden`].
    pub fn require(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.iter().any(|role| self.roles.contains(role)) {
            Ok(())
        } else {
            Err(Problem::lacks_role(roles.iter().map(|role| role.word())))
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone()); // Asked before, for counting or by a wider extractor.
        }
        // In a box: who was asked before should not carry along what asking takes.
        let (caller, status) = Box::pin(admitted(parts, app)).await?;
        status.may_act().map_err(authority::refused)?;
        Ok(caller)
    }
}

impl App {
    /// Read tables as a caller may see them, or a stranger.
    #[must_use]
    pub fn reads_by(&self, caller: Option<&Caller>) -> Reader<'_> {
        caller.map_or_else(|| self.reads.public(), |caller| caller.reads(self))
    }
}

/// A signed-in person who may have deactivated the account or be about to delete it: for what is
/// left to them, which is to look, to come back, or to leave.
#[derive(Debug, Clone)]
pub struct AtRest(pub Caller);

impl FromRequestParts<App> for AtRest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        within(parts, app, Status::may_look).await.map(Self)
    }
}

/// A signed-in person, even one whom staff stopped: for what is denied to nobody, which is to take
/// one's data along, and to leave.
#[derive(Debug, Clone)]
pub struct Anyone(pub Caller);

impl FromRequestParts<App> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        within(parts, app, Status::may_sign_in).await.map(Self)
    }
}

/// The person, if their account does not stand where `may` refuses it.
async fn within(
    parts: &mut Parts,
    app: &App,
    may: fn(Status) -> Result<(), UserError>,
) -> Result<Caller, Problem> {
    let (caller, status) = Box::pin(admitted(parts, app)).await?;
    may(status).map_err(authority::refused)?;
    // For whoever reads the key of the command: the same request asks for no other caller.
    parts.extensions.insert(caller.clone());
    Ok(caller)
}

/// The person, if the operation is for one like them, and where their account stands.
async fn admitted(parts: &mut Parts, app: &App) -> Result<(Caller, Status), Problem> {
    let rule = Rule::of_request(parts)?;
    let cookie = cookie(parts, app);
    let token = cookie.map_or_else(|| bearer(parts), Ok)?;
    // A cookie is sent by itself, so it never holds a key, which no page's token guards.
    let is_key = cookie.is_none() && token.starts_with(secret_keys::PREFIX);
    let (mut caller, status) = if is_key {
        let key = known_key(app, token).await?;
        rule.admit_key(&key, &parts.method)?;
        let Ok(trace) = Trace::from_request_parts(parts, app).await;
        let (user, tier, key, roles) = (key.user, key.tier, Some(key.id), Vec::new());
        (Caller { user, session: None, key, roles, tier, trace }, Status::Active)
    } else {
        let claims = app.tokens.verify(token, app.clock.now()).map_err(|e| refused(app, e))?;
        let (user, session) = (UserId(claims.sub), SessionId(claims.sid));
        if cookie.is_some() && !parts.method.is_safe() {
            cookies::guard(app, &parts.headers, session)?;
        }
        rule.admit(&claims.roles)?;
        let standing = app.tokens.revocations.standing(user, claims.pos);
        let Ok(trace) = Trace::from_request_parts(parts, app).await;
        let (session, roles, tier) = (Some(session), claims.roles.clone(), claims.tier);
        let caller = Caller { user, session, key: None, roles, tier, trace };
        (caller, standing.unwrap_or(claims.status))
    };
    if !parts.method.is_safe() {
        caller.trace = caller.trace.of_person(app, caller.user.0).await?; // It may lead to events.
    }
    if status.may_act().is_ok() {
        app.presence.see(caller.user, app.clock.now()); // Whoever rests or leaves is not around.
    }
    Ok((caller, status))
}

/// A caller where strangers may look too.
impl axum::extract::OptionalFromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        if is_stranger(parts, app).await? {
            return Ok(None);
        }
        <Self as FromRequestParts<App>>::from_request_parts(parts, app).await.map(Some)
    }
}

/// Whether strangers may look and whoever asks is one: who sends no credentials, or a key that is good
/// for something else. A program must not see less than everybody, nor more of its person's than its
/// scopes say. Credentials that are there must be good ones.
async fn is_stranger(parts: &Parts, app: &App) -> Result<bool, Problem> {
    let rule = Rule::of_request(parts)?;
    if !rule.is_for_strangers() {
        return Ok(false);
    }
    if !parts.headers.contains_key(header::AUTHORIZATION) {
        return Ok(cookie(parts, app).is_none());
    }
    let token = bearer(parts)?;
    if !token.starts_with(secret_keys::PREFIX) {
        return Ok(false);
    }
    let key = known_key(app, token).await?;
    Ok(rule.admit_key(&key, &parts.method).is_err())
}

/// The key with this secret; only of an account that may act.
async fn known_key(app: &App, secret: &str) -> Result<KnownKey, Problem> {
    let key = Box::pin(app.secret_key(secret)).await?;
    key.ok_or_else(|| unauthenticated("The API key is not, or no longer, a key."))
}

/// A GPU worker.
#[derive(Debug, Clone)]
pub struct WorkerCaller {
    /// Which.
    pub worker: WorkerId,
    /// Which request this is.
    pub trace: Trace,
}

impl WorkerCaller {
    /// The worker as the cause of events.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Worker(self.worker.0)
    }

    /// Read tables as workers may see them: the jobs that are theirs to do.
    #[must_use]
    pub fn reads<'a>(&self, app: &'a App) -> Reader<'a> {
        app.reads.capacity(Capacity::Worker)
    }

    /// What surrounds the events of this request.
    #[must_use]
    pub fn metadata(&self, app: &App) -> Metadata {
        self.trace.metadata(self.actor(), app.clock.now())
    }
}

impl FromRequestParts<App> for WorkerCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let worker = Box::pin(app.worker_of_key(bearer(parts)?)).await?;
        let worker = worker.ok_or_else(|| unauthenticated("The worker key is not one of ours."))?;
        let Ok(trace) = Trace::from_request_parts(parts, app).await;
        Ok(Self { worker: WorkerId(Uuid::from(worker)), trace })
    }
}

/// The access token of a browser that asked for cookies; a bearer token goes before it.
fn cookie<'a>(parts: &'a Parts, app: &App) -> Option<&'a str> {
    let has_bearer = parts.headers.contains_key(header::AUTHORIZATION);
    if has_bearer { None } else { Cookie::Access.of(app, &parts.headers) }
}

fn bearer(parts: &Parts) -> Result<&str, Problem> {
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().and_then(|value| value.to_str().ok());
    let token = value
        .and_then(|value| value.split_once(' '))
        .and_then(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()));
    match (token, values.next()) {
        (Some(token), None) if !token.is_empty() => Ok(token),
        _ => Err(unauthenticated("Send one header Authorization: Bearer <token>.")),
    }
}

/// Whether to know who asks, the log must be read for a key that was never good here.
#[must_use]
pub fn shows_unseen_key(parts: &Parts, app: &App) -> bool {
    let Ok(token) = bearer(parts) else { return false };
    app.worker_keys.is_unseen(token) || app.secret_keys.is_unseen(token)
}

fn refused(app: &App, error: TokenError) -> Problem {
    match error {
        TokenError::Expired => Problem::new(Slug::TokenExpired, "Refresh it."),
        TokenError::Revoked(user) => {
            taken_back(app, user, "What the access token states has changed. Refresh it.")
        }
        TokenError::Ended(user) => taken_back(app, user, "The session was ended. Log in again."),
        TokenError::Invalid => unauthenticated("The access token is not one of ours."),
    }
}

/// Whoever was stopped is told that, and everybody else what to do next.
fn taken_back(app: &App, user: UserId, detail: &str) -> Problem {
    let standing = app.tokens.revocations.standing(user, 0);
    let standing = standing.filter(|status| *status != Status::Erased); // Nobody is behind it.
    let stopped = standing.and_then(|status| status.may_look().err());
    stopped.map_or_else(|| unauthenticated(detail), authority::refused)
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(Slug::Unauthenticated, detail)
}
