//! What is open has a timer, or it would stay open for ever (log protocol, A8): each purchase that
//! may still be paid, each hold, each generation, each lease, each delivery that was put off, each
//! export, and each subscription whose access ends, whose next month gets credits, or whose owner
//! wishes for something.

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use domain::aggregate::Decide;
use domain::exports::{EXPORT_END, EXPORT_MAKE, ExportEvent};
use domain::generations::{GenerationEvent, LEASE_LOST, QUEUE_EXPIRY, RETRY};
use domain::purchases::{PURCHASE_EXPIRY, PURCHASE_RECONCILE, PurchaseEvent};
use domain::subscriptions::{
    ACCESS_END, Access, Known, MONTH_GRANT, Subscription, SubscriptionEvent, WISH,
};
use domain::users::{ACCOUNT_DELETION, UserEvent};
use domain::wallets::{HOLD_EXPIRY, WalletEvent};
use domain::webhooks::{WEBHOOK_RETRY, WebhookEvent};
use domain::{
    Asset, Event, ExportId, GenerationId, HoldId, PurchaseId, SubscriptionId, UserId, WalletId,
    WebhookId,
};
use eventstore::audit::Audit;
use uuid::Uuid;

use super::finding::Findings;
use super::meanwhile::Suspicion;

const CHECK: &str = "timers";

/// What is open, and since which position.
#[derive(Debug, Default)]
pub struct Timers {
    purchases: HashMap<PurchaseId, i64>,
    /// With whether they end by themselves: only then a timer ends them.
    holds: HashMap<(UserId, Asset, HoldId), (i64, bool)>,
    generations: HashMap<GenerationId, i64>,
    leases: HashMap<GenerationId, i64>,
    retries: HashMap<GenerationId, i64>,
    deletions: HashMap<UserId, i64>,
    deferred: HashMap<WebhookId, i64>,
    /// Folded whole: what may end and when is theirs to say.
    subscriptions: HashMap<SubscriptionId, (Subscription, i64)>,
    exports: HashMap<(UserId, ExportId), i64>,
    files: HashMap<(UserId, ExportId), i64>,
}

/// Something open: its stream, since when, and its timer's key.
struct Open {
    stream: (&'static str, Uuid),
    since: i64,
    key: String,
}

impl Timers {
    /// Sees one event.
    pub fn see(&mut self, event: &Event, position: i64, findings: &mut Findings) {
        match event {
            Event::Purchase(event) => self.see_purchase(event, position),
            Event::Wallet(event) => self.see_wallet(event, position, findings),
            Event::Generation(event) => self.see_generation(event, position),
            Event::User(event) => self.see_user(event, position),
            Event::Export(event) => self.see_export(event, position),
            Event::Webhook(event) => self.see_webhook(event, position),
            Event::Subscription(event) => self.see_subscription(event, position),
            Event::Adjustment(_)
            | Event::Allowance(_)
            | Event::Artist(_)
            | Event::Payout(_)
            | Event::Package(_)
            | Event::Plan(_)
            | Event::Invoice(_)
            | Event::Style(_)
            | Event::Model(_)
            | Event::Worker(_)
            | Event::Image(_)
            | Event::Like(_)
            | Event::Session(_)
            | Event::Key(_) => {}
        }
    }

    /// What is open and has no timer. Of a running service it may have been closed since the log
    /// was read, so it is suspicious and not yet wrong.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn compare(&self, audit: &Audit) -> Result<Vec<Suspicion>> {
        let mut suspicions = Vec::new();
        for (kinds, open) in self.open() {
            let mut set = HashSet::new();
            for kind in kinds {
                set.extend(audit.timers(kind).await?);
            }
            for Open { stream, since, key } in open {
                if !set.contains(&key) {
                    let kinds = kinds.join(" or ");
                    let detail = format!(
                        "{}-{} is open since this position and has no timer {kinds} {key}",
                        stream.0, stream.1
                    );
                    suspicions.push(Suspicion::of_stream(CHECK, since, detail, stream));
                }
            }
        }
        Ok(suspicions)
    }

    /// What must have a timer of one of which kinds.
    fn open(&self) -> [(&'static [&'static str], Vec<Open>); 12] {
        let user = |(id, since): (&UserId, &i64)| Open {
            stream: ("user", id.0),
            since: *since,
            key: id.to_string(),
        };
        let purchase = |(id, since): (&PurchaseId, &i64)| Open {
            stream: ("purchase", id.0),
            since: *since,
            key: id.to_string(),
        };
        let webhook = |(id, since): (&WebhookId, &i64)| Open {
            stream: ("webhook", id.0),
            since: *since,
            key: id.to_string(),
        };
        let generation = |(id, since): (&GenerationId, &i64)| Open {
            stream: ("generation", id.0),
            since: *since,
            key: id.to_string(),
        };
        let export = |((user, id), since): (&(UserId, ExportId), &i64)| Open {
            stream: ("export", user.0),
            since: *since,
            key: id.to_string(),
        };
        let hold =
            |((owner, asset, hold), (since, ends)): (&(UserId, Asset, HoldId), &(i64, bool))| {
                let wallet = WalletId::of(*owner, *asset);
                let open = || Open {
                    stream: ("wallet", wallet.0),
                    since: *since,
                    key: format!("{wallet}.{hold}"),
                };
                ends.then(open)
            };
        [
            (&[PURCHASE_EXPIRY, PURCHASE_RECONCILE], self.purchases.iter().map(purchase).collect()),
            (&[HOLD_EXPIRY], self.holds.iter().filter_map(hold).collect()),
            (&[QUEUE_EXPIRY], self.generations.iter().map(generation).collect()),
            (&[LEASE_LOST], self.leases.iter().map(generation).collect()),
            (&[RETRY], self.retries.iter().map(generation).collect()),
            (&[ACCOUNT_DELETION], self.deletions.iter().map(user).collect()),
            (&[WEBHOOK_RETRY], self.deferred.iter().map(webhook).collect()),
            (&[ACCESS_END], self.subscriptions(|known| matches!(known.access(), Access::Until(_)))),
            (&[MONTH_GRANT], self.subscriptions(|known| known.upcoming_month().is_some())),
            (&[WISH], self.subscriptions(|known| known.wish.is_some())),
            (&[EXPORT_MAKE], self.exports.iter().map(export).collect()),
            (&[EXPORT_END], self.files.iter().map(export).collect()),
        ]
    }

    /// Those subscriptions that wait for something.
    fn subscriptions(&self, waits: impl Fn(&Known) -> bool) -> Vec<Open> {
        let open = |(id, (state, since)): (&SubscriptionId, &(Subscription, i64))| {
            let waiting = state.known().is_ok_and(&waits);
            let stream = ("subscription", id.0);
            waiting.then(|| Open { stream, since: *since, key: id.to_string() })
        };
        self.subscriptions.iter().filter_map(open).collect()
    }

    fn see_subscription(&mut self, event: &SubscriptionEvent, position: i64) {
        let (subscription, _) = event.about();
        let (state, since) = self.subscriptions.entry(subscription).or_default();
        fold(state, event.clone());
        *since = position;
    }

    fn see_export(&mut self, event: &ExportEvent, position: i64) {
        match event {
            ExportEvent::Requested { user, export, .. } => {
                self.exports.insert((*user, *export), position);
            }
            ExportEvent::Completed { user, export, .. } => {
                self.exports.remove(&(*user, *export));
                self.files.insert((*user, *export), position);
            }
            ExportEvent::Removed { user, export } => {
                self.exports.remove(&(*user, *export));
                self.files.remove(&(*user, *export));
            }
        }
    }

    fn see_user(&mut self, event: &UserEvent, position: i64) {
        match event {
            UserEvent::DeletionRequested { user, .. } => {
                self.deletions.insert(*user, position);
            }
            UserEvent::DeletionCanceled { user, .. } | UserEvent::Erased { user, .. } => {
                self.deletions.remove(user);
            }
            UserEvent::Registered { .. }
            | UserEvent::RoleGranted { .. }
            | UserEvent::RoleRevoked { .. }
            | UserEvent::Suspended { .. }
            | UserEvent::Reinstated { .. }
            | UserEvent::Deactivated { .. }
            | UserEvent::Reactivated { .. }
            | UserEvent::SignedOutEverywhere { .. }
            | UserEvent::TierChanged { .. }
            | UserEvent::EntitlementsChanged { .. }
            | UserEvent::SecondSubscriptionFound { .. }
            | UserEvent::RegisteredWithOauth { .. }
            | UserEvent::EmailVerificationRequested { .. }
            | UserEvent::EmailVerified { .. }
            | UserEvent::EmailChangeRequested { .. }
            | UserEvent::EmailChanged { .. }
            | UserEvent::PasswordResetRequested { .. }
            | UserEvent::PasswordReset { .. }
            | UserEvent::PasswordChanged { .. }
            | UserEvent::PasswordRehashed { .. }
            | UserEvent::OauthAccountLinked { .. }
            | UserEvent::OauthAccountUnlinked { .. }
            | UserEvent::UsernameChanged { .. }
            | UserEvent::UsernameReleased { .. }
            | UserEvent::ProfileUpdated { .. }
            | UserEvent::PreferencesChanged { .. }
            | UserEvent::DeletionPostponed { .. }
            | UserEvent::ErasureBegun { .. }
            | UserEvent::SensitiveDataViewed { .. } => {}
        }
    }

    fn see_webhook(&mut self, event: &WebhookEvent, position: i64) {
        match event {
            WebhookEvent::Deferred { webhook, .. } => {
                self.deferred.insert(*webhook, position);
            }
            WebhookEvent::Received { webhook, .. }
            | WebhookEvent::Processed { webhook, .. }
            | WebhookEvent::Ignored { webhook, .. }
            | WebhookEvent::Failed { webhook, .. }
            | WebhookEvent::Rejected { webhook, .. }
            | WebhookEvent::Replayed { webhook, .. } => {
                self.deferred.remove(webhook);
            }
            WebhookEvent::BodyViewed { .. } => {}
        }
    }

    fn see_purchase(&mut self, event: &PurchaseEvent, position: i64) {
        match event {
            PurchaseEvent::Initiated { purchase, .. }
            | PurchaseEvent::DepositAccountIssued { purchase, .. }
            | PurchaseEvent::DepositReversed { purchase, .. }
            | PurchaseEvent::RefundApproved { purchase, .. } => {
                self.purchases.insert(*purchase, position);
            }
            PurchaseEvent::Approved { purchase, .. }
            | PurchaseEvent::Tampered { purchase, .. }
            | PurchaseEvent::Declined { purchase, .. }
            | PurchaseEvent::Canceled { purchase, .. }
            | PurchaseEvent::Expired { purchase }
            | PurchaseEvent::Mismatched { purchase, .. }
            | PurchaseEvent::RefundExecuted { purchase, .. }
            | PurchaseEvent::RefundFailed { purchase, .. } => {
                self.purchases.remove(purchase);
            }
            PurchaseEvent::ConfirmRequested { .. }
            | PurchaseEvent::PutInDoubt { .. }
            | PurchaseEvent::CanceledExternally { .. }
            | PurchaseEvent::RefundRequested { .. } // Waits for somebody, not for a time.
            | PurchaseEvent::RefundRejected { .. }
            | PurchaseEvent::RefundPutInDoubt { .. }
            | PurchaseEvent::ReconcileRequested { .. }
            | PurchaseEvent::TokensGranted { .. } => {}
        }
    }

    fn see_wallet(&mut self, event: &WalletEvent, position: i64, findings: &mut Findings) {
        match event {
            WalletEvent::Held { owner, asset, hold, expires_at, .. } => {
                self.holds.insert((*owner, *asset, *hold), (position, expires_at.is_some()));
            }
            WalletEvent::Captured { owner, asset, hold, .. }
            | WalletEvent::Released { owner, asset, hold, .. }
            | WalletEvent::HoldExpired { owner, asset, hold, .. } => {
                if self.holds.remove(&(*owner, *asset, *hold)).is_none() {
                    findings.at(
                        "books",
                        position,
                        format!("hold {hold} was closed while not open"),
                    );
                }
            }
            WalletEvent::Granted { .. }
            | WalletEvent::LotExpired { .. }
            | WalletEvent::TransferSent { .. }
            | WalletEvent::TransferReceived { .. }
            | WalletEvent::Earned { .. }
            | WalletEvent::Revoked { .. }
            | WalletEvent::DebtRecorded { .. }
            | WalletEvent::DebtSettled { .. }
            | WalletEvent::Adjusted { .. }
            | WalletEvent::OverrunAbsorbed { .. }
            | WalletEvent::TipSent { .. }
            | WalletEvent::TipEarned { .. }
            | WalletEvent::AlertsSet { .. }
            | WalletEvent::RanLow { .. }
            | WalletEvent::EndsSoon { .. } => {}
        }
    }

    fn see_generation(&mut self, event: &GenerationEvent, position: i64) {
        match event {
            GenerationEvent::Requested { generation, .. } => {
                self.generations.insert(*generation, position);
            }
            GenerationEvent::Started { generation, .. } => {
                self.leases.insert(*generation, position);
            }
            GenerationEvent::AttemptFailed { generation, .. } => {
                self.leases.remove(generation);
            }
            GenerationEvent::RetryScheduled { generation, .. } => {
                self.retries.insert(*generation, position);
            }
            GenerationEvent::Queued { generation, .. } => {
                self.retries.remove(generation);
            }
            GenerationEvent::Completed { generation, .. }
            | GenerationEvent::Failed { generation, .. }
            | GenerationEvent::Canceled { generation } => {
                self.generations.remove(generation);
                self.leases.remove(generation);
                self.retries.remove(generation);
            }
            GenerationEvent::Settled { .. }
            | GenerationEvent::Described { .. }
            | GenerationEvent::Published { .. }
            | GenerationEvent::Unpublished { .. } => {}
        }
    }
}

fn fold<A: Decide>(state: &mut A, event: A::Event) {
    state.apply(event);
}
