//! Us, as a provider knows us, and the manner in which each of them is asked.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, RequestBuilder, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Ask, IdentityError, Redeem};
use crate::config::ProviderConfig;

/// After this long an answer is not awaited any more.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// What is kept of a provider's word for a refusal.
const CODE_CHARS_MAX: usize = 64;

/// See the module.
pub struct Registration {
    /// Where the provider is, without a slash at the end.
    pub url: String,
    /// What it knows us by.
    pub client_id: String,
    /// What shows that we are it; a provider may do without, for PKCE binds the code already.
    client_secret: Option<String>,
    /// Follows no redirects: no endpoint has a reason to send us elsewhere.
    pub http: Client,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Registration {
    /// A client for the provider.
    ///
    /// # Errors
    /// The address is none.
    pub fn new(config: &ProviderConfig, client_secret: Option<&str>) -> anyhow::Result<Self> {
        let ProviderConfig { url, client_id } = config;
        let _: Url = url.parse().with_context(|| format!("the provider's address {url:?}"))?;
        let http = Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("make the client for a provider")?;
        Ok(Self {
            url: url.clone(),
            client_id: client_id.clone(),
            client_secret: client_secret.map(str::to_owned),
            http,
        })
    }

    /// The page that asks for consent.
    ///
    /// # Errors
    /// The endpoint is no address.
    pub fn page(&self, endpoint: &str, scope: &str, ask: Ask<'_>) -> Result<Url, IdentityError> {
        let mut page: Url = endpoint.parse().map_err(|e| away(e, "the page for consent"))?;
        page.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", ask.callback)
            .append_pair("scope", scope)
            .append_pair("state", ask.state)
            .append_pair("code_challenge", ask.challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(page)
    }

    /// What the provider gives for a code.
    ///
    /// # Errors
    /// It gives nothing.
    pub async fn trade<T: DeserializeOwned>(
        &self,
        endpoint: &str,
        redeem: Redeem<'_>,
    ) -> Result<T, IdentityError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", &self.client_id),
            ("redirect_uri", redeem.callback),
            ("code", redeem.code),
            ("code_verifier", redeem.verifier),
        ];
        form.extend(self.client_secret.as_deref().map(|secret| ("client_secret", secret)));
        answer(self.http.post(endpoint).form(&form)).await
    }
}

/// The JSON a provider answers with.
///
/// # Errors
/// It refuses, or is away.
pub async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, IdentityError> {
    let mut response = request.send().await.map_err(|e| away(e, "ask a provider"))?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| away(e, "hear a provider out"))? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            let cause = anyhow::anyhow!("an answer of more than {ANSWER_BYTES_MAX} bytes");
            return Err(IdentityError::Away(cause));
        }
        body.extend_from_slice(&chunk);
    }
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|e| away(e, "read a provider's answer"));
    }
    if status.is_client_error() && status.as_u16() != 429 {
        let code = serde_json::from_slice(&body).map_or_else(|_| String::new(), shortened);
        return Err(IdentityError::Refused { status: status.as_u16(), code });
    }
    Err(IdentityError::Away(anyhow::anyhow!("a provider answered {status}")))
}

fn shortened(refusal: Refusal) -> String {
    refusal.error.chars().take(CODE_CHARS_MAX).collect()
}

fn away(
    cause: impl std::error::Error + Send + Sync + 'static,
    doing: &'static str,
) -> IdentityError {
    IdentityError::Away(anyhow::Error::new(cause).context(doing))
}
