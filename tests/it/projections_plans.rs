//! The part of the story in which Ann subscribes: to a plan that an operator changed, once by the
//! month and once, by mistake, by the year; a payment fails, money is given back, and it ends.

use chrono::{DateTime, TimeDelta, Utc};
use domain::invoices::{BillingReason, InvoiceEvent, InvoiceSnapshot, InvoiceStatus, Mismatch};
use domain::plans::{Cycle, Feature, PlanEvent, Tier, seed};
use domain::subscriptions::{
    Change, Direction, Pause, PauseMode, Period, Pin, Snapshot, Status, SubscriptionEvent, Wish,
    Zone,
};
use domain::users::{Entitlements, TierReason, UserEvent};
use domain::wallets::{Billing, Category, GrantSource, WalletEvent};
use domain::{Amount, Asset, Event, InvoiceId, LotId, PlanId, SubscriptionId, WalletId};
use uuid::Uuid;

use crate::projections_ground::recorded_at;
use crate::projections_story::{ANN, Story};

const MONTHLY: u64 = 7_000_001;
const YEARLY: u64 = 7_000_002;
const BILL: u64 = 9_000_001;

fn day(days: i64) -> DateTime<Utc> {
    recorded_at(0) + TimeDelta::days(days)
}

fn pin(plan: Tier, cycle: Cycle) -> Pin {
    Pin { plan, version: 1, cycle }
}

fn shown(lemon_id: u64, status: Status, at: DateTime<Utc>) -> Snapshot {
    let paused =
        (status == Status::Paused).then_some(Pause { mode: PauseMode::Void, resumes_at: None });
    Snapshot {
        lemon_id,
        store: 1,
        customer: 500,
        variant: 111,
        status,
        pause: paused,
        cancelled: status == Status::Cancelled,
        billing_anchor: 1,
        trial_ends_at: None,
        renews_at: Some(at + TimeDelta::days(30)),
        ends_at: None,
        created_at: day(0),
        updated_at: at,
        test_mode: true,
    }
}

fn published(plan: Tier, version: u32, feature: Option<&str>) -> (Uuid, Event) {
    let mut terms = seed(plan);
    if let Some(feature) = feature {
        terms.features = [(feature.to_owned(), Feature::ON)].into();
    }
    (PlanId::of(plan).0, Event::Plan(PlanEvent::Published { plan, version, terms }))
}

/// What is sold: the second version of Starter lets one do other things than the first.
fn sold() -> Story {
    let plan = Tier::Starter;
    let mapped = |cycle, variant| PlanEvent::VariantMapped { plan, cycle, variant };
    let of_plan = |event| (PlanId::of(plan).0, Event::Plan(event));
    vec![
        published(Tier::Free, 1, None),
        published(plan, 1, None),
        published(plan, 2, Some("flux_model")),
        of_plan(mapped(Cycle::Monthly, 111)),
        of_plan(mapped(Cycle::Yearly, 121)),
        published(Tier::Pro, 1, None),
        (PlanId::of(Tier::Pro).0, Event::Plan(PlanEvent::Retired { plan: Tier::Pro })),
    ]
}

fn invoice(status: InvoiceStatus, refunded: i64) -> (Uuid, Event) {
    let (invoice, subscription) = (InvoiceId::of(BILL), SubscriptionId::of(MONTHLY));
    let shown = InvoiceSnapshot {
        lemon_id: BILL,
        lemon_subscription: MONTHLY,
        store: 1,
        reason: BillingReason::Initial,
        status,
        currency: "USD".to_owned(),
        asked: 2_500,
        total: 2_500,
        refunded,
        created_at: day(0),
        updated_at: day(0),
        test_mode: true,
    };
    let observed = InvoiceEvent::Observed { invoice, subscription, user: ANN, shown };
    (invoice.0, Event::Invoice(observed))
}

fn member(plan: Tier, subscription: Option<SubscriptionId>) -> (Uuid, Event) {
    let entitlements = Entitlements::of(plan, 1, &seed(plan));
    let changed = UserEvent::EntitlementsChanged { user: ANN, subscription, entitlements };
    (ANN.0, Event::User(changed))
}

/// Credits come with the invoice, and a part of them goes back with the money.
fn billed() -> Story {
    let (invoice_id, subscription) = (InvoiceId::of(BILL), SubscriptionId::of(MONTHLY));
    let (lot, user, amount) = (LotId::invoice(invoice_id), ANN, Amount::new(5_000).expect("fits"));
    let billing = Billing::Initial;
    let granted = WalletEvent::Granted {
        owner: ANN,
        asset: Asset::Credit,
        lot,
        amount,
        source: GrantSource::Invoice { subscription, invoice: invoice_id, billing },
        category: Category::Paid,
        priority: 0,
        effective_at: day(0),
        expires_at: Some(day(31)),
        rollover: None,
    };
    let expires_at = day(31);
    let credited = InvoiceEvent::CreditsGranted {
        invoice: invoice_id,
        subscription,
        user,
        lot,
        amount,
        expires_at,
    };
    let (share, revoked) = (Amount::ZERO, Amount::ZERO);
    let mismatch = Mismatch::Price { expected: 2_500, shown: 2_400 };
    let mismatched = InvoiceEvent::Mismatched { invoice: invoice_id, subscription, user, mismatch };
    let refunded = InvoiceEvent::Refunded {
        invoice: invoice_id,
        subscription,
        user,
        refunded: 1_000,
        total: 2_500,
        lot,
        share,
        revoked,
        owed: Amount::ZERO,
    };
    vec![
        invoice(InvoiceStatus::Pending, 0),
        invoice(InvoiceStatus::Paid, 0),
        (WalletId::of(ANN, Asset::Credit).0, Event::Wallet(granted)),
        (invoice_id.0, Event::Invoice(credited)),
        (invoice_id.0, Event::Invoice(mismatched)),
        invoice(InvoiceStatus::PartialRefund, 1_000),
        (invoice_id.0, Event::Invoice(refunded)),
    ]
}

/// Every turn that one subscription can take.
fn monthly() -> Vec<SubscriptionEvent> {
    use SubscriptionEvent as E;
    let (subscription, user) = (SubscriptionId::of(MONTHLY), ANN);
    let (starter, pro) = (pin(Tier::Starter, Cycle::Monthly), pin(Tier::Pro, Cycle::Monthly));
    let snapshot = |status, days| shown(MONTHLY, status, day(days));
    let observed =
        |status, days| E::SnapshotObserved { subscription, user, snapshot: snapshot(status, days) };
    let renewed = |pin, reason, from| E::Renewed {
        subscription,
        user,
        invoice: InvoiceId::of(BILL),
        reason,
        pin,
        period: Period { from: day(from), to: day(from + 31) },
    };
    let changed = |from, to, direction| E::PlanChanged { subscription, user, from, to, direction };
    let (until, wish) = (day(75), Wish::Cancel);
    let invoice = InvoiceId::of(BILL);
    let change = Change { from: starter, to: pro, at: day(8) };
    vec![
        E::Started {
            subscription,
            user,
            snapshot: snapshot(Status::OnTrial, 0),
            pin: starter,
            zone: Zone::Utc,
        },
        E::TrialStarted { subscription, user, ends_at: Some(day(7)) },
        observed(Status::Active, 7),
        E::TrialEnded { subscription, user },
        renewed(starter, BillingReason::Initial, 0),
        E::ChangeInvoiceKept {
            subscription,
            user,
            invoice,
            created_at: day(8),
            asked: Some(2_500),
        },
        changed(starter, pro, Direction::Up),
        E::PlanChangePaid { subscription, user, invoice, change },
        changed(pro, starter, Direction::Down),
        E::SnapshotIgnored { subscription, user, snapshot: snapshot(Status::Active, 1) },
        renewed(starter, BillingReason::Renewal, 31),
        observed(Status::PastDue, 61),
        E::PaymentFailed { subscription, user },
        E::GracePeriodStarted { subscription, user, until },
        E::GracePeriodEnded { subscription, user, until },
        observed(Status::Unpaid, 76),
        E::Unpaid { subscription, user },
        observed(Status::Active, 77),
        E::Recovered { subscription, user },
        observed(Status::Paused, 78),
        E::Paused { subscription, user, resumes_at: None },
        E::AccessEnded { subscription, user, until: day(80) },
        observed(Status::Active, 81),
        E::Unpaused { subscription, user },
        E::ChangeRequested { subscription, user, wish },
        E::ChangeFailed { subscription, user, wish, code: "not_found".to_owned() },
        E::ChangeRequested { subscription, user, wish },
        observed(Status::Cancelled, 82),
        E::Cancelled { subscription, user, ends_at: Some(day(90)) },
        E::ChangeConfirmed { subscription, user, wish },
        observed(Status::Active, 83),
        E::Resumed { subscription, user },
    ]
}

/// A second one, which counts only when the first is over.
fn yearly() -> Vec<SubscriptionEvent> {
    use SubscriptionEvent as E;
    let (subscription, user) = (SubscriptionId::of(YEARLY), ANN);
    let (snapshot, pin) = (shown(YEARLY, Status::Active, day(0)), pin(Tier::Pro, Cycle::Yearly));
    let (lot, amount) = (LotId::month(subscription, "2026-01"), Amount::ZERO);
    vec![
        E::Started { subscription, user, snapshot, pin, zone: Zone::Seoul },
        E::ConflictDetected { subscription, user, other: SubscriptionId::of(MONTHLY) },
        E::TookOver { subscription, user, from: SubscriptionId::of(MONTHLY) },
        E::MonthGranted { subscription, user, month: "2026-01".to_owned(), number: 0, lot, amount },
        E::YearStopped { subscription, user, invoice: InvoiceId::of(BILL) },
        E::Expired { subscription, user },
    ]
}

/// What is sold, and what Ann made of it.
pub fn plans() -> Story {
    let (from, to, reason) = (Tier::Free, Tier::Starter, TierReason::Subscribed);
    let tier = UserEvent::TierChanged { user: ANN, from, to, reason };
    let subscribed = |event: SubscriptionEvent| (event.about().0.0, Event::Subscription(event));
    let second = SubscriptionId::of(YEARLY);
    let second = UserEvent::SecondSubscriptionFound { user: ANN, subscription: second };
    [
        sold(),
        monthly().into_iter().map(subscribed).collect(),
        vec![(ANN.0, Event::User(tier)), member(to, Some(SubscriptionId::of(MONTHLY)))],
        billed(),
        vec![(ANN.0, Event::User(second))],
        yearly().into_iter().map(subscribed).collect(),
    ]
    .concat()
}
