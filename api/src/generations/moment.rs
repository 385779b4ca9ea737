//! What happened to a generation, in the words of the outside.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate as _;
use domain::generations::{FailureCode, Generation, GenerationEvent, Status};
use domain::{Event, GenerationId};
use eventstore::Entry;
use serde::Serialize;

use crate::app::App;
use crate::problem::{OrFault as _, Problem};

/// Events of one generation; four attempts and a few publications are far fewer.
const EVENTS_MAX: i64 = 1_000;

/// One turn in a generation's story.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Moment {
    /// What happened: the name of the event on the wire.
    #[serde(skip)]
    pub(super) name: &'static str,
    /// Where it stands then.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<FailureCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charged: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<i64>,
    at: DateTime<Utc>,
}

/// Follows a generation's story from its beginning, so that each turn is told with where it
/// stands.
#[derive(Debug, Default)]
pub(super) struct Teller {
    generation: Generation,
}

impl Teller {
    /// What an event means; `None` for what is no part of the way to the picture. Nothing comes
    /// after `settled`.
    pub(super) fn tell(&mut self, event: &GenerationEvent, at: DateTime<Utc>) -> Option<Moment> {
        self.generation.apply(event.clone());
        let status = self.generation.status().code();
        let moment = |name| Moment {
            name,
            status,
            attempt: None,
            error_code: None,
            retry_at: None,
            charged: None,
            released: None,
            at,
        };
        Some(match event {
            GenerationEvent::Requested { .. }
            | GenerationEvent::Described { .. }
            | GenerationEvent::Published { .. }
            | GenerationEvent::Unpublished { .. } => return None,
            GenerationEvent::Queued { attempt, .. } => {
                Moment { attempt: Some(*attempt), ..moment("queued") }
            }
            GenerationEvent::Started { attempt, .. } => {
                Moment { attempt: Some(*attempt), ..moment("started") }
            }
            GenerationEvent::AttemptFailed { attempt, code, .. } => Moment {
                attempt: Some(*attempt),
                error_code: Some(*code),
                ..moment("attempt_failed")
            },
            GenerationEvent::RetryScheduled { attempt, not_before, .. } => Moment {
                attempt: Some(*attempt),
                retry_at: Some(*not_before),
                ..moment("retry_scheduled")
            },
            GenerationEvent::Completed { attempt, .. } => {
                Moment { attempt: Some(*attempt), ..moment("completed") }
            }
            GenerationEvent::Failed { code, .. } => {
                Moment { error_code: Some(*code), ..moment("failed") }
            }
            GenerationEvent::Canceled { .. } => moment("canceled"),
            GenerationEvent::Settled { captured, released, .. } => Moment {
                charged: Some(captured.get()),
                released: Some(released.get()),
                ..moment("settled")
            },
        })
    }

    /// Whether a picture is being painted now, on this attempt.
    pub(super) fn paints(&self, attempt: u32) -> bool {
        self.generation.status() == Status::Processing && self.generation.attempt() == attempt
    }
}

/// All events of a generation so far.
pub(super) async fn story(app: &App, generation: GenerationId) -> Result<Vec<Arc<Entry>>, Problem> {
    let events = app.log.stream(Generation::TYPE, generation.0, 0, EVENTS_MAX).await;
    let events = events.or_fault("read a generation's story")?.into_iter();
    events.map(Entry::decode).collect::<Result<_, _>>().or_fault("read a generation's story")
}

/// What an entry tells of this generation, if it does.
pub(super) fn of_generation(entry: &Entry, generation: GenerationId) -> Option<&GenerationEvent> {
    let Event::Generation(event) = &entry.event else { return None };
    (entry.recorded.stream_id == generation.0).then_some(event)
}
