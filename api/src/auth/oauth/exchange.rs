//! The code an app gets through the browser, and the tokens it gets for it.

use axum::extract::State;
use chrono::TimeDelta;
use domain::UserId;
use domain::sessions::Proof;
use domain::users::{Subject, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::pkce::{self, Challenge};
use crate::act::Positioned;
use crate::app::App;
use crate::extract::Json;
use crate::http::Trace;
use crate::problem::{Problem, Slug};
use crate::sessions::{self, SignedIn, TokensBody};

/// How long the app may take.
pub(super) const CODE_LIFE: TimeDelta = TimeDelta::seconds(60);
/// Both the purpose of the code and the scope in which its id is used once.
const PURPOSE: &str = "oauth-code";

/// What a code says.
#[derive(Serialize, Deserialize)]
struct Voucher {
    jti: Uuid,
    user: UserId,
    subject: Subject,
    epoch: u32,
    challenge: Challenge,
}

/// A code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// As it came in the address.
    pub(super) code: String,
    /// The secret whose hash the round trip began with.
    #[schema(min_length = 43, max_length = 128)]
    code_verifier: String,
}

/// A code that lets a user in, once, as long as this account signs them in.
pub(super) async fn code(
    app: &App,
    user: UserId,
    subject: Subject,
    challenge: Challenge,
) -> Result<String, Problem> {
    let epoch = app.state_of::<User>(user).await?.epoch();
    let voucher = Voucher { jti: Uuid::now_v7(), user, subject, epoch, challenge };
    app.token_until(PURPOSE, &voucher, app.clock.now() + CODE_LIFE)
}

/// Get tokens for the code that came back to the app. It works once, for a minute, and only for whoever
/// has the secret of the `code_challenge` that the round trip began with; a wrong one spends it.
#[utoipa::path(post, path = "/v1/auth/oauth/exchange", tag = "auth",
    operation_id = "exchange_oauth", request_body = Code,
    params(("Folio-Session" = Option<String>, Header, description = "`cookies`, for browsers: the tokens come as cookies that no script can read")),
    responses((status = 200, description = "Signed in", body = Positioned<TokensBody>),
        (status = 410, description = "link-expired: the secret does not fit, or the code is used, too old, never ours, or given before the account was unlinked or all sessions ended"),
        (status = 422, description = "validation-failed: no secret")))]
pub async fn exchange_oauth(
    State(app): State<App>,
    trace: Trace,
    Json(Code { code, code_verifier }): Json<Code>,
) -> Result<SignedIn, Problem> {
    let voucher = app.grant::<Voucher>(PURPOSE, &code).map_err(|_| stale())?;
    let Voucher { jti, user, subject, epoch, challenge } = voucher;
    let (proof, key) = (Proof::Provider { subject, epoch }, app.fact(PURPOSE, jti));
    pkce::demand(&app, user, &key, (&challenge, &code_verifier)).await?;
    let signed_in = sessions::open_under(&app, &trace, user, proof, key).await?;
    if signed_in.is_replayed() { Err(stale()) } else { Ok(signed_in) }
}

/// A code that lets nobody in; one answer, whatever is wrong with it.
pub fn stale() -> Problem {
    Problem::new(Slug::LinkExpired, "The code is no longer valid, begin anew.")
}
