//! What letters say. A token stands behind the `#`: browsers tell that part to no server, so it is
//! in no access log and no referrer.

use domain::mail::Letter;

/// Subject and text.
pub(super) fn write(letter: &Letter, app_url: &str) -> (&'static str, String) {
    match letter {
        Letter::VerifyEmail { token } => (
            "Confirm your e-mail address",
            format!(
                "Welcome to Folio.\n\nPlease confirm that this address is yours, within 24 hours:\n\n\
                 {app_url}/verify-email#token={token}\n\nIf you did not sign up, do nothing.\n"
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
    }
}
