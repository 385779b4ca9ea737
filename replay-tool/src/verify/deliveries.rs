//! Deliveries of providers that were stored and have no outcome (b3.8). A service at work may have
//! some at any moment, so they are told; but none may be open longer than it is tried for.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::WebhookId;
use domain::patience::ASK_AGAIN;
use domain::webhooks::WebhookEvent;

use super::meanwhile::Suspicion;

const CHECK: &str = "deliveries";

/// What was received and not worked off: since which position, and when.
#[derive(Debug, Default)]
pub struct Deliveries {
    open: HashMap<WebhookId, (i64, DateTime<Utc>)>,
    /// When the last event of the log was recorded.
    now: DateTime<Utc>,
}

impl Deliveries {
    /// Sees that something was recorded, whatever it is.
    pub fn pass(&mut self, recorded_at: DateTime<Utc>) {
        self.now = self.now.max(recorded_at);
    }

    /// Sees one event.
    pub fn see(&mut self, event: &WebhookEvent, position: i64, recorded_at: DateTime<Utc>) {
        match event {
            WebhookEvent::Received { rejected: Some(_), .. } => {} // Settled as it came.
            WebhookEvent::Received { webhook, .. }
            | WebhookEvent::Deferred { webhook, .. }
            | WebhookEvent::Replayed { webhook, .. } => {
                self.open.insert(*webhook, (position, recorded_at));
            }
            WebhookEvent::Processed { webhook, .. }
            | WebhookEvent::Ignored { webhook, .. }
            | WebhookEvent::Rejected { webhook, .. }
            | WebhookEvent::Failed { webhook, .. } => {
                self.open.remove(webhook);
            }
            WebhookEvent::BodyViewed { .. } => {}
        }
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.open.len()
    }

    /// Those of which nothing was heard for longer than all tries of one delivery take together. A
    /// service that was away for so long may just be working them off.
    pub fn overdue(&self) -> Vec<Suspicion> {
        let schedule: TimeDelta = ASK_AGAIN.iter().sum();
        let overdue = |(webhook, (position, since)): (&WebhookId, &(i64, DateTime<Utc>))| {
            let detail = format!("delivery {webhook} has had no outcome since {since}");
            let stream = ("webhook", webhook.0);
            (self.now - *since > schedule)
                .then(|| Suspicion::of_stream(CHECK, *position, detail, stream))
        };
        self.open.iter().filter_map(overdue).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_overdue_when_its_tries_are_over_by_the_logs_own_time() {
        let webhook = WebhookId::of("toss", "1");
        let (first, day) = (DateTime::UNIX_EPOCH, TimeDelta::days(1));
        let deferred =
            |attempt| WebhookEvent::Deferred { webhook, why: "timeout".to_owned(), attempt };
        let mut deliveries = Deliveries::default();
        deliveries.see(&deferred(1), 1, first);
        deliveries.pass(first + TimeDelta::hours(2));
        assert_eq!(deliveries.overdue().len(), 0, "its last try may be to come");
        deliveries.pass(first + day);
        assert_eq!(deliveries.overdue().len(), 1);
        deliveries.see(&deferred(2), 2, first + day);
        assert_eq!((deliveries.overdue().len(), deliveries.waiting()), (0, 1));
        deliveries.see(&WebhookEvent::Failed { webhook, error: String::new() }, 3, first + day);
        deliveries.pass(first + day + day);
        assert_eq!((deliveries.overdue().len(), deliveries.waiting()), (0, 0));
    }
}
