//! Thousands of honest lives of a subscription: renewed, changed, given back. What is told of them
//! comes late, often and in another order; the credits are those of the life, not of the telling.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::invoices::InvoiceEvent;
use crate::wallets::WalletEvent;
use crate::{Event, InvoiceId};

/// How many lives.
const CASES: u32 = 2_000;
/// How late a state of the subscription is told: before what follows from it is made.
const STATE_LATE_HOURS: i64 = 24;
/// How late an invoice is told, which may be after the renewals that followed.
const INVOICE_LATE_HOURS: i64 = 24 * 70;
/// The most that an invoice without a reason asks: less than any change costs in these lives.
const STRAY_CENTS_MAX: i64 = 400;
/// What an invoice is over, in cents, after a discount.
const TOTAL: i64 = 2_500;

/// What is done within a month, on which of its days; the month is renewed at its end.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// Another plan is chosen; perhaps an hour after an invoice over so many cents that nobody can
    /// explain.
    Choose(u64, Option<i64>),
    /// So many cents of the invoice of that number are given back.
    Refund(usize, i64),
}

/// The turns of one month, in order.
type Month = BTreeMap<i64, Turn>;

fn months() -> impl Strategy<Value = Vec<Month>> {
    let plan = prop::sample::select(vec![STARTER, PRO, STUDIO, PRO_YEARLY]);
    let turn = prop_oneof![
        3 => (plan, prop::option::of(0i64..STRAY_CENTS_MAX))
            .prop_map(|(plan, stray)| Turn::Choose(plan, stray)),
        1 => (0usize..8, 1..=TOTAL).prop_map(|(number, cents)| Turn::Refund(number, cents)),
        1 => (0usize..8).prop_map(|number| Turn::Refund(number, TOTAL)),
    ];
    // Every third day: a state is told before the next one is made.
    let month = prop::collection::btree_map((1i64..9).prop_map(|n| n * 3), turn, 0..4);
    prop::collection::vec(month, 1..6)
}

/// How late each thing is told, in turn, and which things are told again.
fn tellings() -> impl Strategy<Value = Vec<(i64, bool)>> {
    prop::collection::vec((0..INVOICE_LATE_HOURS, any::<bool>()), 1..24)
}

/// What Lemon Squeezy shows.
#[derive(Debug, Clone)]
enum Object {
    State(Snapshot),
    Bill(InvoiceSnapshot),
}

/// What an invoice should come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Due {
    granted: i64,
    refunded: i64,
}

impl Due {
    fn taken(self) -> i64 {
        if self.refunded >= TOTAL { self.granted } else { self.granted * self.refunded / TOTAL }
    }
}

/// A life as it truly is: one thing after another, each at its time.
struct Life {
    variant: u64,
    next: u64,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    objects: Vec<(DateTime<Utc>, Object)>,
    bills: Vec<InvoiceSnapshot>,
    due: BTreeMap<InvoiceId, Due>,
    /// The invoice that paid a whole year, and since when: then nothing else is chosen.
    year: Option<(InvoiceId, DateTime<Utc>)>,
}

fn plan_of(variant: u64) -> Tier {
    match variant {
        STARTER => Tier::Starter,
        PRO | PRO_YEARLY => Tier::Pro,
        _ => Tier::Studio,
    }
}

/// What a month of it gives.
fn credits_of(variant: u64) -> i64 {
    match variant {
        STARTER => 5_000,
        PRO | PRO_YEARLY => 15_000,
        _ => 30_000,
    }
}

/// What a month or the year of it costs, in cents.
fn price_of(variant: u64) -> i64 {
    match variant {
        STARTER => 2_500,
        PRO => 7_500,
        PRO_YEARLY => 75_000,
        _ => 15_000,
    }
}

impl Life {
    fn begin() -> Self {
        let (from, to) = (noon(), noon());
        let (variant, next, year) = (STARTER, STARTER, None);
        let (objects, bills, due) = (vec![], vec![], BTreeMap::new());
        let mut life = Self { variant, next, from, to, objects, bills, due, year };
        life.renew(BillingReason::Initial);
        life
    }

    fn of(months: &[Month]) -> Self {
        let mut life = Self::begin();
        let mut begin = noon();
        for month in months {
            for (day, turn) in month {
                life.turn(begin + Duration::days(*day), *turn);
            }
            begin = Zone::Utc.months_after(begin, 1, 20);
            if begin == life.to {
                life.renew(BillingReason::Renewal);
            }
        }
        life
    }

    fn show(&mut self, at: DateTime<Utc>) {
        let renews_at = Some(self.to);
        let state = Snapshot { updated_at: at, renews_at, ..shown(self.next) };
        self.objects.push((at, Object::State(state)));
    }

    fn bill(&mut self, at: DateTime<Utc>, reason: BillingReason, (asked, granted): (i64, i64)) {
        let bill = paid(9_000_000 + self.bills.len() as u64, reason, at);
        let bill = InvoiceSnapshot { asked, ..bill };
        self.due.insert(bill.id(), Due { granted, refunded: 0 });
        self.objects.push((at, Object::Bill(bill.clone())));
        self.bills.push(bill);
    }

    fn renew(&mut self, reason: BillingReason) {
        self.open(self.to, reason, price_of(self.next));
        self.show(self.from);
    }

    /// A month or a year of what was chosen begins.
    fn open(&mut self, at: DateTime<Utc>, reason: BillingReason, asked: i64) {
        (self.from, self.variant) = (at, self.next);
        self.bill(at, reason, (asked, credits_of(self.variant)));
        let months = if self.variant == PRO_YEARLY { 12 } else { 1 };
        self.to = Zone::Utc.months_after(at, months, 20);
        if self.variant == PRO_YEARLY {
            self.year = self.bills.last().map(|bill| (bill.id(), at));
        }
    }

    /// More is paid and counts at once, for what is left of what was paid.
    fn choose(&mut self, at: DateTime<Utc>, variant: u64) {
        self.next = variant;
        let more = credits_of(variant) - credits_of(self.variant);
        let (days, left) = ((self.to - self.from).num_days(), (self.to - at).num_days());
        let (price, before) = (price_of(variant), price_of(self.variant));
        if variant == PRO_YEARLY && more >= 0 {
            self.open(at, BillingReason::Updated, price - before * left / days);
        } else if more > 0 {
            self.variant = variant;
            let asked = (price - before) * left / days;
            self.bill(at, BillingReason::Updated, (asked, (more * left + days - 1) / days));
        }
    }

    fn turn(&mut self, at: DateTime<Utc>, turn: Turn) {
        match turn {
            Turn::Choose(..) if self.year.is_some() => {}
            Turn::Choose(variant, stray) => {
                if let Some(cents) = stray {
                    self.bill(at - Duration::hours(1), BillingReason::Updated, (cents, 0));
                }
                self.choose(at, variant);
                self.show(at);
            }
            Turn::Refund(number, cents) => {
                let bill = &mut self.bills[number % self.due.len()];
                bill.refunded = bill.refunded.max(cents);
                bill.status = match bill.refunded {
                    TOTAL => InvoiceStatus::Refunded,
                    _ => InvoiceStatus::PartialRefund,
                };
                bill.updated_at = at;
                self.due.entry(bill.id()).or_default().refunded = bill.refunded;
                self.objects.push((at, Object::Bill(bill.clone())));
            }
        }
    }

    /// A year gets the months that have begun; those that begin after it was given back it does not.
    fn check_months(&self, granted: i64, now: DateTime<Utc>) {
        let Some((invoice, from)) = self.year else { return assert_eq!(granted, 0) };
        let begin = |number| Zone::Utc.months_after(from, number, Zone::Utc.day(from));
        let begun = (0..12).filter(|number| begin(*number) <= now).count() as i64;
        if self.due[&invoice].refunded < TOTAL {
            assert_eq!(granted, begun);
        }
        assert!((1..=begun).contains(&granted), "{granted} of {begun}");
    }

    /// Everything in the order it is told; and at the end once more, as the poll does.
    fn told(&self, tellings: &[(i64, bool)]) -> Vec<(DateTime<Utc>, Object)> {
        let mut told = Vec::new();
        for ((at, object), (late, again)) in self.objects.iter().zip(tellings.iter().cycle()) {
            let late = match object {
                Object::State(_) => late % STATE_LATE_HOURS,
                Object::Bill(_) => *late,
            };
            told.push((*at + Duration::hours(late), object.clone()));
            if *again {
                told.push((*at + Duration::hours(late * 2), object.clone()));
            }
        }
        told.sort_by_key(|(at, _)| *at);
        let end = told.last().map_or(self.to, |(at, _)| *at);
        told.extend(self.objects.iter().map(|(_, object)| (end, object.clone())));
        told
    }
}

fn tell(log: &mut Given, (at, object): (DateTime<Utc>, Object)) {
    let wait = (at - log.at()).max(Duration::zero());
    log.later(wait);
    ring_months(log);
    match object {
        Object::State(state) => drop(show(log, state)),
        Object::Bill(bill) => drop(seen(log, bill)),
    }
}

/// Rings what is due, as a running service does.
fn ring_months(log: &mut Given) {
    while due(log, MONTH_GRANT).is_some_and(|due| due <= log.at()) {
        ring(log, MONTH_GRANT);
    }
}

/// What each invoice granted and was given back, by the events.
fn books(log: &Given) -> BTreeMap<InvoiceId, (i64, i64)> {
    let mut books: BTreeMap<_, (i64, i64)> = BTreeMap::new();
    for event in &log.log {
        let Event::Invoice(event) = event else { continue };
        match event {
            InvoiceEvent::CreditsGranted { invoice, amount, .. } => {
                books.entry(*invoice).or_default().0 += amount.get();
            }
            InvoiceEvent::Refunded { invoice, revoked, owed, .. } => {
                books.entry(*invoice).or_default().1 += revoked.get() + owed.get();
            }
            InvoiceEvent::Observed { .. } | InvoiceEvent::Mismatched { .. } => {}
        }
    }
    books
}

/// What the wallet was given less what it lost.
fn held(log: &Given) -> i64 {
    let mut held = 0;
    for event in &log.log {
        if let Event::Wallet(WalletEvent::Granted { amount, .. }) = event {
            held += amount.get();
        }
        if let Event::Wallet(WalletEvent::Revoked { amount, .. }) = event {
            held -= amount.get();
        }
    }
    held
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn credits_are_those_of_what_was_paid_and_kept_however_late_it_is_told(
        months in months(),
        tellings in tellings(),
    ) {
        let life = Life::of(&months);
        let mut log = open();
        for object in life.told(&tellings) {
            tell(&mut log, object);
        }
        ring_months(&mut log);
        let due = life.due.iter().filter(|(_, due)| due.granted > 0);
        let due: BTreeMap<_, _> =
            due.map(|(id, due)| (*id, (due.granted, due.taken()))).collect();
        prop_assert_eq!(books(&log), due);
        prop_assert_eq!(tier(&log), plan_of(life.variant));
        let months = count(&log, "subscription.month_granted") as i64;
        life.check_months(months, log.at());
        let left: i64 = life.due.values().map(|due| due.granted - due.taken()).sum();
        prop_assert_eq!(held(&log), left + (months - 1).max(0) * credits_of(PRO_YEARLY));
    }
}
