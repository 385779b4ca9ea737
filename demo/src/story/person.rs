//! The people of the story, who sign up once and sign in whenever it is played.

use anyhow::Context;
use serde_json::{Value, json};

use super::stage::{Ask, Stage, text};

/// All of them; a secret nobody needs to keep.
const PASSWORD: &str = "a story told twice";

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// What the story calls them.
    pub name: String,
    /// Their id.
    pub id: String,
    token: String,
}

impl Person {
    /// Signs in, signing up first if this is the first play.
    ///
    /// # Errors
    /// The service takes neither.
    pub async fn enter(stage: &mut Stage, name: &str) -> anyhow::Result<Self> {
        let email = format!("{}@demo.example", name.to_lowercase());
        let register = json!({
            "email": email, "password": PASSWORD, "display_name": name,
            "username": format!("{}_demo", name.to_lowercase()),
        });
        let signed_up = stage.ask(Ask::post("/v1/auth/register", register)).await?;
        // 202 and a taken name say the same: this is not the first play.
        match signed_up.status.as_u16() {
            201 => Self::of(name, &signed_up.body),
            _ => Self::sign_in(stage, name, &email, PASSWORD).await,
        }
    }

    /// Signs in with a password.
    ///
    /// # Errors
    /// It does not fit.
    pub async fn sign_in(
        stage: &mut Stage,
        name: &str,
        email: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        let login = json!({"email": email, "password": password});
        let body = stage.ask(Ask::post("/v1/auth/login", login)).await?.expect(&[200]);
        Self::of(name, &body.with_context(|| format!("{name} signs in"))?)
    }

    /// The same person with a fresh token, which knows the roles of now.
    ///
    /// # Errors
    /// As [`Person::sign_in`].
    pub async fn again(&self, stage: &mut Stage) -> anyhow::Result<Self> {
        let email = format!("{}@demo.example", self.name.to_lowercase());
        Self::sign_in(stage, &self.name, &email, PASSWORD).await
    }

    /// For `Authorization: Bearer`.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whoever was answered with these tokens.
    ///
    /// # Errors
    /// There are none in it.
    pub fn of(name: &str, body: &Value) -> anyhow::Result<Self> {
        let (id, token) = (text(body, "user_id")?, text(body, "access_token")?);
        Ok(Self { name: name.to_owned(), id, token })
    }
}
