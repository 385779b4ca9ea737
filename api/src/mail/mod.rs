//! Letters on their way out: the outbox lies in the vault as timers (`domain::mail`); here a timer
//! that rings becomes a letter and leaves by SMTP, into a folder, or into the log. At least once:
//! a crash between sending and forgetting sends it again, under the same Message-ID.

mod letter;
mod notice;
mod transport;

pub use transport::{SendError, Transport, transport};

use anyhow::Context as _;
use domain::mail::{Mail, PostponeMail};
use domain::users::PERSON_KEY;
use eventstore::Vault;
use eventstore::carry::{ActError, Submission};
use lettre::message::header::{ContentTransferEncoding, ContentType, MIME_VERSION_1_0};
use lettre::message::{Body, Mailbox, MessageBuilder};
use tokio::sync::Semaphore;

use self::letter::Place;
use crate::config::LoginConfig;

/// Letters sent at once. Less than the timers that ring at once, so that a mail server that hangs
/// keeps no other timer waiting.
const SENDING_MAX: usize = 16;

/// Longest line of a letter without its end (RFC 5322, 2.1.1).
const LINE_BYTES_MAX: usize = 998;

/// Sends letters.
pub struct Post {
    transport: Box<dyn Transport>,
    from: Mailbox,
    place: Place,
    vault: Vault,
    places: Semaphore,
}

impl Post {
    /// As the configuration says.
    ///
    /// # Errors
    /// The transport or the sender cannot be used.
    pub fn open(
        config: &LoginConfig,
        smtp_password: Option<&str>,
        vault: Vault,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            transport: transport(&config.mail.url, smtp_password)?,
            from: config.mail.from.parse().context("FOLIO_MAIL_FROM")?,
            place: Place { app_url: config.app_url.clone(), support: config.mail.support.clone() },
            vault,
            places: Semaphore::new(SENDING_MAX),
        })
    }

    /// Sends what lies in the outbox; what failed is put off, and given up in the end. Neither the
    /// address nor the token is ever logged.
    ///
    /// # Errors
    /// The record cannot be read, or the vault cannot be asked.
    pub async fn deliver(&self, record: &[u8]) -> Result<Option<Submission>, ActError> {
        let mail: Mail = serde_json::from_slice(record).map_err(|e| ActError::Fault(e.into()))?;
        let (id, letter) = (mail.id, mail.letter.name());
        let Ok(_place) = self.places.try_acquire() else {
            return Ok(Some(Submission::of(PostponeMail { mail, tried: false })));
        };
        let person = mail.user.to_string();
        let person = self.vault.get(PERSON_KEY, &person).await;
        if person.map_err(|e| ActError::Unavailable(e.into()))?.is_none() {
            return Ok(None); // They left; the letter goes with them.
        }
        match self.send(&mail).await {
            Ok(()) => {
                tracing::info!(%id, letter, "a letter was sent");
                count("sent", letter);
                Ok(None)
            }
            Err(SendError::Permanent(error)) => {
                tracing::warn!(%id, letter, error = format!("{error:#}"), "a letter was refused");
                count("refused", letter);
                Ok(None)
            }
            Err(SendError::Passing(error)) => {
                let (error, failures) = (format!("{error:#}"), mail.failures + 1);
                let postpone = PostponeMail { mail, tried: true };
                let outcome = if postpone.gives_up() { "given_up" } else { "failed" };
                tracing::warn!(%id, letter, failures, outcome, error, "a letter could not be sent");
                count(outcome, letter);
                Ok(Some(Submission::of(postpone)))
            }
        }
    }

    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let to = mail.to.parse().map_err(|e| SendError::Permanent(anyhow::Error::from(e)))?;
        let (subject, body) = letter::write(&mail.letter, &self.place);
        let message = MessageBuilder::new()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .subject(subject)
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(plain(body))
            .map_err(|e| SendError::Permanent(e.into()))?;
        self.transport.send(mail.id, message).await
    }
}

/// As it was written where RFC 5322 allows it, so that a link stays one line; the library would
/// break it at 76 characters, and not every reader joins what was broken.
fn plain(text: String) -> Body {
    if text.is_ascii() && text.lines().all(|line| line.len() <= LINE_BYTES_MAX) {
        let lines = text.replace('\n', "\r\n").into_bytes();
        return Body::dangerous_pre_encoded(lines, ContentTransferEncoding::SevenBit);
    }
    Body::new(text)
}

fn count(outcome: &'static str, letter: &'static str) {
    metrics::counter!("folio_letters_total", "outcome" => outcome, "letter" => letter).increment(1);
}
