//! Cookies instead of bearer tokens, for browsers that ask for them when they log in. Scripts cannot
//! read the tokens then; what a foreign page makes a browser send is refused by the origin it says
//! and by a token of the session that only our own pages know (CSRF).

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use domain::SessionId;
use domain::sessions::IDLE_MAX;
use uuid::Uuid;

use crate::app::App;
use crate::problem::{OrFault as _, Problem, Slug};
use crate::tokens::ACCESS_SECONDS;

/// `Folio-Session: cookies` asks for cookies. Being no header that a form can send, it also keeps
/// foreign pages from logging a browser in.
pub const WISH: &str = "folio-session";
/// Where the session's token against forged requests is sent.
pub const CSRF: &str = "x-csrf-token";
/// What that token is signed for.
const CSRF_PURPOSE: &str = "csrf";

/// Which token a cookie holds.
#[derive(Debug, Clone, Copy)]
pub enum Cookie {
    /// For every request.
    Access,
    /// For `POST /v1/auth/refresh`.
    Refresh,
}

impl Cookie {
    /// `__Host-` binds a cookie to this host and to TLS; a browser takes it for nothing else.
    #[must_use]
    pub const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Access, true) => "__Host-folio-access",
            (Self::Refresh, true) => "__Host-folio-refresh",
            (Self::Access, false) => "folio-access",
            (Self::Refresh, false) => "folio-refresh",
        }
    }

    const fn seconds(self) -> i64 {
        match self {
            Self::Access => ACCESS_SECONDS,
            Self::Refresh => IDLE_MAX.num_seconds(),
        }
    }

    /// The token a request brings; none if there are two, of which one would be somebody else's.
    #[must_use]
    pub fn of<'a>(self, app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
        let name = self.name(is_secure(app));
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';'));
        let mut values = pairs.filter_map(|pair| {
            pair.trim().split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value)
        });
        let value = values.next().filter(|value| !value.is_empty())?;
        values.next().is_none().then_some(value)
    }

    fn put(self, app: &App, value: &str, seconds: i64, response: &mut Response) {
        if let Ok(line) = HeaderValue::from_str(&self.line(is_secure(app), value, seconds)) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
    }

    fn line(self, secure: bool, value: &str, seconds: i64) -> String {
        let (name, flag) = (self.name(secure), if secure { "; Secure" } else { "" });
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{flag}; Max-Age={seconds}")
    }
}

/// Whether whoever logs in asks for cookies.
#[must_use]
pub fn wanted(headers: &HeaderMap) -> bool {
    headers.get(WISH).is_some_and(|wish| wish == "cookies")
}

/// Refuses a wish that is misspelt: a typo must not lead to tokens that scripts can read.
///
/// # Errors
/// [`Slug::ValidationFailed`].
pub fn refuse_misspelt(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(WISH) && !wanted(headers) {
        return Err(Problem::invalid("#Folio-Session", "`cookies`, or no such header."));
    }
    Ok(())
}

/// Puts the pair of tokens into an answer.
pub fn set(app: &App, access: &str, refresh: &str, response: &mut Response) {
    for (cookie, value) in [(Cookie::Access, access), (Cookie::Refresh, refresh)] {
        cookie.put(app, value, cookie.seconds(), response);
    }
}

/// Takes the cookies back from a browser that was let in by them, not by another session's token.
pub fn clear(app: &App, sent: &HeaderMap, response: &mut Response) {
    if sent.contains_key(header::COOKIE) && !sent.contains_key(header::AUTHORIZATION) {
        for cookie in [Cookie::Access, Cookie::Refresh] {
            cookie.put(app, "", 0, response);
        }
    }
}

/// The session's token against forged requests, for our own pages.
///
/// # Errors
/// It does not serialize: a fault of ours.
pub fn csrf_token(app: &App, session: SessionId) -> Result<String, Problem> {
    app.signer.seal(CSRF_PURPOSE, &session.0).or_fault("sign a token against forged requests")
}

/// Refuses a request that cookies alone would let through: a foreign page could have sent it.
///
/// # Errors
/// [`Slug::CsrfFailed`].
pub fn guard(app: &App, headers: &HeaderMap, session: SessionId) -> Result<(), Problem> {
    refuse_foreign(app, headers)?;
    let token = headers.get(CSRF).and_then(|token| token.to_str().ok());
    match token.map(|token| app.signer.open::<Uuid>(CSRF_PURPOSE, token)) {
        Some(Ok(named)) if named == session.0 => Ok(()),
        Some(_) | None => {
            let detail = "Send X-CSRF-Token with the csrf_token that GET /v1/auth/csrf answers.";
            Err(Problem::new(Slug::CsrfFailed, detail))
        }
    }
}

/// Refuses what a page of an origin that is not ours asks for.
///
/// # Errors
/// [`Slug::CsrfFailed`].
pub fn refuse_foreign(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get(header::ORIGIN).is_none_or(|origin| is_trusted(app, origin)) {
        return Ok(());
    }
    Err(Problem::new(Slug::CsrfFailed, "The request comes from a page of another origin."))
}

/// Our own pages, and web apps that are configured as ours: all others cannot even read the token.
fn is_trusted(app: &App, origin: &HeaderValue) -> bool {
    origin == origin_of(&app.config.public_url) || app.config.limits.origins.0.contains(origin)
}

/// Scheme, host and port of a URL, as browsers say it.
fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    url[start..].find('/').map_or(url, |end| &url[..start + end])
}

/// Browsers send secure cookies over TLS alone; a service on one's own machine has none.
fn is_secure(app: &App) -> bool {
    app.config.public_url.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_tls_a_cookie_is_bound_to_this_host() {
        assert_eq!(
            Cookie::Access.line(true, "t", 600),
            "__Host-folio-access=t; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600"
        );
    }

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(origin_of("https://folio.example/app/"), "https://folio.example");
        assert_eq!(origin_of("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
    }
}
