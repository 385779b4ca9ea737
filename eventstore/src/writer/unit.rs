//! A command inside the writer: its type erased, its caller waiting.

use std::any::TypeId;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::{Decision, Halt, Refusal, Stream, Work};
use tokio::sync::oneshot;

use super::stamp;
use crate::command::{Answer, Command, Key, Origin, WriterError};

/// What a caller waits for.
pub(super) type Reply<R> = Result<Answer<R>, WriterError>;
/// Where a caller's answer will arrive.
type Pending<R> = oneshot::Receiver<Reply<R>>;

/// One command on its way through the writer.
pub(super) struct Unit {
    pub(super) key: Key,
    /// The command's own time.
    pub(super) at: DateTime<Utc>,
    /// The metadata of its events, as far as it is known beforehand.
    pub(super) stamp: String,
    /// What to have in the cache before deciding; grows with what a decision was found to miss.
    pub(super) streams: Vec<Stream>,
    /// Units with the same key that came while this one was under way: they share its answer.
    pub(super) followers: Vec<Unit>,
    /// How often it went to load streams.
    pub(super) loads: u32,
    phase: Phase,
    job: Box<dyn Job>,
}

/// What became of a unit.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Its events are in the log.
    Accepted { position: i64 },
    /// The rules said no.
    Refused { refusal: Refusal, position: i64 },
    /// Its key had been used.
    Stored(Stored),
    /// It has no outcome.
    Failed(WriterError),
}

/// The outcome that is stored under a key.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// What the key was used for.
    pub(super) request_hash: [u8; 32],
    pub(super) accepted: bool,
    pub(super) position: i64,
    /// The reply or refusal as JSON; `None` if it was not kept.
    pub(super) body: Option<String>,
}

impl Unit {
    /// A unit, and where its answer will arrive.
    ///
    /// # Errors
    /// The metadata does not serialize.
    pub(super) fn new<D: Decision>(
        command: Command<D>,
    ) -> serde_json::Result<(Self, Phase, Pending<D::Reply>)> {
        let Command { key, metadata, decision } = command;
        let (caller, answer) = oneshot::channel();
        let phase = Phase::default();
        let unit = Self {
            stamp: stamp::prepare(&metadata, &key)?,
            at: metadata.occurred_at,
            key,
            streams: decision.streams(),
            followers: Vec::new(),
            loads: 0,
            phase: phase.clone(),
            job: Box::new(Typed { decision, reply: Mutex::new(None), caller }),
        };
        Ok((unit, phase, answer))
    }

    /// Whether the caller still waits; if so, from now on its outcome may be unknown to it.
    pub(super) fn take(&self) -> bool {
        self.phase.move_to(TAKEN)
    }

    /// Whether both ask under one key.
    pub(super) fn has_key_of(&self, other: &Unit) -> bool {
        self.key.scope == other.key.scope && self.key.key == other.key.key
    }

    /// Lets a later unit with the same key, and those behind it, share this one's answer.
    pub(super) fn follow(&mut self, mut later: Unit) {
        let behind = std::mem::take(&mut later.followers);
        self.followers.push(later);
        self.followers.extend(behind);
    }

    /// Runs the decision; answers what a replay will be answered with, if anybody can ask for it.
    pub(super) fn decide(&mut self, work: &mut Work<'_>) -> Result<Option<String>, Halt> {
        self.job.decide(work)?;
        if !self.keeps_answer() {
            return Ok(None);
        }
        self.job.body().map_err(|e| Halt::Fault(format!("the reply does not serialize: {e}")))
    }

    /// Nobody can repeat a key that was drawn for one attempt.
    pub(super) fn keeps_answer(&self) -> bool {
        self.key.origin != Origin::Drawn
    }

    /// Answers the caller, and nobody else.
    pub(super) fn answer(self, verdict: Verdict) {
        let verdict = match verdict {
            Verdict::Stored(stored) if stored.request_hash != self.key.request_hash => {
                match self.key.origin {
                    Origin::Client | Origin::Drawn => Verdict::Failed(WriterError::KeyReused),
                    Origin::Fact => {
                        let Key { scope, key, .. } = &self.key;
                        tracing::info!(scope, key, "already done by another request with this key");
                        Verdict::Stored(stored)
                    }
                }
            }
            verdict => verdict,
        };
        self.job.answer(verdict);
    }

    /// Answers the caller and every follower from what is stored under the key.
    pub(super) fn replay(mut self, stored: &Stored) {
        self.replay_followers(stored);
        self.answer(Verdict::Stored(stored.clone()));
    }

    /// Answers the followers from what was just stored under the key.
    pub(super) fn replay_followers(&mut self, stored: &Stored) {
        for follower in std::mem::take(&mut self.followers) {
            follower.answer(Verdict::Stored(stored.clone()));
        }
    }

    /// Fails the caller and every follower.
    pub(super) fn fail(mut self, error: &WriterError) {
        for follower in std::mem::take(&mut self.followers) {
            follower.answer(Verdict::Failed(error.clone()));
        }
        self.answer(Verdict::Failed(error.clone()));
    }

    /// Fails the caller; the first follower leads the others from now on.
    pub(super) fn fail_alone(mut self, error: WriterError) -> Option<Unit> {
        let mut followers = std::mem::take(&mut self.followers).into_iter();
        let next = followers.next().map(|leader| Unit { followers: followers.collect(), ..leader });
        self.answer(Verdict::Failed(error));
        next
    }
}

/// How far a unit has come, shared with its caller: decides which of them gives up first.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<AtomicU8>);

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const ABANDONED: u8 = 2;

impl Phase {
    /// Whether the writer will never decide it, because it had not begun to.
    pub(super) fn abandon(&self) -> bool {
        self.move_to(ABANDONED)
    }

    fn move_to(&self, phase: u8) -> bool {
        let moved = self.0.compare_exchange(WAITING, phase, Ordering::AcqRel, Ordering::Acquire);
        moved.is_ok() || moved == Err(phase)
    }
}

trait Job: Send + Sync {
    fn decide(&mut self, work: &mut Work<'_>) -> Result<(), Halt>;
    fn body(&mut self) -> serde_json::Result<Option<String>>;
    fn answer(self: Box<Self>, verdict: Verdict);
}

struct Typed<D: Decision> {
    decision: D,
    /// Never shared: the lock only says so to the compiler, where replies need not be `Sync`.
    reply: Mutex<Option<D::Reply>>,
    caller: oneshot::Sender<Reply<D::Reply>>,
}

impl<D: Decision> Job for Typed<D> {
    fn decide(&mut self, work: &mut Work<'_>) -> Result<(), Halt> {
        self.reply = Mutex::new(None);
        self.reply = Mutex::new(Some(self.decision.decide(work)?));
        Ok(())
    }

    fn body(&mut self) -> serde_json::Result<Option<String>> {
        match self.reply.get_mut().unwrap_or_else(PoisonError::into_inner) {
            Some(reply) if !is_unit::<D::Reply>() => serde_json::to_string(reply).map(Some),
            Some(_) | None => Ok(None),
        }
    }

    fn answer(self: Box<Self>, verdict: Verdict) {
        let answer = match verdict {
            Verdict::Accepted { position } => match owned(self.reply) {
                Some(reply) => Ok(Answer { position, replayed: false, outcome: Ok(reply) }),
                None => Err(WriterError::Fault("accepted without a reply".to_owned())),
            },
            Verdict::Refused { refusal, position } => {
                Ok(Answer { position, replayed: false, outcome: Err(refusal) })
            }
            Verdict::Stored(stored) => replayed(&stored),
            Verdict::Failed(error) => Err(error),
        };
        let _ = self.caller.send(answer); // A caller that left does not need it.
    }
}

fn owned<R>(reply: Mutex<R>) -> R {
    reply.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// An empty reply needs no row to be replayed from.
fn is_unit<R: 'static>() -> bool {
    TypeId::of::<R>() == TypeId::of::<()>()
}

fn replayed<R: serde::de::DeserializeOwned + 'static>(stored: &Stored) -> Reply<R> {
    let Stored { accepted, position, body, .. } = stored;
    let body = match body {
        Some(body) => body.as_str(),
        None if *accepted && is_unit::<R>() => "null",
        None => return Err(WriterError::AnswerGone { position: *position }),
    };
    let outcome = if *accepted {
        serde_json::from_str(body).map(Ok)
    } else {
        serde_json::from_str(body).map(Err)
    };
    match outcome {
        Ok(outcome) => Ok(Answer { position: *position, replayed: true, outcome }),
        Err(e) => Err(WriterError::Fault(format!("the stored answer does not decode: {e}"))),
    }
}
