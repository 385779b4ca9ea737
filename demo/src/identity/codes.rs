//! What was given out: authorization codes and Discord's access tokens. Each works once.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use uuid::Uuid;

use super::script::Person;

/// See the module.
#[derive(Debug, Default)]
pub struct Codes {
    grants: HashMap<String, Grant>,
    tokens: HashMap<String, Person>,
}

/// What somebody consented to.
#[derive(Debug)]
pub struct Grant {
    /// Who.
    pub person: Person,
    /// For which client.
    pub client_id: String,
    /// Comes back inside the id token.
    pub nonce: Option<String>,
    /// Where the browser went.
    pub redirect_uri: String,
    /// PKCE.
    pub code_challenge: String,
}

/// The form that trades a code.
#[derive(Debug, Deserialize)]
pub struct Trade {
    grant_type: String,
    client_id: String,
    redirect_uri: String,
    code: String,
    code_verifier: String,
}

impl Codes {
    /// A code for what was consented to.
    pub fn give(&mut self, grant: Grant) -> String {
        let code = Uuid::now_v7().simple().to_string();
        self.grants.insert(code.clone(), grant);
        code
    }

    /// What a code was given for, if everything fits (RFC 6749 4.1.3, RFC 7636 4.6).
    pub fn take(&mut self, trade: &Trade) -> Option<Grant> {
        let grant = self.grants.remove(&trade.code)?;
        let challenge = digest(&SHA256, trade.code_verifier.as_bytes());
        let fits = trade.grant_type == "authorization_code"
            && grant.client_id == trade.client_id
            && grant.redirect_uri == trade.redirect_uri
            && grant.code_challenge == URL_SAFE_NO_PAD.encode(challenge);
        fits.then_some(grant)
    }

    /// An access token that says who somebody is.
    pub fn token(&mut self, person: Person) -> String {
        let token = Uuid::now_v7().simple().to_string();
        self.tokens.insert(token.clone(), person);
        token
    }

    /// Who an access token is about.
    pub fn whose(&mut self, token: &str) -> Option<Person> {
        self.tokens.remove(token)
    }
}
