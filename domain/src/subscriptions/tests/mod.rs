//! The rules of subscriptions, as sentences; and what they share.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod changes;
mod conflicts;
mod credits;
mod dunning;
mod life;
mod money;
mod orders;
mod random;
mod refunds;
mod wishes;
mod years;

use chrono::{DateTime, Duration, Utc};

use super::*;
use crate::given::{Given, id, noon};
use crate::invoices::{BillingReason, InvoiceSnapshot, InvoiceStatus};
use crate::plans::{Cycle, SeedPlans, Tier, Variant};
use crate::users::{Membership, User, UserEvent};
use crate::wallets::{Wallet, WalletKey};
use crate::{Refusal, Sealed, SubscriptionId, UserId};

pub(super) const MINA: UserId = UserId(id(1));
pub(super) const SHOP: Shop = Shop { store: 1, test_mode: true, zone: Zone::Utc };
pub(super) const NUMBER: u64 = 7_000_001;
/// Variants as the fixtures have them.
pub(super) const STARTER: u64 = 111;
pub(super) const PRO: u64 = 112;
pub(super) const PRO_YEARLY: u64 = 212;
pub(super) const STUDIO: u64 = 113;

/// Mina has signed up, and plans are sold.
pub(super) fn open() -> Given {
    let sealed = || Sealed { person: MINA.0, nonce: String::new(), ct: String::new() };
    let registered = UserEvent::Registered {
        user: MINA,
        username: "mina".to_owned(),
        email: sealed(),
        display_name: sealed(),
    };
    let mut log = Given::nothing().event::<User>(MINA, registered);
    let variant = |plan, cycle, variant| Variant { plan, cycle, variant };
    let variants = vec![
        variant(Tier::Starter, Cycle::Monthly, STARTER),
        variant(Tier::Pro, Cycle::Monthly, PRO),
        variant(Tier::Pro, Cycle::Yearly, PRO_YEARLY),
        variant(Tier::Studio, Cycle::Monthly, STUDIO),
    ];
    log.when(&SeedPlans { variants }).unwrap();
    log
}

pub(super) fn subscription() -> SubscriptionId {
    SubscriptionId::of(NUMBER)
}

/// A subscription to a variant that began at noon.
pub(super) fn shown(variant: u64) -> Snapshot {
    Snapshot {
        lemon_id: NUMBER,
        store: 1,
        customer: 500,
        variant,
        status: Status::Active,
        pause: None,
        cancelled: false,
        billing_anchor: 20,
        trial_ends_at: None,
        renews_at: Some(Zone::Utc.months_after(noon(), 1, 20)),
        ends_at: None,
        created_at: noon(),
        updated_at: noon(),
        test_mode: true,
    }
}

/// The same some time later.
pub(super) fn later(snapshot: Snapshot, by: Duration) -> Snapshot {
    Snapshot { updated_at: snapshot.updated_at + by, ..snapshot }
}

pub(super) fn cancelled(snapshot: Snapshot) -> Snapshot {
    let ends_at = snapshot.renews_at;
    Snapshot { status: Status::Cancelled, cancelled: true, ends_at, ..snapshot }
}

pub(super) fn with(status: Status, snapshot: Snapshot) -> Snapshot {
    Snapshot { status, ..snapshot }
}

/// An invoice over 25 dollars, paid; the rest of the price is a discount.
pub(super) fn paid(number: u64, reason: BillingReason, at: DateTime<Utc>) -> InvoiceSnapshot {
    InvoiceSnapshot {
        lemon_id: number,
        lemon_subscription: NUMBER,
        store: 1,
        reason,
        status: InvoiceStatus::Paid,
        currency: "USD".to_owned(),
        asked: 150_000,
        total: 2_500,
        refunded: 0,
        created_at: at,
        updated_at: at,
        test_mode: true,
    }
}

pub(super) fn initial() -> InvoiceSnapshot {
    paid(9_000_001, BillingReason::Initial, noon())
}

/// Shows a subscription.
pub(super) fn show(log: &mut Given, snapshot: Snapshot) -> Vec<&'static str> {
    observe(log, snapshot).unwrap().1
}

pub(super) fn observe(
    log: &mut Given,
    snapshot: Snapshot,
) -> Result<(Seen, Vec<&'static str>), Refusal> {
    let shown = ObserveSubscription { shop: SHOP, snapshot, user: Some(MINA) };
    log.when(&shown).map(|accepted| (accepted.reply.clone(), accepted.types()))
}

/// Shows an invoice.
pub(super) fn bill(log: &mut Given, invoice: InvoiceSnapshot) -> Vec<&'static str> {
    log.when(&ObserveInvoice { shop: SHOP, invoice }).unwrap().types()
}

pub(super) fn seen(log: &mut Given, invoice: InvoiceSnapshot) -> Seen {
    log.when(&ObserveInvoice { shop: SHOP, invoice }).unwrap().reply
}

/// Mina subscribed to a variant at noon and paid.
pub(super) fn subscribed(variant: u64) -> Given {
    let mut log = open();
    show(&mut log, shown(variant));
    bill(&mut log, initial());
    log
}

pub(super) fn tier(log: &Given) -> Tier {
    log.state::<User>(MINA).membership().tier
}

pub(super) fn membership(log: &Given) -> Membership {
    log.state::<User>(MINA).membership().clone()
}

pub(super) fn credits(log: &Given) -> i64 {
    log.state::<Wallet>(WalletKey::credit(MINA)).available()
}

pub(super) fn known(log: &Given) -> Known {
    log.state::<Subscription>(subscription()).known().unwrap().clone()
}

/// When a timer of the subscription rings.
pub(super) fn due(log: &Given, kind: &str) -> Option<DateTime<Utc>> {
    let key = subscription().to_string();
    log.timers().into_iter().find(|timer| timer.0 == kind && timer.1 == key).map(|timer| timer.2)
}

/// Moves the clock to the timer and rings it.
pub(super) fn ring(log: &mut Given, kind: &str) -> Vec<&'static str> {
    let due = due(log, kind).unwrap();
    let wait = (due - log.at()).max(Duration::zero());
    log.later(wait);
    let subscription = subscription();
    match kind {
        ACCESS_END => log.when(&EndAccess { subscription, due }).unwrap().types(),
        MONTH_GRANT => log.when(&GrantMonth { subscription, due }).unwrap().types(),
        other => unreachable!("{other}"),
    }
}

/// How many events of a type there were.
pub(super) fn count(log: &Given, event_type: &str) -> usize {
    log.log.iter().filter(|event| event.type_name() == event_type).count()
}
