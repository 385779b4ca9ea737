//! One browser's way to a provider and back, kept in its own signed cookie: whoever comes back must
//! be who left.

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use domain::UserId;
use domain::users::Provider;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::problem::{OrFault as _, Problem, Slug};
use crate::secrets;

/// How long a person may take at the provider.
const LIFE: TimeDelta = TimeDelta::minutes(10);
const PURPOSE: &str = "oauth-flow";

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
    /// Where they go in the end.
    pub redirect_uri: String,
    /// Whom the account is to be linked to; none if they want to sign in.
    pub link: Option<UserId>,
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
        hash(&self.verifier)
    }
}

impl Flow {
    /// A way that begins.
    #[must_use]
    pub fn begin(
        provider: Provider,
        drawn: &Drawn,
        redirect_uri: String,
        link: Option<UserId>,
    ) -> Self {
        let (nonce, verifier) = (drawn.nonce.clone(), drawn.verifier.clone());
        Self { provider, state_hash: hash(&drawn.state), nonce, verifier, redirect_uri, link }
    }

    /// The cookie that the browser takes along.
    ///
    /// # Errors
    /// It does not serialize: a fault of ours.
    pub fn cookie(&self, app: &App) -> Result<String, Problem> {
        let value = app.token_until(PURPOSE, self, app.clock.now() + LIFE)?;
        Ok(cookie(app, &value, LIFE))
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
        let flow: Option<Self> = kept(headers, name(app))
            .and_then(|value| app.grant(PURPOSE, value).ok())
            .filter(|flow: &Self| flow.provider == provider)
            .filter(|flow| state.is_some_and(|state| hash(state) == flow.state_hash));
        let detail = "This browser did not begin here, or too long ago. Begin anew.";
        flow.ok_or_else(|| Problem::new(Slug::ProviderRefused, detail))
    }
}

/// What takes the cookie away again.
pub fn cleared(app: &App) -> String {
    cookie(app, "", TimeDelta::zero())
}

fn cookie(app: &App, value: &str, life: TimeDelta) -> String {
    let (name, seconds) = (name(app), life.num_seconds());
    let secure = if by_tls(app) { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// By TLS the prefix keeps other hosts of the same domain from planting one.
fn name(app: &App) -> &'static str {
    if by_tls(app) { "__Host-folio_oauth" } else { "folio_oauth" }
}

fn by_tls(app: &App) -> bool {
    app.config.public_url.starts_with("https://")
}

fn kept<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}
