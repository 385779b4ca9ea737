//! Signed links: whoever has one may do exactly what it says, until it expires.

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::objects::Declared;
use crate::problem::{Problem, Slug};

/// How long a worker has to upload a picture.
const UPLOAD_MINUTES: i64 = 15;
/// How long a link to a picture shows it.
const DOWNLOAD_MINUTES: i64 = 60;

/// Something with an end.
#[derive(Debug, Serialize, Deserialize)]
struct Until<T> {
    until: i64,
    grant: T,
}

impl App {
    /// A link that takes exactly the declared file.
    ///
    /// # Errors
    /// It does not serialize: a fault of ours.
    pub fn upload_link(&self, declared: &Declared) -> Result<(String, DateTime<Utc>), Problem> {
        self.link("uploads", declared, TimeDelta::minutes(UPLOAD_MINUTES))
    }

    /// What may be uploaded with a token.
    ///
    /// # Errors
    /// Not ours, or expired.
    pub fn upload_of(&self, token: &str) -> Result<Declared, Problem> {
        self.grant("uploads", token)
    }

    /// A link that shows an object.
    ///
    /// # Errors
    /// It does not serialize: a fault of ours.
    pub fn download_link(&self, key: &str) -> Result<String, Problem> {
        Ok(self.link("downloads", &key, TimeDelta::minutes(DOWNLOAD_MINUTES))?.0)
    }

    /// A link that shows an object that itself goes at a time.
    ///
    /// # Errors
    /// It does not serialize: a fault of ours.
    pub fn download_link_until(&self, key: &str, until: DateTime<Utc>) -> Result<String, Problem> {
        let life = (until - self.clock.now()).min(TimeDelta::minutes(DOWNLOAD_MINUTES));
        Ok(self.link("downloads", &key, life)?.0)
    }

    /// What is shown to whoever has a token.
    ///
    /// # Errors
    /// Not ours, or expired.
    pub fn download_of(&self, token: &str) -> Result<String, Problem> {
        self.grant("downloads", token)
    }

    /// A value signed with an end, for a purpose; [`App::grant`] reads it back.
    ///
    /// # Errors
    /// It does not serialize: a fault of ours.
    pub fn token_until<T: Serialize>(
        &self,
        purpose: &str,
        grant: &T,
        until: DateTime<Utc>,
    ) -> Result<String, Problem> {
        let until = Until { until: until.timestamp(), grant };
        self.signer.seal(purpose, &until).map_err(Problem::fault)
    }

    /// The value of a token that has not ended.
    ///
    /// # Errors
    /// Not ours for this purpose, or ended.
    pub fn grant<T: DeserializeOwned>(&self, purpose: &str, token: &str) -> Result<T, Problem> {
        let Until { until, grant } =
            self.signer.open::<Until<T>>(purpose, token).map_err(|_| Problem::not_found("link"))?;
        if until <= self.clock.now().timestamp() {
            return Err(Problem::new(Slug::LinkExpired, "Ask for a new one."));
        }
        Ok(grant)
    }

    fn link<T: Serialize>(
        &self,
        purpose: &str,
        grant: &T,
        life: TimeDelta,
    ) -> Result<(String, DateTime<Utc>), Problem> {
        let until = self.clock.now() + life;
        let token = self.token_until(purpose, grant, until)?;
        Ok((format!("{}/v1/{purpose}/{token}", self.config.public_url), until))
    }
}
