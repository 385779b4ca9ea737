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
        Letter::EmailChangeAsked => (
            "Your e-mail address is about to change",
            format!(
                "Somebody who knows your password, probably you, asked to sign in to Folio with \
                 another address instead of this one.\n\nIf it was not you, choose a new password \
                 now, which stops it:\n\n{app_url}/forgot-password\n"
            ),
        ),
        Letter::EmailChanged => (
            "Your e-mail address was changed",
            "You sign in to Folio with another address from now on; this one is no longer yours \
             there.\n\nIf it was not you, write to support.\n"
                .to_owned(),
        ),
        Letter::PayoutAccountSet => (
            "Your payout account was set",
            format!(
                "What you earn at Folio is paid to another bank account from now on. Payouts that \
                 you asked for before go where they were to go.\n\nIf it was not you, choose a new \
                 password now, and write to support:\n\n{app_url}/forgot-password\n"
            ),
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
    }
}
