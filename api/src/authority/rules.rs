//! What each operation asks of its caller, read from the `security` of the OpenAPI document, so that
//! what is documented and what is enforced cannot differ:
//!
//! - `("bearer" = [])`: a person by access token; `("bearer" = ["admin"])`: one with that role, and
//!   several such lines mean any of these roles;
//! - `()`: also a stranger, who sees what everybody may see;
//! - `("api_key" = ["wallets:read"])`: also an API key with that scope. Without it, none.

use std::sync::Arc;

use axum::http::Method;
use axum::http::request::Parts;
use domain::keys::KeyMode;
use domain::users::Role;
use utoipa::openapi::path;
use utoipa::openapi::security::SecurityRequirement;

use crate::authority::secret_keys::KnownKey;
use crate::http::Operation;
use crate::problem::{Problem, Slug};

/// Scheme of access tokens.
pub const BEARER: &str = "bearer";
/// Scheme of API keys.
pub const API_KEY: &str = "api_key";

/// What one operation asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// Whether it asks for nobody.
    public: bool,
    /// Whether a stranger may look.
    strangers: bool,
    /// Words of roles, any of which is enough; empty: none is needed.
    roles: Vec<String>,
    /// Words of scopes, all of which a key needs; `None`: keys are not for this.
    scopes: Option<Vec<String>>,
}

impl Rule {
    /// What an operation documents.
    #[must_use]
    pub fn of(operation: &path::Operation) -> Self {
        let mut rule = Self { public: true, strangers: true, ..Self::default() };
        let requirements = operation.security.as_deref().unwrap_or_default();
        if !requirements.is_empty() {
            rule.public = false;
            rule.strangers = requirements.contains(&SecurityRequirement::default());
        }
        for requirement in requirements {
            rule.roles.extend(words(requirement, BEARER).into_iter().flatten());
            rule.scopes = words(requirement, API_KEY).or(rule.scopes);
        }
        rule
    }

    /// What the operation of this request asks for.
    ///
    /// # Errors
    /// The operation is not known, so nobody may be let in: a fault of ours.
    pub fn of_request(parts: &Parts) -> Result<&Self, Problem> {
        let operation = parts.extensions.get::<Arc<Operation>>();
        let unknown = || Problem::fault(anyhow::anyhow!("a caller is asked for where none can be"));
        operation.map(|operation| &operation.rule).ok_or_else(unknown)
    }

    /// Whether the operation is documented to ask nobody who they are.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.public
    }

    /// Whether it is documented to be for strangers, too.
    #[must_use]
    pub fn is_for_strangers(&self) -> bool {
        self.strangers
    }

    /// Refuses a person who has none of the roles.
    ///
    /// # Errors
    /// [`Slug::Forbidden`].
    pub fn admit(&self, roles: &[Role]) -> Result<(), Problem> {
        let has = |word: &String| roles.iter().any(|role| role.word() == word);
        if self.roles.is_empty() || self.roles.iter().any(has) {
            return Ok(());
        }
        Err(Problem::lacks_role(self.roles.iter().map(String::as_str)))
    }

    /// Refuses a key whose scopes are not enough, and any key where a person is needed. A key has
    /// no role.
    ///
    /// # Errors
    /// [`Slug::Forbidden`].
    pub fn admit_key(&self, key: &KnownKey, method: &Method) -> Result<(), Problem> {
        let refused = |detail: String| Err(Problem::new(Slug::Forbidden, detail));
        let Some(wanted) = self.scopes.as_ref().filter(|_| self.roles.is_empty()) else {
            return refused("This needs a person with an access token, not a key.".to_owned());
        };
        let has = |word: &&String| key.scopes.iter().any(|scope| scope.word() == word.as_str());
        if let Some(missing) = wanted.iter().find(|word| !has(word)) {
            return refused(format!("The key lacks the scope {missing}."));
        }
        match key.mode {
            KeyMode::Test if !method.is_safe() => refused("A test key only reads.".to_owned()),
            KeyMode::Test | KeyMode::Live => Ok(()),
        }
    }
}

/// What a requirement says of one scheme.
#[must_use]
pub fn words(requirement: &SecurityRequirement, scheme: &str) -> Option<Vec<String>> {
    // The names are not readable otherwise; a map of lists always serializes.
    let schemes = serde_json::to_value(requirement).unwrap_or_default();
    serde_json::from_value(schemes.get(scheme)?.clone()).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use domain::keys::Scope;

    use super::*;

    #[test]
    fn any_of_the_roles_named_is_enough_and_a_word_nobody_has_admits_nobody() {
        let roles = vec!["support".to_owned(), "amdin".to_owned()];
        let rule = Rule { roles, ..Rule::default() };
        assert!(rule.admit(&[Role::Support]).is_ok());
        assert!(rule.admit(&[Role::Admin]).is_err());
        assert!(Rule::default().admit(&[]).is_ok());
    }

    #[test]
    fn a_role_in_the_document_is_one_that_can_be_had() {
        let document = crate::router::document();
        let paths = document.paths.paths.values();
        let operations =
            paths.flat_map(|item| [&item.get, &item.put, &item.post, &item.patch, &item.delete]);
        let rules: Vec<Rule> = operations.flatten().map(Rule::of).collect();
        let words: Vec<&String> = rules.iter().flat_map(|rule| &rule.roles).collect();
        assert!(words.iter().any(|word| *word == "admin"));
        for word in words {
            let mut had = Role::GIVEN.into_iter().chain([Role::Artist]);
            assert!(had.any(|role| role.word() == word), "{word}");
        }
        for word in rules.iter().filter_map(|rule| rule.scopes.as_ref()).flatten() {
            assert!(Scope::ALL.iter().any(|scope| scope.word() == word), "{word}");
        }
        let models = document.paths.paths["/v1/admin/models"].post.as_ref().unwrap();
        assert_eq!(Rule::of(models).roles, ["admin", "support"]);
    }
}
