//! What the stand-in remembers, and how subscriptions begin.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};

use super::act::Act;
use super::calendar::later;
use super::letter::News;
use super::objects::{Checkout, Custom, Invoice, Subscription};
use super::shelf::Variant;
use super::terminal::Terminal;

/// The numbers that ids begin with (fixtures L1 and L2).
const FIRST_SUBSCRIPTION: u64 = 7_000_001;
const FIRST_INVOICE: u64 = 9_000_001;
const FIRST_ORDER: u64 = 8_000_001;

/// Everything that outlives a request.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Store {
    pub(super) checkouts: BTreeMap<String, Checkout>,
    pub(super) subscriptions: BTreeMap<u64, Subscription>,
    pub(super) invoices: BTreeMap<u64, Invoice>,
    /// The time, if it was told.
    pub(super) now: Option<DateTime<Utc>>,
    /// A status that the next calls are answered with, and how many.
    #[serde(skip)]
    pub(super) trouble: Option<(u16, u32)>,
    /// What the API was asked.
    #[serde(skip)]
    pub(super) asked: Vec<String>,
}

impl Store {
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.now.unwrap_or_else(Utc::now)
    }

    /// The status that this call is answered with, if it is not to be worked on.
    pub(super) fn trouble(&mut self) -> Option<u16> {
        let (status, times) = self.trouble?;
        self.trouble = times.checked_sub(2).map(|left| (status, left + 1));
        Some(status)
    }

    /// The customer pays on the page of a checkout; paying again changes nothing. None if there is
    /// no such page, or no more.
    pub(super) fn pay(&mut self, checkout: &str) -> Option<(Checkout, Vec<News>)> {
        let now = self.now();
        let mut page = self.checkouts.get(checkout)?.clone();
        if page.expires_at.is_some_and(|end| end <= now) {
            return None;
        }
        let mut news = Vec::new();
        if page.subscription.is_none() {
            let (id, written) = self.subscribe(page.variant, page.custom.clone(), &page.email);
            (page.subscription, news) = (Some(id), written);
            self.checkouts.insert(page.id.clone(), page.clone());
        }
        Some((page, news))
    }

    /// A subscription begins, and its first period is paid. All that is told of it carries one and
    /// the same time (d2.5).
    pub(super) fn subscribe(
        &mut self,
        variant: u64,
        custom: Custom,
        email: &str,
    ) -> (u64, Vec<News>) {
        let (now, count) = (self.now(), self.subscriptions.len() as u64);
        let id = FIRST_SUBSCRIPTION + count;
        let subscription = Subscription {
            id,
            order: FIRST_ORDER + count,
            variant,
            custom,
            email: email.to_owned(),
            status: "active".to_owned(),
            pause: None,
            cancelled: false,
            anchor: now.day(),
            renews_at: later(now, Variant::of(variant).months, now.day()),
            ends_at: None,
            created_at: now,
            updated_at: now,
        };
        self.subscriptions.insert(id, subscription);
        let invoice = self.bill(id, "initial", Variant::of(variant).cents, true);
        let Some(terminal) = Terminal::open(self, id) else { return (id, Vec::new()) };
        let mut news = vec![terminal.order("order_created", 0)];
        news.extend(["subscription_created", "subscription_updated"].map(|e| terminal.about(e)));
        news.extend(terminal.invoice("subscription_payment_success", invoice));
        (id, news)
    }

    /// Something happens to a subscription. None if there is none, or it cannot happen to it.
    pub(super) fn act(&mut self, id: u64, act: Act) -> Option<Vec<News>> {
        Terminal::open(self, id)?.act(act)
    }

    /// Those whose pause ends by itself, and has.
    pub(super) fn rested(&self) -> Vec<u64> {
        let now = self.now();
        let over = |one: &&Subscription| {
            let rests = one.pause.filter(|_| one.status == "paused");
            rests.and_then(|pause| pause.resumes_at).is_some_and(|end| end <= now)
        };
        self.subscriptions.values().filter(over).map(|one| one.id).collect()
    }

    /// Makes an invoice.
    pub(super) fn bill(&mut self, subscription: u64, reason: &str, total: i64, paid: bool) -> u64 {
        let (now, id) = (self.now(), FIRST_INVOICE + self.invoices.len() as u64);
        let invoice = Invoice {
            id,
            subscription,
            reason: reason.to_owned(),
            status: if paid { "paid" } else { "pending" }.to_owned(),
            total,
            refunded: 0,
            created_at: now,
            updated_at: now,
        };
        self.invoices.insert(id, invoice);
        id
    }

    /// Oldest first.
    pub(super) fn invoices_of(
        &self,
        subscription: u64,
    ) -> impl DoubleEndedIterator<Item = &Invoice> {
        self.invoices.values().filter(move |invoice| invoice.subscription == subscription)
    }
}
