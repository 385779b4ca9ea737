//! `POST /v1/artists/me/verify-email` (c3, ART-02): where everybody may write to an artist.

use axum::extract::State;
use axum::http::StatusCode;
use domain::artists::{AskArtistEmail, VerifyArtistEmail};
use domain::input::FieldError;
use domain::mail::Letter;
use domain::users::{Email, VERIFICATION_LIFE};
use domain::{Metadata, Sealed};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::auth::Accepted;
use crate::auth::email::{of_letter, stale_link};
use crate::extract::{Caller, Json};
use crate::problem::{OrFault as _, Problem};
use crate::tickets::Returned;

/// What the address is sealed for while it waits,
const ASKED: &str = "artist.email_verification_requested";
/// and when everybody may see it.
const VERIFIED: &str = "artist.email_verified";

/// Where to write to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArtistEmail {
    /// The address. Once a letter to it came back everybody sees it.
    #[schema(example = "studio@example.com")]
    email: String,
}

/// Be written to under an address: a letter goes there, and its token to `/v1/auth/verify-email`; then it
/// is the artist's `verified_email`. One letter a minute, and five a day.
#[utoipa::path(post, path = "/v1/artists/me/verify-email", tag = "artists", operation_id = "verify_artist_email",
    security(("bearer" = [])), request_body = ArtistEmail,
    responses((status = 202, description = "A letter is on its way", body = Positioned<Accepted>),
        (status = 403, description = "forbidden: no artist"),
        (status = 429, description = "quota-exceeded: less than a minute after the last one, or five in a day")))]
pub async fn verify_artist_email(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<ArtistEmail>,
) -> Result<Answered<Accepted>, Problem> {
    let email = Email::parse(&body.email).map_err(|e| FieldError::new("/email", e))?;
    let (artist, letter) = (caller.user, |token| Letter::VerifyArtistEmail { token });
    let ticket = app.ticket(artist, email.as_str(), VERIFICATION_LIFE, letter)?;
    let email = app.keyring.seal(artist.0, ASKED, "email", email.as_str()).await;
    let email = email.or_fault("seal an address")?;
    let ask = AskArtistEmail { artist, email, ticket };
    let done = app.execute(app.attempt(), caller.metadata(&app), ask).await?;
    Ok(done.answer(StatusCode::ACCEPTED, |()| Accepted::new()))
}

/// The letter came back.
pub(crate) async fn take(
    app: &App,
    returned: Returned,
    asked: &Sealed,
    metadata: Metadata,
) -> Result<(), Problem> {
    let Returned { user: artist, token_hash } = returned;
    app.keyring.preload(&[artist.0]).await.or_fault("open an address")?;
    let email = app.keyring.open(asked, ASKED, "email").or_fault("open an address")?;
    let email = Email::parse(&email).map_err(|_| stale_link())?; // They left: nothing opens.
    let email = app.keyring.seal(artist.0, VERIFIED, "email", email.as_str()).await;
    let email = email.or_fault("seal an address")?;
    let verify = VerifyArtistEmail { artist, email, token_hash };
    app.execute_raw(app.attempt(), metadata, verify).await?.map_err(of_letter)?;
    Ok(())
}
