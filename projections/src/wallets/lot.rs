//! The table `lots`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::wallets::{Category, Draw, GrantSource, PRIORITY, WalletEvent};
use domain::{Amount, Asset, LotId, SubscriptionId, UserId};
use uuid::Uuid;

use crate::frame::macros::{table, view};
use crate::frame::{Batch, Query, ReadError, Reader, Readers, Statement};

table! {
    /// A grant inside a wallet, with its own end and place in the burn order (D11).
    pub struct Lot: "lots" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Whose.
        pub user_id: Uuid,
        /// Of what.
        pub asset: String,
        /// `paid` or `promo`; promo cannot be transferred (LED-06).
        pub category: String,
        /// Where from: `welcome`, `purchase`, `make_good`, `invoice`, `month`, `upgrade`, `rollover`,
        /// `bonus`, `adjustment` or `transfer`; all transfers gather in one.
        pub source: String,
        /// The purchase, invoice or decision it came by, or the lot it stands in for.
        pub source_id: Option<Uuid>,
        /// The subscription it came by.
        pub subscription_id: Option<Uuid>,
        /// Lower burns first.
        pub priority: i16,
        /// How much it was.
        pub amount: i64,
        /// Left, and not held.
        pub remaining: i64,
        /// Held, and not spent.
        pub held: i64,
        /// Whether anything is left or held. The index goes by this and not by the amounts, so that
        /// it does not change with every payment.
        pub is_open: bool,
        /// Older burns first among equals.
        pub effective_at: DateTime<Utc>,
        /// When it stops to be usable.
        pub expires_at: Option<DateTime<Utc>>,
        /// When it was granted.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id") }
    checks {
        lots_remaining_check: "remaining >= 0 and held >= 0 and remaining + held <= amount",
        lots_is_open_check: "is_open = (remaining > 0 or held > 0)",
    }
    indexes {
        lots_open: "(user_id, asset, priority, expires_at, category desc, effective_at, id) \
                    where is_open",
        lots_ending: "(user_id, asset, expires_at) where is_open and expires_at is not null",
    }
}

impl Lot {
    /// A paid lot that arrived by itself, without an end; the caller says what differs.
    fn paid(owner: UserId, asset: Asset, lot: LotId, amount: Amount, at: DateTime<Utc>) -> Self {
        Self {
            id: lot.0,
            user_id: owner.0,
            asset: asset.code().to_owned(),
            category: category_word(Category::Paid).to_owned(),
            source: "transfer".to_owned(),
            source_id: None,
            subscription_id: None,
            priority: PRIORITY,
            amount: amount.get(),
            remaining: amount.get(),
            held: 0,
            is_open: !amount.is_zero(),
            effective_at: at,
            expires_at: None,
            created_at: at,
            updated_at: at,
        }
    }
}

/// What an event does to lots.
pub(super) fn apply(event: &WalletEvent, batch: &mut Batch) {
    if event.asset() == Asset::Earning {
        return; // Its one lot is its balance.
    }
    match event {
        WalletEvent::Granted {
            owner,
            asset,
            lot,
            amount,
            source,
            category,
            priority,
            effective_at,
            expires_at,
            rollover: _,
        } => {
            let (source, source_id, subscription) = origin(source);
            batch.insert(Lot {
                category: category_word(*category).to_owned(),
                source: source.to_owned(),
                source_id,
                subscription_id: subscription.map(|subscription| subscription.0),
                priority: *priority,
                effective_at: *effective_at,
                expires_at: *expires_at,
                ..Lot::paid(*owner, *asset, *lot, *amount, batch.at())
            });
        }
        WalletEvent::TransferReceived { owner, asset, lot, amount, effective_at, .. } => {
            let (amount, at) = (amount.get(), *effective_at);
            let fresh = Lot::paid(*owner, *asset, *lot, Amount::ZERO, batch.at());
            batch.upsert(fresh, move |lot: &mut Lot| lot.gather(amount, at));
        }
        WalletEvent::Held { draws, .. } => each(draws, batch, |lot, amount| {
            lot.remaining -= amount;
            lot.held += amount;
        }),
        WalletEvent::Captured { captured, released, .. } => {
            each(captured, batch, |lot, amount| lot.held -= amount);
            each(released, batch, Lot::take_back);
        }
        WalletEvent::Released { released, .. } | WalletEvent::HoldExpired { released, .. } => {
            each(released, batch, Lot::take_back);
        }
        WalletEvent::LotExpired { lot, amount, .. } | WalletEvent::Revoked { lot, amount, .. } => {
            let gone = [Draw { lot: *lot, amount: *amount }];
            each(&gone, batch, |lot, amount| lot.remaining -= amount);
        }
        WalletEvent::TransferSent { draws, .. }
        | WalletEvent::TipSent { draws, .. }
        | WalletEvent::DebtSettled { draws, .. } => {
            each(draws, batch, |lot, amount| lot.remaining -= amount);
        }
        WalletEvent::Adjusted { paid, promo, .. } => {
            for draws in [paid, promo] {
                each(draws, batch, |lot, amount| lot.remaining -= amount);
            }
        }
        WalletEvent::Earned { .. } | WalletEvent::TipEarned { .. } => {} // Only ever of EARNING.
        WalletEvent::DebtRecorded { .. } // It is what no lot had.
        | WalletEvent::OverrunAbsorbed { .. }
        | WalletEvent::AlertsSet { .. }
        | WalletEvent::RanLow { .. }
        | WalletEvent::EndsSoon { .. } => {}
    }
}

/// Where a lot came from: in a word, by what, and by which subscription.
fn origin(source: &GrantSource) -> (&'static str, Option<Uuid>, Option<SubscriptionId>) {
    match source {
        GrantSource::Welcome => ("welcome", None, None),
        GrantSource::Purchase { purchase } => ("purchase", Some(purchase.0), None),
        GrantSource::MakeGood { lot } => ("make_good", Some(lot.0), None),
        GrantSource::Invoice { subscription, invoice, billing: _ } => {
            ("invoice", Some(invoice.0), Some(*subscription))
        }
        GrantSource::Month { subscription, month: _ } => ("month", None, Some(*subscription)),
        GrantSource::Upgrade { subscription, invoice } => {
            ("upgrade", invoice.map(|invoice| invoice.0), Some(*subscription))
        }
        GrantSource::Rollover { lot } => ("rollover", Some(lot.0), None),
        GrantSource::Bonus { adjustment } => ("bonus", Some(adjustment.0), None),
        GrantSource::Adjustment { adjustment } => ("adjustment", Some(adjustment.0), None),
    }
}

impl Lot {
    /// Transfers gather in one lot; its place in the burn order is that of the first since it was
    /// last used up.
    fn gather(&mut self, amount: i64, effective_at: DateTime<Utc>) {
        if self.remaining == 0 && self.held == 0 {
            self.effective_at = effective_at;
        }
        self.amount += amount;
        self.remaining += amount;
        self.mark();
    }

    /// After every change of an amount.
    fn mark(&mut self) {
        self.is_open = self.remaining > 0 || self.held > 0;
    }

    fn take_back(&mut self, amount: i64) {
        self.held -= amount;
        self.remaining += amount;
    }
}

fn each(draws: &[Draw], batch: &mut Batch, change: fn(&mut Lot, i64)) {
    for draw in draws {
        let amount = draw.amount.get();
        batch.update::<Lot>(draw.lot.0, move |lot| {
            change(lot, amount);
            lot.mark();
        });
    }
}

fn category_word(category: Category) -> &'static str {
    match category {
        Category::Paid => "paid",
        Category::Promo => "promo",
    }
}

static OPEN: Query<Lot> = Query::rows(
    "where user_id = $1 and asset = $2 and is_open \
    order by priority, expires_at, category desc, effective_at, id limit $3",
);

view! {
    /// What is left of the credits of a subscription.
    pub struct Left {
        /// Which subscription.
        pub subscription_id: Uuid,
        /// How much, held or not.
        pub left: i64,
    }
}

static OF_SUBSCRIPTIONS: Query<Left> = Query::view(
    "select subscription_id, sum(remaining + held)::bigint from lots \
    where user_id = $1 and asset = 'credit' and is_open \
    and subscription_id is not null group by subscription_id",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&OPEN, &OF_SUBSCRIPTIONS];

/// Most lots shown of one wallet.
pub const LOTS_SHOWN_MAX: i64 = 500;

/// The lots of which something is left or held, in burn order (`domain`'s order: what ends first,
/// promo before paid); at most [`LOTS_SHOWN_MAX`]. Reads by `lots_open`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn lots_of(reader: Reader<'_>, user: Uuid, asset: Asset) -> Result<Vec<Lot>, ReadError> {
    OPEN.all(reader, &[&user, &asset.code(), &LOTS_SHOWN_MAX]).await
}

/// What is left of the credits that each subscription brought (C-02). Reads by `lots_open`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn credits_of_subscriptions(
    reader: Reader<'_>,
    user: Uuid,
) -> Result<HashMap<Uuid, i64>, ReadError> {
    let rows = OF_SUBSCRIPTIONS.all(reader, &[&user]).await?;
    Ok(rows.into_iter().map(|row| (row.subscription_id, row.left)).collect())
}
