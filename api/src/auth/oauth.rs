//! Signing in with a provider (c2, c0.10): to its page and back through the same browser, then a
//! code for the app, which works once. Linking an account takes the same way (IAM-15, IAM-16).

mod account;
pub mod exchange;
mod flow;
pub mod link;
pub mod pkce;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::users::Provider;
use reqwest::Url;
use serde::Deserialize;

use self::flow::{Drawn, Errand, Flow};
use self::pkce::Challenge;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::http::Trace;
use crate::problem::{OrFault as _, Problem, Slug};
use crate::providers::identity::{Ask, Identity, Redeem};

/// Where providers send browsers back to. They may add parameters that no document of ours names.
pub const CALLBACK: &str = "/v1/auth/oauth/{provider}/callback";

/// Where an app sends a browser.
#[derive(Deserialize)]
pub struct Begin {
    redirect_uri: String,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    state: Option<String>,
    link: Option<String>,
}

/// The longest note an app sends along; eight ways and their notes fit into one request.
const STATE_CHARS_MAX: usize = 128;

/// What a provider sends a browser back with.
#[derive(Deserialize)]
pub struct Return {
    code: Option<String>,
    state: Option<String>,
}

/// Sign in with a provider: send the browser here. It comes back to `redirect_uri` with `code`,
/// with `link_code` if an account was to be linked, or with `error`; and with `state`, if you send it.
/// Keep the secret of `code_challenge`: without it the code is worth nothing.
#[utoipa::path(get, path = "/v1/auth/oauth/{provider}/authorize", tag = "auth",
    operation_id = "authorize_oauth",
    params(("provider" = String, Path, description = "google or discord"),
        ("redirect_uri" = String, Query, description = "An address of the app, exactly as configured"),
        ("code_challenge" = String, Query, description = "The SHA-256 of a secret of 43 to 128 characters, as base64url (RFC 7636)"),
        ("code_challenge_method" = Option<String>, Query, description = "S256, and nothing else"),
        ("state" = Option<String>, Query, description = "Comes back as it is; at most 128 printable characters of ASCII"),
        ("link" = Option<String>, Query, description = "A ticket, to link an account")),
    responses((status = 302, description = "To the provider"),
        (status = 404, description = "not-found: the provider is not connected here"),
        (status = 410, description = "link-expired: the ticket"),
        (status = 422, description = "validation-failed: the address is not configured, or no challenge"),
        (status = 503, description = "upstream-unavailable")))]
pub async fn authorize_oauth(
    State(app): State<App>,
    Path(provider): Path<Provider>,
    Query(begin): Query<Begin>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let identity = connected(&app, provider)?;
    if !app.config.login.redirects.contains(&begin.redirect_uri) {
        let detail = "Only the configured addresses of apps, letter by letter.";
        return Err(Problem::invalid("?redirect_uri", detail));
    }
    let challenge = Challenge::read(begin.code_challenge, begin.code_challenge_method.as_deref())?;
    let printable = |b: u8| b == b' ' || b.is_ascii_graphic();
    let fits = |state: &String| state.len() <= STATE_CHARS_MAX && state.bytes().all(printable);
    if !begin.state.as_ref().is_none_or(fits) {
        let detail = format!("At most {STATE_CHARS_MAX} printable characters of ASCII.");
        return Err(Problem::invalid("?state", detail));
    }
    let link = begin.link.map(|ticket| link::holder(&app, provider, &ticket)).transpose()?;
    let drawn = Drawn::draw()?;
    let (redirect_uri, state) = (begin.redirect_uri, begin.state);
    let flow = Flow::begin(provider, &drawn, Errand { redirect_uri, link, challenge, state });
    let (callback, ours) = (callback(&app, provider), drawn.challenge());
    let ask =
        Ask { callback: &callback, state: &drawn.state, nonce: &flow.nonce, challenge: &ours };
    let page = identity.consent(ask).await?;
    redirect(page.as_str(), &flow.cookies(&app, &headers)?)
}

/// Where providers send the browser back to; not for apps.
#[utoipa::path(get, path = "/v1/auth/oauth/{provider}/callback", tag = "auth",
    operation_id = "return_from_oauth",
    params(("provider" = String, Path, description = "google or discord"),
        ("code" = Option<String>, Query, description = "The provider's code"),
        ("state" = Option<String>, Query, description = "What the browser left with"),
        ("error" = Option<String>, Query, description = "Why there is no code")),
    responses((status = 302, description = "To the app, with code, link_code or error"),
        (status = 409, description = "provider-refused: another browser left, or too long ago")))]
pub async fn return_from_oauth(
    State(app): State<App>,
    Path(provider): Path<Provider>,
    Query(back): Query<Return>,
    headers: HeaderMap,
    trace: Trace,
) -> Result<Response, Problem> {
    let identity = connected(&app, provider)?;
    let flow = Flow::resume(&app, provider, &headers, back.state.as_deref())?;
    let mut place: Url = flow.errand.redirect_uri.parse().or_fault("read FOLIO_OAUTH_REDIRECTS")?;
    match finish(&app, &trace, identity, &flow, back.code).await {
        Ok(code) => {
            let name = if flow.errand.link.is_some() { "link_code" } else { "code" };
            place.query_pairs_mut().append_pair(name, &code);
        }
        Err(problem) => {
            let cause = problem.cause().map(|cause| format!("{cause:#}"));
            let (provider, code) = (provider.name(), problem.slug().text());
            tracing::warn!(provider, code, cause, "nobody came in by a provider");
            place.query_pairs_mut().append_pair("error", code);
        }
    }
    if let Some(state) = &flow.errand.state {
        place.query_pairs_mut().append_pair("state", state);
    }
    redirect(place.as_str(), &[flow.cleared(&app)])
}

/// Asks the provider who consented, and makes of it the code for the app.
async fn finish(
    app: &App,
    trace: &Trace,
    identity: &dyn Identity,
    flow: &Flow,
    code: Option<String>,
) -> Result<String, Problem> {
    let nobody = || Problem::new(Slug::ProviderRefused, "Nobody consented.");
    let (code, callback) = (code.ok_or_else(nobody)?, callback(app, flow.provider));
    let redeem = Redeem {
        callback: &callback,
        code: &code,
        nonce: &flow.nonce,
        verifier: &flow.verifier,
        now: app.clock.now(),
    };
    let account = identity.redeem(redeem).await?;
    match flow.errand.link {
        Some(user) => link::code(app, user, flow, &account).await,
        None => {
            let subject = account::subject(app, flow.provider, &account);
            let user = account::user_of(app, trace, &subject, &account).await?;
            exchange::code(app, user, subject, flow.errand.challenge.clone()).await
        }
    }
}

/// The provider, if this place is connected to it.
fn connected(app: &App, provider: Provider) -> Result<&dyn Identity, Problem> {
    app.identities.of(provider).ok_or_else(|| {
        let name = provider.name();
        let detail =
            format!("Nobody signs in with {name} here; /v1/config names the providers that do.");
        Problem::new(Slug::NotFound, detail)
    })
}

/// Our address that the provider knows.
fn callback(app: &App, provider: Provider) -> String {
    format!("{}{}", app.config.public_url, CALLBACK.replace("{provider}", provider.name()))
}

fn redirect(to: &str, cookies: &[String]) -> Result<Response, Problem> {
    let to = HeaderValue::from_str(to).or_fault("send a browser on")?;
    let mut response = (StatusCode::FOUND, [(header::LOCATION, to)]).into_response();
    for cookie in cookies {
        let mut cookie = HeaderValue::from_str(cookie).or_fault("send a browser on")?;
        cookie.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
