//! A browser on its way to a provider and back to an app, with its cookies.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Client, Url};

use super::{Answer, App};

/// Where the app waits for people to come back.
pub const REDIRECT: &str = "https://app.example/auth/callback";

/// The app's secret (RFC 7636, appendix B),
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// and its hash.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// One browser. Clones have cookies of their own.
#[derive(Clone)]
pub struct Browser {
    http: Client,
    url: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// A browser without cookies.
    pub fn of(app: &App) -> Self {
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, url: app.url.clone(), cookies: BTreeMap::new() }
    }

    /// Leaves for a provider: the address of the page there.
    pub async fn leave(&mut self, provider: &str, link: Option<&str>) -> Url {
        let left = self.try_leave(provider, REDIRECT, link).await;
        assert_eq!(left.status, 302, "{}", left.body);
        location(&left.headers)
    }

    /// The same where it may be refused.
    pub async fn try_leave(
        &mut self,
        provider: &str,
        redirect_uri: &str,
        link: Option<&str>,
    ) -> Answer {
        let mut page: Url =
            format!("{}/v1/auth/oauth/{provider}/authorize", self.url).parse().unwrap();
        let asked = [("redirect_uri", redirect_uri), ("code_challenge", CHALLENGE)];
        page.query_pairs_mut().extend_pairs(asked);
        if let Some(link) = link {
            page.query_pairs_mut().append_pair("link", link);
        }
        self.open(page).await
    }

    /// Consents at the provider: the address of our callback.
    pub async fn consent(&mut self, page: Url) -> Url {
        let consented = self.http.get(page).send().await.unwrap();
        location(consented.headers())
    }

    /// Comes back: what the app finds in its address, as name and value.
    pub async fn come_back(&mut self, callback: Url) -> (String, String) {
        let back = self.open(callback).await;
        assert_eq!(back.status, 302, "{}", back.body);
        let place = location(&back.headers);
        assert!(place.as_str().starts_with(&format!("{REDIRECT}?")), "{place}");
        let mut found = place.query_pairs().into_owned();
        found.next().unwrap()
    }

    /// How many cookies it keeps.
    pub fn cookies(&self) -> usize {
        self.cookies.len()
    }

    /// There and back again.
    pub async fn round_trip(&mut self, provider: &str, link: Option<&str>) -> (String, String) {
        let page = self.leave(provider, link).await;
        let callback = self.consent(page).await;
        self.come_back(callback).await
    }

    /// Opens one of our addresses.
    pub async fn open(&mut self, page: Url) -> Answer {
        let mut request = self.http.get(page);
        if !self.cookies.is_empty() {
            let cookies = self.cookies.iter().map(|(name, value)| format!("; {name}={value}"));
            request = request.header(COOKIE, format!("other=1{}", cookies.collect::<String>()));
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        for set in headers.get_all(SET_COOKIE) {
            let set = set.to_str().unwrap();
            assert!(set.contains("; HttpOnly; SameSite=Lax"), "{set}");
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
            self.cookies.retain(|_, value| !value.is_empty());
        }
        let body = serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default();
        Answer { status, headers, body }
    }
}

fn location(headers: &HeaderMap) -> Url {
    headers[LOCATION].to_str().unwrap().parse().unwrap()
}
