//! Thousands of lives of a subscription, told with duplicates, out of order and late, beside a model
//! small enough to be believed.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::Event;
use crate::invoices::InvoiceEvent;

/// How many lives.
const CASES: u32 = 2_000;
/// How many states and invoices a life has at most.
const TOLD_MAX: usize = 12;

/// One thing that is told, or time that goes by.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// The state of that number in the subscription's life.
    Show(usize),
    /// The invoice of that number, paid or not.
    Bill(usize, bool),
    Wait(i64),
}

/// What a subscription truly was, state after state: what is told are copies of these.
fn life() -> impl Strategy<Value = Vec<(Status, u64, i64)>> {
    let status = prop::sample::select(Status::ALL.to_vec());
    let variant = prop::sample::select(vec![STARTER, PRO, STUDIO]);
    prop::collection::vec((status, variant, 1i64..40), 1..TOLD_MAX)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..TOLD_MAX).prop_map(Step::Show),
        4 => ((0..TOLD_MAX), any::<bool>()).prop_map(|(number, paid)| Step::Bill(number, paid)),
        3 => (1i64..40).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..50)
}

/// The states of a life, each after the one before.
fn snapshots(life: &[(Status, u64, i64)]) -> Vec<Snapshot> {
    let mut at = noon();
    let state = |(status, variant, days): &(Status, u64, i64)| {
        at += Duration::days(*days);
        let renews_at = Some(at + Duration::days(30));
        let ends_at = (*status == Status::Cancelled).then_some(at + Duration::days(15));
        let pause = Pause { mode: PauseMode::Void, resumes_at: None };
        Snapshot {
            pause: (*status == Status::Paused).then_some(pause),
            cancelled: *status == Status::Cancelled,
            updated_at: at,
            renews_at,
            ends_at,
            ..with(*status, shown(*variant))
        }
    };
    life.iter().map(state).collect()
}

fn invoice(number: usize, is_paid: bool) -> InvoiceSnapshot {
    let at = noon() + Duration::days(30 * number as i64);
    let reason = if number == 0 { BillingReason::Initial } else { BillingReason::Renewal };
    let status = if is_paid { InvoiceStatus::Paid } else { InvoiceStatus::Pending };
    InvoiceSnapshot { status, ..paid(9_000_000 + number as u64, reason, at) }
}

/// What should be known, by the rules as P3 has them.
#[derive(Debug, Default)]
struct Model {
    shown: Option<Snapshot>,
    grace: Option<DateTime<Utc>>,
    plan: Tier,
    /// The smaller plan, and since when it waits.
    next: Option<(Tier, DateTime<Utc>)>,
    newest: Option<DateTime<Utc>>,
    granted: BTreeSet<usize>,
}

fn plan_of(variant: u64) -> Tier {
    match variant {
        STARTER => Tier::Starter,
        PRO => Tier::Pro,
        _ => Tier::Studio,
    }
}

impl Model {
    fn show(&mut self, snapshot: Snapshot) {
        let plan = plan_of(snapshot.variant);
        match self.shown {
            Some(known) if snapshot.updated_at < known.updated_at => return,
            None => self.plan = plan,
            Some(_) if plan > self.plan => (self.plan, self.next) = (plan, None),
            Some(_) if plan == self.plan => self.next = None,
            Some(_) if self.next.is_none_or(|(waiting, _)| waiting != plan) => {
                self.next = Some((plan, snapshot.updated_at));
            }
            Some(_) => {}
        }
        match snapshot.status {
            Status::Active | Status::OnTrial => self.grace = None,
            Status::PastDue => {
                self.grace = self.grace.or(Some(snapshot.updated_at + GRACE));
            }
            Status::Paused | Status::Unpaid | Status::Cancelled | Status::Expired => {}
        }
        self.shown = Some(snapshot);
    }

    fn bill(&mut self, number: usize, is_paid: bool) {
        if self.shown.is_none() || !is_paid || !self.granted.insert(number) {
            return;
        }
        let at = invoice(number, true).created_at;
        if self.newest.is_none_or(|newest| newest <= at) {
            self.newest = Some(at);
            if let Some((plan, _)) = self.next.filter(|(_, since)| *since <= at) {
                (self.plan, self.next) = (plan, None);
            }
        }
    }

    fn tier(&self, now: DateTime<Utc>) -> Tier {
        let Some(shown) = self.shown else { return Tier::Free };
        let open = match shown.status {
            Status::Active | Status::OnTrial => true,
            Status::Unpaid | Status::Expired => false,
            Status::Paused => shown.renews_at.is_some_and(|end| end > now),
            Status::Cancelled => shown.ends_at.is_some_and(|end| end > now),
            Status::PastDue => self.grace.is_some_and(|end| end > now),
        };
        if open { self.plan } else { Tier::Free }
    }
}

/// Rings what is due, as a running service does.
fn ring_due(log: &mut Given) {
    while let Some(due) = due(log, ACCESS_END).filter(|due| *due <= log.at()) {
        let subscription = subscription();
        log.when(&EndAccess { subscription, due }).unwrap();
    }
}

fn play(log: &mut Given, model: &mut Model, life: &[Snapshot], step: Step) {
    match step {
        Step::Show(number) => {
            let snapshot = life[number % life.len()];
            show(log, snapshot);
            model.show(snapshot);
        }
        Step::Bill(number, is_paid) => {
            bill(log, invoice(number, is_paid));
            model.bill(number, is_paid);
        }
        Step::Wait(days) => log.later(Duration::days(days)),
    }
    ring_due(log);
}

fn check(log: &Given, model: &Model) {
    let shown = log.state::<Subscription>(subscription()).known().ok().map(|known| known.shown);
    assert_eq!(shown, model.shown);
    assert_eq!(tier(log), model.tier(log.at()), "{model:?}");
    let live = model.shown.is_some_and(|shown| shown.status.is_live());
    assert_eq!(log.claimed("active-subscription", &MINA.to_string()).is_some(), live);
    let mut grants: BTreeMap<_, usize> = BTreeMap::new();
    let mut folded = Tier::Free;
    for event in &log.log {
        if let Event::Invoice(InvoiceEvent::CreditsGranted { invoice, .. }) = event {
            *grants.entry(*invoice).or_default() += 1;
        }
        if let Event::User(UserEvent::TierChanged { from, to, .. }) = event {
            assert_eq!(*from, folded, "the tier is the fold of its changes");
            folded = *to;
        }
    }
    assert!(grants.values().all(|times| *times == 1), "{grants:?}");
    let expected: BTreeSet<_> =
        model.granted.iter().map(|number| invoice(*number, true).id()).collect();
    assert_eq!(grants.into_keys().collect::<BTreeSet<_>>(), expected);
    assert_eq!(count(log, "wallet.granted"), expected.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn whatever_is_told_in_whatever_order_access_and_grants_are_those_of_the_model(
        life in life(),
        steps in steps(),
    ) {
        let life = snapshots(&life);
        let (mut log, mut model) = (open(), Model::default());
        for step in steps {
            play(&mut log, &mut model, &life, step);
            check(&log, &model);
        }
    }

    #[test]
    fn everything_told_twice_is_told_once(life in life(), steps in steps()) {
        let life = snapshots(&life);
        let (mut log, mut model) = (open(), Model::default());
        for step in steps {
            play(&mut log, &mut model, &life, step);
            let before = log.log.len();
            if !matches!(step, Step::Wait(_)) {
                play(&mut log, &mut model, &life, step);
            }
            prop_assert_eq!(log.log.len(), before);
        }
    }
}
