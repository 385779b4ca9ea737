//! From what a process or timer wants done to a command in the log: maybe by asking the outside
//! world first, then through the writer, under a key derived from the business fact.

use std::error::Error;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use domain::{Actor, Decision, Halt, Metadata, Refusal, Stream, Work};
use futures::FutureExt;
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::backoff::Backoff;
use crate::command::Clock;
use crate::writer::Writer;
use crate::{Command, Entry, Key, Origin, WriterError};

/// Carries out acts of type `A`: the one place where a process or timer meets the outside.
pub trait Carrier<A>: Send + Sync + 'static {
    /// What the act is about. Acts about the same thing are carried out one after another, and it
    /// is a part of the command's key: two acts on one event differ in it.
    fn target(&self, act: &A) -> String;

    /// Whether it waits for the outside, which may not answer for long. Such acts leave room for
    /// those that do not.
    fn waits_outside(&self, _act: &A) -> bool {
        false
    }

    /// The command that the act comes to, asking the outside first where it must; `None` if there
    /// is nothing left to do. `id` is the same each time this act is tried: a provider gets it, or
    /// something else as lasting, as its idempotency key, for it is asked at least once.
    fn carry_out(
        &self,
        act: &A,
        id: Uuid,
    ) -> impl Future<Output = Result<Option<Submission>, ActError>> + Send;
}

/// Why an act could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The outside does not answer; tried again, for as long as it takes.
    #[error("not possible at the moment")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It can never be: a bug, or a kind nobody knows. Loud, and not forgotten.
    #[error("cannot be carried out")]
    Fault(#[source] Box<dyn Error + Send + Sync>),
}

/// A decision whose type has been erased, to be submitted as often as it takes.
pub struct Submission(Box<dyn Submit>);

impl Submission {
    /// Ready to be submitted.
    pub fn of<D: Decision>(decision: D) -> Self {
        Self(Box::new(Shared(Arc::new(decision))))
    }
}

/// What an act is done for: the fact its key is derived from, and who asks.
#[derive(Debug, Clone)]
pub(crate) struct Cause {
    /// `process:<name>` or `timer`.
    pub(crate) scope: String,
    /// Derived from the fact.
    pub(crate) id: Uuid,
    /// The process's or timer's name.
    pub(crate) actor: String,
    /// The event that caused it, if an event did.
    pub(crate) entry: Option<Arc<Entry>>,
}

/// The writer, and the clock by which commands of processes and timers happen.
#[derive(Clone)]
pub struct Submitter {
    /// Where commands go.
    pub writer: Writer,
    /// The edge's clock.
    pub clock: Arc<dyn Clock>,
}

impl Submitter {
    /// One attempt at an act. A refusal ends it well: the rules have spoken, and nothing more comes
    /// of it.
    pub(crate) async fn carry_out<A, C: Carrier<A>>(
        &self,
        carrier: &C,
        act: &A,
        cause: &Cause,
    ) -> Result<(), ActError> {
        match carrier.carry_out(act, cause.id).await? {
            Some(submission) => {
                self.submit(&submission, cause).await.map_err(|error| ActError::Fault(error.into()))
            }
            None => Ok(()),
        }
    }

    /// Submits until there is an outcome.
    async fn submit(&self, submission: &Submission, cause: &Cause) -> Result<(), WriterError> {
        let mut backoff = Backoff::new();
        loop {
            let metadata = cause.metadata(self.clock.now());
            match submission.0.submit(self.writer.clone(), cause.key(), metadata).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(refusal)) => {
                    let scope = cause.scope.clone();
                    tracing::info!(scope, id = %cause.id, ?refusal, "refused");
                    metrics::counter!("folio_acts_refused_total", "scope" => scope).increment(1);
                    return Ok(());
                }
                // It happened; only what was answered is no longer known.
                Err(WriterError::KeyReused | WriterError::AnswerGone { .. }) => return Ok(()),
                Err(WriterError::Busy { retry_after }) => tokio::time::sleep(retry_after).await,
                Err(WriterError::OutcomeUnknown | WriterError::ShuttingDown) => {
                    backoff.wait().await;
                }
                Err(error @ (WriterError::OutOfBounds(_) | WriterError::Fault(_))) => {
                    return Err(error);
                }
            }
        }
    }
}

impl Cause {
    /// The same fact always has the same key and hash, so its second arrival is a replay.
    fn key(&self) -> Key {
        let key = self.id.to_string();
        let mut request_hash = [0; 32];
        request_hash.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
        Key { scope: self.scope.clone(), key, request_hash, origin: Origin::Fact }
    }

    fn metadata(&self, occurred_at: DateTime<Utc>) -> Metadata {
        let from = self.entry.as_ref().map(|entry| &entry.metadata);
        let correlation_id = from.map_or(self.id, |metadata| metadata.correlation_id);
        Metadata {
            causation_id: self.entry.as_ref().map(|entry| entry.recorded.event_id),
            request_id: from.and_then(|metadata| metadata.request_id.clone()),
            traceparent: from.and_then(|metadata| metadata.traceparent.clone()),
            ..Metadata::new(Actor::Process(self.actor.clone()), occurred_at, correlation_id)
        }
    }
}

type Outcome = Result<Result<(), Refusal>, WriterError>;

trait Submit: Send + Sync {
    fn submit(&self, writer: Writer, key: Key, metadata: Metadata) -> BoxFuture<'static, Outcome>;
}

/// A decision that can be submitted again while an earlier attempt may still be under way.
struct Shared<D>(Arc<D>);

impl<D: Decision> Decision for Shared<D> {
    type Reply = D::Reply;

    fn streams(&self) -> Vec<Stream> {
        self.0.streams()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<D::Reply, Halt> {
        self.0.decide(work)
    }
}

impl<D: Decision> Submit for Shared<D> {
    fn submit(&self, writer: Writer, key: Key, metadata: Metadata) -> BoxFuture<'static, Outcome> {
        let decision = Self(Arc::clone(&self.0));
        async move {
            let answer = writer.execute(Command { key, metadata, decision }).await?;
            Ok(answer.outcome.map(|_reply| ()))
        }
        .boxed()
    }
}
