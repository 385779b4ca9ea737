//! What an access token says (c0.10).

use chrono::{DateTime, TimeDelta, Utc};
use domain::SessionId;
use domain::plans::Tier;
use domain::sessions::Rights;
use domain::users::{Role, Status};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ACCESS_SECONDS, AUDIENCE, ISSUER, SKEW_SECONDS_MAX, TokenError};

/// What a person may do in a session of their own: everything they may. API keys say less.
const SCOPE: &str = "all";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    iss: String,
    aud: String,
    /// Who.
    pub sub: Uuid,
    /// In which session.
    pub sid: Uuid,
    /// Roles beside that of a plain user.
    pub roles: Vec<Role>,
    /// Where the account stood.
    pub status: Status,
    /// What they pay for.
    pub tier: Tier,
    /// What of their rights it carries.
    pub scope: String,
    /// The position of the log at which these rights were read.
    pub pos: i64,
    /// Issued at, seconds.
    pub iat: i64,
    /// Not good before, seconds.
    pub nbf: i64,
    /// Expires at, seconds.
    pub exp: i64,
    /// The token's own id.
    pub jti: Uuid,
}

impl Claims {
    pub(super) fn new(
        session: SessionId,
        rights: Rights,
        position: i64,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: rights.user.0,
            sid: session.0,
            roles: rights.roles,
            status: rights.status,
            tier: rights.tier,
            scope: SCOPE.to_owned(),
            pos: position,
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + TimeDelta::seconds(ACCESS_SECONDS)).timestamp(),
            jti: Uuid::now_v7(),
        }
    }

    /// Whether its times are those of a token of ours that is good now.
    pub(super) fn are_good_at(&self, now: DateTime<Utc>) -> Result<(), TokenError> {
        let now = now.timestamp();
        let latest = now.saturating_add(SKEW_SECONDS_MAX);
        if self.iat > latest || self.nbf > latest || self.exp > latest + ACCESS_SECONDS {
            return Err(TokenError::Invalid);
        }
        if self.exp <= now { Err(TokenError::Expired) } else { Ok(()) }
    }

    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        let ada = Rights::plain(domain::UserId(Uuid::from_u128(1)));
        let rights = Rights { roles: vec![Role::Admin], ..ada };
        Self::new(SessionId(Uuid::from_u128(2)), rights, 10, DateTime::UNIX_EPOCH)
    }
}
