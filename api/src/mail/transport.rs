//! Ways a letter can take: a mail server, a folder, or the log.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use uuid::Uuid;

/// After this long a mail server's answer is not awaited any more.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Worth another try: no answer, or "not now".
    #[error("not sent")]
    Passing(#[source] anyhow::Error),
    /// It will never be taken.
    #[error("refused")]
    Permanent(#[source] anyhow::Error),
}

/// A letter on its way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), SendError>> + Send + 'a>>;

/// Takes letters out of the house.
pub trait Transport: Send + Sync {
    /// Sends one; `id` is the same each time it is tried.
    fn send(&self, id: Uuid, message: Message) -> Sending<'_>;
}

/// What a URL names: `smtp://host`, `smtps://user@host`, `file:///folder` or `log:`.
///
/// # Errors
/// It names nothing of these; says what would be right.
pub fn transport(url: &str, smtp_password: Option<&str>) -> anyhow::Result<Box<dyn Transport>> {
    let parsed: reqwest::Url = url.parse().context("FOLIO_MAIL_URL is no URL")?;
    match parsed.scheme() {
        "smtp" | "smtps" => Ok(Box::new(Smtp::open(parsed, smtp_password)?)),
        "file" => Ok(Box::new(Folder(parsed.path().into()))),
        "log" => {
            tracing::warn!("letters go to the log, with their secrets: for development only");
            Ok(Box::new(Log))
        }
        _ => bail!("FOLIO_MAIL_URL must begin with smtp://, smtps://, file:/// or be log:"),
    }
}

struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    /// The password comes from the secrets and never stands in the URL.
    fn open(mut url: reqwest::Url, password: Option<&str>) -> anyhow::Result<Self> {
        ensure!(url.password().is_none(), "FOLIO_MAIL_URL: put the password into smtp-password");
        let user = url.username().to_owned();
        if url.set_username("").is_err() {
            bail!("FOLIO_MAIL_URL names no host");
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str());
        let mut builder = builder.context("FOLIO_MAIL_URL")?.timeout(Some(TIMEOUT));
        if !user.is_empty() {
            let password = password.context("FOLIO_MAIL_URL names a user: make smtp-password")?;
            let in_clear = url.scheme() == "smtp"
                && !url.query_pairs().any(|(name, tls)| name == "tls" && tls == "required");
            ensure!(!in_clear, "FOLIO_MAIL_URL: a password needs smtps:// or ?tls=required");
            builder = builder.credentials(Credentials::new(user, password.to_owned()));
        }
        Ok(Self(builder.build()))
    }
}

impl Transport for Smtp {
    fn send(&self, _: Uuid, message: Message) -> Sending<'_> {
        Box::pin(async move {
            match self.0.send(message).await {
                Ok(_) => Ok(()),
                // What the server says is not repeated: it may quote the address.
                Err(error) if error.is_permanent() => {
                    Err(SendError::Permanent(anyhow::anyhow!("the mail server refuses it")))
                }
                Err(error) if error.is_response() => {
                    Err(SendError::Passing(anyhow::anyhow!("the mail server says: not now")))
                }
                Err(error) => Err(SendError::Passing(error.into())),
            }
        })
    }
}

/// A file per letter; a letter sent twice is one file.
struct Folder(PathBuf);

impl Transport for Folder {
    fn send(&self, id: Uuid, message: Message) -> Sending<'_> {
        Box::pin(async move {
            let written = async {
                tokio::fs::create_dir_all(&self.0).await?;
                let beside = self.0.join(format!("{id}.new"));
                tokio::fs::write(&beside, message.formatted()).await?;
                tokio::fs::rename(&beside, self.0.join(format!("{id}.eml"))).await
            };
            written.await.map_err(|e| SendError::Passing(e.into()))
        })
    }
}

struct Log;

impl Transport for Log {
    fn send(&self, _: Uuid, message: Message) -> Sending<'_> {
        let text = String::from_utf8_lossy(&message.formatted()).into_owned();
        tracing::info!(text, "a letter");
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_mail_url_that_would_send_the_password_in_clear_is_refused() {
        for url in ["smtp://ann@mail.example", "smtp://ann@mail.example?tls=opportunistic"] {
            assert!(transport(url, Some("secret")).is_err(), "{url}");
        }
        transport("smtps://ann@mail.example", Some("secret")).unwrap();
        transport("smtp://ann@mail.example:587?tls=required", Some("secret")).unwrap();
        transport("smtp://127.0.0.1:25", None).unwrap();
    }

    #[test]
    fn a_mail_url_says_what_is_missing_without_repeating_secrets() {
        let error = |url, password| transport(url, password).err().unwrap().to_string();
        assert!(error("smtps://ann@mail.example", None).contains("smtp-password"));
        let spoken = error("smtps://ann:secret@mail.example", None);
        assert!(spoken.contains("smtp-password") && !spoken.contains("secret@"), "{spoken}");
        assert!(error("http://mail.example", None).contains("smtp://"));
    }
}
