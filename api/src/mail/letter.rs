//! What letters say that must come back. A token stands behind the `#`: browsers tell that part to no
//! server, so it is in no access log and no referrer.

use domain::mail::Letter;

use super::notice;

/// Where letters lead.
pub(super) struct Place {
    /// The web app.
    pub(super) app_url: String,
    /// Who answers people.
    pub(super) support: Option<String>,
}

impl Place {
    /// Whom to write to.
    pub(super) fn support(&self) -> &str {
        self.support.as_deref().unwrap_or("support")
    }
}

/// Subject and text.
pub(super) fn write(letter: &Letter, place: &Place) -> (&'static str, String) {
    let app_url = &place.app_url;
    match letter {
        Letter::VerifyEmail { token } => (
            "Confirm your e-mail address",
            format!(
                "Welcome to Folio.\n\nPlease confirm that this address is yours, within 24 hours:\n\n\
                 {app_url}/verify-email#token={token}\n\nIf you did not sign up, do nothing.\n"
            ),
        ),
        Letter::ChangeEmail { token } => (
            "Confirm your new e-mail address",
            format!(
                "Somebody, probably you, wants to sign in to Folio with this address.\n\n\
                 Please confirm it within one hour:\n\n{app_url}/verify-email#token={token}\n\n\
                 If it was not you, do nothing.\n"
            ),
        ),
        Letter::EmailInUse => (
            "Your e-mail address is in use",
            "Somebody, perhaps you, wants to sign in to another account of Folio with this address. \
             It belongs to an account already.\n\nIf it was you: give that account another \
             address first. If not, do nothing.\n"
                .to_owned(),
        ),
        Letter::VerifyArtistEmail { token } => (
            "Confirm your address as an artist",
            format!(
                "You asked to be written to as an artist of Folio under this address, which \
                 everybody will see.\n\nPlease confirm it within 24 hours:\n\n\
                 {app_url}/verify-email#token={token}\n\nIf it was not you, do nothing.\n"
            ),
        ),
        Letter::ResetPassword { token } => (
            "Choose a new password",
            format!(
                "Somebody, probably you, asked for a new password at Folio.\n\n\
                 Choose it within one hour:\n\n{app_url}/reset-password#token={token}\n\n\
                 If it was not you, do nothing: the old password goes on working.\n"
            ),
        ),
        Letter::Notice(notice) => notice::write(notice, place),
    }
}
