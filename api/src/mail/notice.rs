//! What people are told that was done in their account, and what to do if it was not them.

use domain::UserId;
use domain::mail::{Letter, Mail, Notice};
use domain::users::Provider;
use uuid::Uuid;

use super::letter::Place;
use crate::app::App;
use crate::auth::change_email::address_of;
use crate::extract::AtLeast;
use crate::problem::Problem;

impl App {
    /// The letter that tells somebody what was done in their account; none for whoever has no
    /// address.
    ///
    /// # Errors
    /// The address cannot be read.
    pub async fn notice(&self, user: UserId, notice: Notice) -> Result<Option<Mail>, Problem> {
        AtLeast::now(self).await?.reached(self, &["users"]).await?;
        let letter = Letter::Notice(notice);
        let to = address_of(self, user).await?;
        Ok(to.map(|to| Mail { id: Uuid::now_v7(), user, to, letter, failures: 0 }))
    }
}

/// Subject and text.
pub(super) fn write(notice: &Notice, place: &Place) -> (&'static str, String) {
    let (subject, what) = what(notice);
    (subject, format!("{what}\n\n{}\n", else_do(notice, place)))
}

/// What was done.
fn what(notice: &Notice) -> (&'static str, String) {
    let (subject, what) = match notice {
        Notice::EmailChangeAsked => (
            "Your e-mail address is about to change",
            "Somebody who knows your password, probably you, asked to sign in to Folio with \
             another address instead of this one.",
        ),
        Notice::EmailChanged => (
            "Your e-mail address was changed",
            "You sign in to Folio with another address from now on; this one is no longer yours \
             there.",
        ),
        Notice::PasswordChanged => (
            "Your password was changed",
            "Somebody who knew your password at Folio, probably you, chose another one. Everybody \
             who was signed in was signed out.",
        ),
        Notice::PasswordReset => (
            "Your password was replaced",
            "Somebody with the letter that we sent you, probably you, chose another password at \
             Folio. Everybody who was signed in was signed out.",
        ),
        Notice::ApiKeyCreated => {
            ("An API key was made", "A new API key lets a program act for you at Folio.")
        }
        Notice::ApiKeyRotated => {
            ("An API key has another secret", "One of your API keys at Folio got another secret.")
        }
        Notice::PayoutAccountSet => (
            "Your payout account was set",
            "What you earn at Folio is paid to another bank account from now on. Payouts that you \
             asked for before go where they were to go.",
        ),
        Notice::DeletionCanceled => (
            "Your account stays",
            "The deletion of your account at Folio was taken back: nothing is erased.",
        ),
        Notice::ProviderLinked { provider } => {
            let what = format!("An account of {} signs you in to Folio.", name(*provider));
            return ("Another way to sign in was added", what);
        }
        Notice::ProviderUnlinked { provider } => {
            let what =
                format!("Your account of {} signs you in to Folio no more.", name(*provider));
            return ("A way to sign in was taken away", what);
        }
        Notice::DeletionRequested { due } => {
            let due = due.format("%Y-%m-%d %H:%M UTC");
            let what = format!(
                "You asked us to delete your account at Folio. Everything in it is erased from \
                 {due} on; until then you can sign in and take it back."
            );
            return ("Your account will be deleted", what);
        }
        Notice::Suspended { reason } => {
            let what = format!("Your account at Folio was suspended.\n\nThe reason: {reason}");
            return ("Your account was suspended", what);
        }
    };
    (subject, what.to_owned())
}

/// What to do if it was not they.
fn else_do(notice: &Notice, place: &Place) -> String {
    let (app, support) = (&place.app_url, place.support());
    match notice {
        Notice::EmailChangeAsked => format!(
            "If it was not you, choose a new password now, which stops it:\n\n{app}/forgot-password"
        ),
        Notice::EmailChanged => format!("If it was not you, write to {support}."),
        Notice::PasswordChanged | Notice::PasswordReset => format!(
            "If it was not you, choose a new one now, and write to {support}:\n\n\
             {app}/forgot-password"
        ),
        Notice::ProviderLinked { .. }
        | Notice::ProviderUnlinked { .. }
        | Notice::ApiKeyCreated
        | Notice::ApiKeyRotated => format!(
            "If it was not you, choose a new password now, which signs everybody out, then look \
             through your accounts of providers and your API keys:\n\n{app}/forgot-password"
        ),
        Notice::PayoutAccountSet => format!(
            "If it was not you, choose a new password now, and write to {support}:\n\n\
             {app}/forgot-password"
        ),
        Notice::DeletionRequested { .. } => format!(
            "To keep it, sign in:\n\n{app}\n\nIf it was not you, choose a new password, too:\n\n\
             {app}/forgot-password"
        ),
        Notice::DeletionCanceled => {
            format!("If it was not you, choose a new password now:\n\n{app}/forgot-password")
        }
        Notice::Suspended { .. } => format!(
            "You can still sign in to take your data along, or to leave. If you think that we are \
             wrong, write to {support}."
        ),
    }
}

/// As it calls itself.
fn name(provider: Provider) -> &'static str {
    match provider {
        Provider::Google => "Google",
        Provider::Discord => "Discord",
    }
}
