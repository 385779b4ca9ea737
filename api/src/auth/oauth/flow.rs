//! One browser's way to a provider and back, kept in a signed cookie of its own: whoever comes back
//! must be who left. Each way has its cookie, named by its state, so that two tabs do not take each
//! other's.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use domain::UserId;
use domain::users::Provider;
use serde::{Deserialize, Serialize};

use super::pkce::{Challenge, s256};
use crate::app::App;
use crate::problem::{OrFault as _, Problem, Slug};
use crate::secrets;

/// How long a person may take at the provider.
const LIFE: TimeDelta = TimeDelta::minutes(10);
const PURPOSE: &str = "oauth-flow";
/// How much of the state's hash is in the name: enough to tell a browser's own ways apart.
const NAME_CHARS: usize = 12;
/// Ways one browser may be on at once; when it begins another, all before it are given up, or their
/// cookies would outgrow what a request may carry.
const WAYS_MAX: usize = 8;

/// See the module. Not `Debug`: it holds secrets of one sign-in.
#[derive(Serialize, Deserialize)]
pub struct Flow {
    /// Where they went.
    pub provider: Provider,
    state_hash: String,
    /// Must come back inside the id token.
    pub nonce: String,
    /// PKCE.
    pub verifier: String,
    /// Why.
    pub errand: Errand,
}

/// What an app sent the browser off with.
#[derive(Serialize, Deserialize)]
pub struct Errand {
    /// Where they go in the end.
    pub redirect_uri: String,
    /// Whom the account is to be linked to; none if they want to sign in.
    pub link: Option<UserId>,
    /// Of the secret with which the app redeems the code.
    pub challenge: Challenge,
    /// What the app wants to be told again.
    pub state: Option<String>,
}

/// The random parts of a flow, 256 bits each.
pub struct Drawn {
    /// Comes back by the browser.
    pub state: String,
    nonce: String,
    verifier: String,
}

impl Drawn {
    /// Draws them.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn draw() -> Result<Self, Problem> {
        let draw = || secrets::random().map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let fault = "draw what a sign-in needs";
        Ok(Self {
            state: draw().or_fault(fault)?,
            nonce: draw().or_fault(fault)?,
            verifier: draw().or_fault(fault)?,
        })
    }

    /// PKCE: what the provider compares the verifier with (RFC 7636 4.2).
    #[must_use]
    pub fn challenge(&self) -> String {
        s256(&self.verifier)
    }
}

impl Flow {
    /// A way that begins.
    #[must_use]
    pub fn begin(provider: Provider, drawn: &Drawn, errand: Errand) -> Self {
        let (nonce, verifier) = (drawn.nonce.clone(), drawn.verifier.clone());
        Self { provider, state_hash: s256(&drawn.state), nonce, verifier, errand }
    }

    /// The cookie that the browser takes along, and what takes others away if it has too many.
    ///
    /// # Errors
    /// It does not serialize: a fault of ours.
    pub fn cookies(&self, app: &App, sent: &HeaderMap) -> Result<Vec<String>, Problem> {
        let value = app.token_until(PURPOSE, self, app.clock.now() + LIFE)?;
        let before: Vec<&str> = kept(sent).map(|(name, _)| name).collect();
        let before = before.into_iter().filter(|name| name.starts_with(prefix(app)));
        let mut cookies: Vec<String> = before.map(|name| taken(app, name)).collect();
        if cookies.len() < WAYS_MAX {
            cookies.clear();
        }
        cookies.push(cookie(app, &self.name(app), &value, LIFE));
        Ok(cookies)
    }

    /// What takes this way's cookie away again.
    #[must_use]
    pub fn cleared(&self, app: &App) -> String {
        taken(app, &self.name(app))
    }

    fn name(&self, app: &App) -> String {
        name(app, &self.state_hash)
    }

    /// The way that whoever comes back from `provider` with `state` left on.
    ///
    /// # Errors
    /// This browser did not leave, or too long ago, or for somewhere else.
    pub fn resume(
        app: &App,
        provider: Provider,
        headers: &HeaderMap,
        state: Option<&str>,
    ) -> Result<Self, Problem> {
        let state_hash = state.map(s256).unwrap_or_default();
        let name = name(app, &state_hash);
        let flow: Option<Self> = kept(headers)
            .find_map(|(key, value)| (key == name).then_some(value))
            .and_then(|value| app.grant(PURPOSE, value).ok())
            .filter(|flow: &Self| flow.provider == provider && flow.state_hash == state_hash);
        let detail = "This browser did not begin here, or too long ago. Begin anew.";
        flow.ok_or_else(|| Problem::new(Slug::ProviderRefused, detail))
    }
}

fn taken(app: &App, name: &str) -> String {
    cookie(app, name, "", TimeDelta::zero())
}

fn cookie(app: &App, name: &str, value: &str, life: TimeDelta) -> String {
    let seconds = life.num_seconds();
    let secure = if by_tls(app) { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn name(app: &App, state_hash: &str) -> String {
    let end = state_hash.len().min(NAME_CHARS);
    format!("{}{}", prefix(app), &state_hash[..end])
}

/// By TLS the prefix keeps other hosts of the same domain from planting one.
fn prefix(app: &App) -> &'static str {
    if by_tls(app) { "__Host-folio_oauth_" } else { "folio_oauth_" }
}

fn by_tls(app: &App) -> bool {
    app.config.public_url.starts_with("https://")
}

/// All cookies a browser sent, as name and value.
fn kept(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='))
}
