//! A worker's shift: take a job, paint it, deliver it, until told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use tokio::sync::watch;

use crate::client::{CallError, Client, pause_after};
use crate::paint::{Motif, Painting, PngError, SIDE_MAX};
use crate::protocol::{
    Claim, Complete, Declared, Fail, Heartbeat, InHand, Job, Outputs, Progress, Register, Uploaded,
};

/// How often a job's progress is told while it is painted.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// How often the lease of a job in hand is renewed; it is good for a minute.
const BEAT_EVERY: Duration = Duration::from_secs(5);

/// Words this worker does not paint: a stand-in for a real filter of prompts and pictures.
const BLOCKED: [&str; 3] = ["gore", "nsfw", "nude"];

/// What a worker is told at its start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the service is.
    pub url: String,
    /// The key an operator issued.
    pub key: String,
    /// What it paints with, for people.
    pub gpu: String,
    /// Classes of jobs it takes.
    pub classes: Vec<String>,
    /// How long a step takes at least: a GPU's pace, for those who want to watch.
    pub pace: Duration,
}

/// A registered worker.
#[derive(Debug)]
pub struct Worker {
    client: Client,
    options: Options,
}

/// Why a job was not delivered.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error("the customer stepped back")]
    Canceled,
    #[error("this is not painted here")]
    Blocked,
    #[error("the order cannot be painted: {0}")]
    Unpaintable(String),
    #[error(transparent)]
    Png(#[from] PngError),
    #[error("the painter broke down")]
    Painter(#[from] tokio::task::JoinError),
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Worker {
    /// Registers with the service.
    ///
    /// # Errors
    /// The key is refused, or there is no answer for minutes.
    pub async fn register(options: Options) -> Result<Self, CallError> {
        let client = Client::new(&options.url, options.key.clone());
        let register = Register { gpu: options.gpu.clone(), classes: options.classes.clone() };
        client.register(&register).await?;
        tracing::info!(url = options.url, gpu = options.gpu, "registered");
        Ok(Self { client, options })
    }

    /// Works until `stop` turns true; a job in hand is finished first.
    ///
    /// # Errors
    /// The service refuses this worker: its key no longer works.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) -> Result<(), CallError> {
        let mut failures = 0;
        while !*stop.borrow() {
            let claimed = tokio::select! {
                claimed = self.claim() => claimed,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            match claimed {
                Ok(Some(job)) => self.work_on(job).await,
                Ok(None) => {}
                Err(error) if error.is_final() => return Err(error),
                Err(error) => {
                    failures += 1;
                    tracing::warn!(error = &error as &dyn std::error::Error, failures, "no claim");
                    tokio::time::sleep(pause_after(failures)).await;
                    continue;
                }
            }
            failures = 0;
        }
        tracing::info!("stopped");
        Ok(())
    }

    async fn claim(&self) -> Result<Option<Job>, CallError> {
        let classes = self.options.classes.clone();
        self.client.claim(&Claim { classes, models_cached: Vec::new() }).await
    }

    /// Works on a job to its end; what goes wrong is told to the service, never carried further.
    async fn work_on(&self, job: Job) {
        let (id, attempt) = (job.id, job.attempt);
        tracing::info!(job = %id, attempt, "painting");
        let fail = match self.deliver(job).await {
            Ok(()) => {
                tracing::info!(job = %id, attempt, "delivered");
                return;
            }
            Err(error @ (JobError::Canceled | JobError::Call(CallError::JobGone(_)))) => {
                tracing::info!(job = %id, attempt, %error, "dropped");
                return;
            }
            Err(error) => {
                tracing::warn!(job = %id, attempt, error = &error as &dyn std::error::Error, "failed");
                let (code, retryable) = error.code();
                Fail { attempt, code, message: error.to_string(), retryable }
            }
        };
        if let Err(error) = self.client.fail(id, &fail).await {
            // Nothing is lost: the lease ends, and the service takes the job back.
            tracing::warn!(job = %id, error = &error as &dyn std::error::Error, "could not say so");
        }
    }

    /// Delivers, and keeps the lease until then, whatever has to be asked more than once.
    async fn deliver(&self, job: Job) -> Result<(), JobError> {
        let desk = Arc::new(Desk::default());
        tokio::select! {
            delivered = self.paint_and_hand_in(&job, &desk) => delivered,
            gone = self.keep(&job) => {
                desk.unwanted.store(true, Ordering::Relaxed); // The painter leaves after its step.
                Err(gone.into())
            }
        }
    }

    /// Renews the lease until it is not ours any more. A beat that fails is followed by another.
    async fn keep(&self, job: &Job) -> CallError {
        let beat = Heartbeat { jobs: vec![InHand { id: job.id, attempt: job.attempt }] };
        loop {
            tokio::time::sleep(BEAT_EVERY).await;
            match self.client.heartbeat(&beat).await {
                Ok(()) => {}
                Err(gone @ CallError::JobGone(_)) => return gone,
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "no beat");
                }
            }
        }
    }

    async fn paint_and_hand_in(&self, job: &Job, desk: &Arc<Desk>) -> Result<(), JobError> {
        let begun = Instant::now();
        let file = self.paint(job, motif(job)?, desk).await?;
        let gpu_seconds = begun.elapsed().as_secs_f64();
        let sha256 = digest(&SHA256, &file).as_ref().iter().map(|b| format!("{b:02x}")).collect();
        let declared = Declared { sha256, bytes: file.len() as u64 };
        let outputs = Outputs { attempt: job.attempt, outputs: vec![declared] };
        let links = self.client.outputs(job.id, &outputs).await?;
        let mut uploaded = Vec::new();
        for link in links.outputs {
            self.client.upload(&link.upload_url, &file).await?;
            uploaded.push(Uploaded { image_id: link.image_id });
        }
        let complete = Complete { attempt: job.attempt, outputs: uploaded, gpu_seconds };
        Ok(self.client.complete(job.id, &complete).await?)
    }

    /// Paints aside, telling how far it is, until it is done or nobody wants it any more.
    async fn paint(&self, job: &Job, motif: Motif, desk: &Arc<Desk>) -> Result<Vec<u8>, JobError> {
        let (painters_desk, pace) = (Arc::clone(desk), self.options.pace);
        let mut painter =
            tokio::task::spawn_blocking(move || painters_desk.paint(Painting::begin(motif), pace));
        loop {
            tokio::select! {
                painted = &mut painter => return painted?,
                () = tokio::time::sleep(PROGRESS_EVERY) => {}
            }
            if let Err(unwanted) = self.tell(job, desk).await {
                desk.unwanted.store(true, Ordering::Relaxed);
                let _ = painter.await; // It leaves at the end of its step.
                return Err(unwanted);
            }
        }
    }

    /// Tells how far a job is. What cannot be told now is told the next time; only the news that
    /// nobody wants it is an error.
    async fn tell(&self, job: &Job, desk: &Desk) -> Result<(), JobError> {
        let progress = Progress {
            attempt: job.attempt,
            step: desk.steps_done.load(Ordering::Relaxed),
            total_steps: job.parameters.steps,
            stage: "painting",
        };
        match self.client.progress(job.id, &progress).await {
            Err(gone @ CallError::JobGone(_)) => Err(gone.into()),
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "not told");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

impl JobError {
    /// The service's word for it, and whether another try may help.
    fn code(&self) -> (&'static str, bool) {
        match self {
            Self::Blocked => ("nsfw_blocked", false),
            Self::Unpaintable(_) => ("invalid_input", false),
            Self::Canceled | Self::Png(_) | Self::Painter(_) | Self::Call(_) => ("internal", true),
        }
    }
}

fn motif(job: &Job) -> Result<Motif, JobError> {
    let parameters = job.parameters.clone();
    let (width, height) = (parameters.width, parameters.height);
    let prompt = parameters.prompt.to_lowercase();
    if prompt.split(|c: char| !c.is_alphanumeric()).any(|word| BLOCKED.contains(&word)) {
        return Err(JobError::Blocked);
    }
    if !(1..=SIDE_MAX).contains(&width) || !(1..=SIDE_MAX).contains(&height) {
        return Err(JobError::Unpaintable(format!("{width}x{height} pixels")));
    }
    Ok(Motif {
        prompt: parameters.prompt,
        negative_prompt: parameters.negative_prompt,
        width,
        height,
        steps: parameters.steps.max(1),
        seed: parameters.seed,
    })
}

/// What the painter and the teller share.
#[derive(Default)]
struct Desk {
    steps_done: AtomicU32,
    unwanted: AtomicBool,
}

impl Desk {
    fn paint(&self, mut painting: Painting, pace: Duration) -> Result<Vec<u8>, JobError> {
        loop {
            let begun = Instant::now();
            if self.unwanted.load(Ordering::Relaxed) {
                return Err(JobError::Canceled);
            }
            if !painting.step() {
                return Ok(painting.finish()?);
            }
            self.steps_done.store(painting.steps_done(), Ordering::Relaxed);
            std::thread::sleep(pace.saturating_sub(begun.elapsed()));
        }
    }
}
