//! How one subscription changes, and what is told of it.

use chrono::{DateTime, Datelike, Utc};
use serde_json::Value;

use super::act::Act;
use super::calendar::{earlier, later};
use super::letter::News;
use super::objects::Subscription;
use super::shelf::Variant;
use super::store::Store;

/// Where links in webhooks lead: nowhere.
const BASE: &str = "https://store.example.lemonsqueezy.com";

/// One subscription, to be worked on.
pub(super) struct Terminal<'a> {
    store: &'a mut Store,
    id: u64,
}

impl<'a> Terminal<'a> {
    pub(super) fn open(store: &'a mut Store, id: u64) -> Option<Self> {
        store.subscriptions.contains_key(&id).then_some(Self { store, id })
    }

    pub(super) fn act(mut self, act: Act) -> Option<Vec<News>> {
        if self.subscription().status == "expired" && !matches!(act, Act::Refund { .. }) {
            return None;
        }
        let news = match act {
            Act::Renew => self.renew(),
            Act::Fail => self.fail(),
            Act::Recover => self.recover()?,
            Act::GiveUp => self.becomes("unpaid", |_| {}, &["subscription_updated"]),
            Act::Cancel => {
                let end = |subscription: &mut Subscription| {
                    subscription.cancelled = true;
                    subscription.ends_at = Some(subscription.renews_at);
                };
                self.becomes("cancelled", end, &["subscription_cancelled", "subscription_updated"])
            }
            Act::Resume => {
                self.becomes("active", |_| {}, &["subscription_resumed", "subscription_updated"])
            }
            Act::Expire => {
                let now = self.store.now();
                let end = |subscription: &mut Subscription| {
                    subscription.ends_at.get_or_insert(now);
                };
                self.becomes("expired", end, &["subscription_expired", "subscription_updated"])
            }
            Act::Pause(pause) => {
                let rest = |subscription: &mut Subscription| subscription.pause = Some(pause);
                self.becomes("paused", rest, &["subscription_paused", "subscription_updated"])
            }
            Act::Unpause => {
                self.becomes("active", |_| {}, &["subscription_unpaused", "subscription_updated"])
            }
            Act::Change { variant, at_once } => self.change(variant, at_once),
            Act::Refund { cents } => self.refund(cents)?,
        };
        Some(news)
    }

    fn renew(&mut self) -> Vec<News> {
        let cents = Variant::of(self.subscription().variant).cents;
        let invoice = self.store.bill(self.id, "renewal", cents, true);
        let mut news = self.becomes("active", next_period, &["subscription_updated"]);
        news.extend(self.invoice("subscription_payment_success", invoice));
        news
    }

    fn fail(&mut self) -> Vec<News> {
        let cents = Variant::of(self.subscription().variant).cents;
        let invoice = self.store.bill(self.id, "renewal", cents, false);
        let mut news = self.becomes("past_due", |_| {}, &["subscription_updated"]);
        news.extend(self.invoice("subscription_payment_failed", invoice));
        news
    }

    /// The same invoice under two names (L5).
    fn recover(&mut self) -> Option<Vec<News>> {
        let now = self.store.now();
        let pending = |invoice: &&super::Invoice| invoice.status == "pending";
        let id = self.store.invoices_of(self.id).rfind(pending)?.id;
        let invoice = self.store.invoices.get_mut(&id)?;
        invoice.status = "paid".to_owned();
        invoice.updated_at = now;
        let mut news = self.becomes("active", next_period, &["subscription_updated"]);
        news.extend(self.invoice("subscription_payment_success", id));
        news.extend(self.invoice("subscription_payment_recovered", id));
        Some(news)
    }

    /// What is left of the old period is worth something against the new price, if that is to be paid at
    /// once: the rest of the same period, or all of one by another cycle, which begins now. What is not
    /// paid at once is paid with the next renewal.
    fn change(&mut self, variant: u64, at_once: bool) -> Vec<News> {
        let (now, before) = (self.store.now(), self.subscription().clone());
        let (old, new) = (Variant::of(before.variant), Variant::of(variant));
        let anew = at_once && old.months != new.months;
        let left = |cents| left_of(cents, &before, old.months, now);
        let due = if anew { new.cents - left(old.cents) } else { left(new.cents - old.cents) };
        let put = |subscription: &mut Subscription| {
            subscription.variant = variant;
            if anew {
                subscription.anchor = now.day();
                subscription.renews_at = later(now, new.months, now.day());
            }
        };
        let status = before.status.clone();
        let events = ["subscription_updated", "subscription_plan_changed"];
        let mut news = self.becomes(&status, put, &events);
        if at_once && (anew || due > 0) {
            let invoice = self.store.bill(self.id, "updated", due.max(0), true);
            news.extend(self.invoice("subscription_payment_success", invoice));
        }
        news
    }

    /// Tells the refund of the first invoice twice: as the invoice's and as the order's (d2.5).
    fn refund(&mut self, cents: Option<i64>) -> Option<Vec<News>> {
        let now = self.store.now();
        let id = self.store.invoices_of(self.id).next_back()?.id;
        let invoice = self.store.invoices.get_mut(&id)?;
        if !matches!(invoice.status.as_str(), "paid" | "partial_refund") {
            return None;
        }
        let left = invoice.total - invoice.refunded;
        invoice.refunded += cents.unwrap_or(left).clamp(0, left);
        let whole = invoice.refunded == invoice.total;
        invoice.status = if whole { "refunded" } else { "partial_refund" }.to_owned();
        invoice.updated_at = now;
        let (initial, refunded) = (invoice.reason == "initial", invoice.refunded);
        let mut news: Vec<_> = self.invoice("subscription_payment_refunded", id).collect();
        if initial {
            news.push(self.order("order_refunded", refunded));
        }
        Some(news)
    }

    /// Changes it, and tells so under each of the names. What is active neither ends nor rests.
    fn becomes(
        &mut self,
        status: &str,
        change: impl FnOnce(&mut Subscription),
        events: &[&'static str],
    ) -> Vec<News> {
        let now = self.store.now();
        if let Some(subscription) = self.store.subscriptions.get_mut(&self.id) {
            subscription.status = status.to_owned();
            subscription.updated_at = now;
            if status == "active" {
                (subscription.cancelled, subscription.ends_at) = (false, None);
                subscription.pause = None;
            }
            change(subscription);
        }
        events.iter().map(|event| self.about(event)).collect()
    }

    fn subscription(&self) -> &Subscription {
        &self.store.subscriptions[&self.id]
    }

    pub(super) fn about(&self, event: &'static str) -> News {
        self.news(event, self.subscription().to_json(BASE))
    }

    pub(super) fn order(&self, event: &'static str, refunded: i64) -> News {
        self.news(event, self.subscription().order_json(refunded))
    }

    pub(super) fn invoice(&self, event: &'static str, id: u64) -> impl Iterator<Item = News> {
        let object = self.store.invoices.get(&id).map(super::Invoice::to_json);
        object.map(|object| self.news(event, object)).into_iter()
    }

    fn news(&self, event: &'static str, object: Value) -> News {
        News { event, object, custom: self.subscription().custom.clone() }
    }
}

/// What of a price for the period that runs is for what is left of it.
fn left_of(cents: i64, running: &Subscription, months: u32, now: DateTime<Utc>) -> i64 {
    let begin = earlier(running.renews_at, months, running.anchor);
    let whole = (running.renews_at - begin).num_seconds().max(1);
    let left = (running.renews_at - now).num_seconds().clamp(0, whole);
    cents * left / whole
}

fn next_period(subscription: &mut Subscription) {
    let months = Variant::of(subscription.variant).months;
    subscription.renews_at = later(subscription.renews_at, months, subscription.anchor);
}
