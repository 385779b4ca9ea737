//! The hot path: callers hand in commands, one task decides them in memory and appends them in
//! batches, each with one round trip (D2; log protocol, B).

mod actor;
mod append;
mod batch;
mod beside;
mod bounds;
mod cache;
mod claims;
mod config;
mod failure;
mod fold;
mod health;
mod load;
mod recover;
mod round;
mod rows;
mod session;
mod settle;
mod stamp;
mod unit;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::Decision;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use self::actor::Actor;
use self::beside::Beside;
use self::health::{Trouble, Vitals};
use self::session::Session;
use self::unit::Unit;
use crate::command::{Answer, Command, WriterError};

pub use self::config::WriterConfig;
pub use self::health::Health;
pub use self::session::SessionError;

/// When to come again after back-pressure.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Hands commands to the writer. Cheap to clone; the writer ends when it is shut down or the last
/// handle is gone, after answering what it had taken.
#[derive(Debug, Clone)]
pub struct Writer {
    queue: mpsc::Sender<Unit>,
    closing: Arc<Closing>,
    committed: watch::Receiver<i64>,
    trouble: watch::Receiver<Option<Trouble>>,
    deadline: Duration,
}

impl Writer {
    /// Connects and starts the writer's task; the handle ends with it.
    ///
    /// # Errors
    /// The database cannot be reached, or would not keep what the protocol relies on.
    pub async fn start(config: WriterConfig) -> Result<(Self, JoinHandle<()>), SessionError> {
        let session = Session::open(&config).await?;
        let beside = Beside::new(&config).map_err(|e| SessionError::Unfit(e.to_string()))?;
        let (queue, waiting) = mpsc::channel(config.queue_max.max(1));
        let (committing, committed) = watch::channel(session.head);
        let closing = Arc::new(Closing::default());
        let deadline = config.deadline;
        let (vitals, trouble) = Vitals::new();
        let signals = Signals { closing: Arc::clone(&closing), committed: committing, vitals };
        let actor = Actor::new(config, waiting, signals, (beside, session));
        Ok((Self { queue, closing, committed, trouble, deadline }, tokio::spawn(actor.run())))
    }

    /// Decides a command and makes its outcome durable, once for its key, whatever repeats.
    ///
    /// # Errors
    /// [`WriterError`] says for each case whether anything was done.
    pub async fn execute<D: Decision>(
        &self,
        command: Command<D>,
    ) -> Result<Answer<D::Reply>, WriterError> {
        bounds::check_key(&command.key).map_err(WriterError::OutOfBounds)?;
        let (unit, phase, answer) =
            Unit::new(command).map_err(|e| WriterError::Fault(e.to_string()))?;
        self.queue.try_send(unit).map_err(|refused| match refused {
            TrySendError::Full(_) => WriterError::Busy { retry_after: RETRY_AFTER },
            TrySendError::Closed(_) => WriterError::ShuttingDown,
        })?;
        match tokio::time::timeout(self.deadline, answer).await {
            Ok(Ok(answer)) => answer,
            Err(_) if phase.abandon() => Err(WriterError::Busy { retry_after: RETRY_AFTER }),
            Ok(Err(_)) | Err(_) => Err(WriterError::OutcomeUnknown),
        }
    }

    /// The last position this writer knows to be committed, for wake-ups within the process.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<i64> {
        self.committed.clone()
    }

    /// Whether it can write. One that was shut down cannot.
    #[must_use]
    pub fn health(&self) -> Health {
        if self.queue.is_closed() {
            return Health::Down("the writer has ended".to_owned());
        }
        health::of(self.trouble.borrow().as_ref())
    }

    /// Takes nothing more, and waits until everything taken is answered.
    pub async fn shutdown(&self) {
        self.closing.request();
        let mut committed = self.committed.clone();
        while committed.changed().await.is_ok() {} // It ends with the writer's task.
    }
}

/// What the writer's task and its handles tell each other, besides commands and answers.
struct Signals {
    closing: Arc<Closing>,
    committed: watch::Sender<i64>,
    vitals: Vitals,
}

/// The wish that the writer should end.
#[derive(Debug, Default)]
struct Closing {
    requested: AtomicBool,
    wake: Notify,
}

impl Closing {
    fn request(&self) {
        self.requested.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    fn requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }

    async fn wait(&self) {
        self.wake.notified().await;
    }
}
