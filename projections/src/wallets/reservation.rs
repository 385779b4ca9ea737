//! The table `credit_reservations`: the holds, under the seed's name (LED-11).

use chrono::{DateTime, Utc};
use domain::wallets::{Draw, Purpose, WalletEvent};
use domain::{Amount, Asset, HoldId};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Batch, Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// Funds set aside for a job, and what became of them.
    pub struct Reservation: "credit_reservations" key (id: Uuid, asset: String) {
        /// The hold; what it is for may hold in two wallets.
        pub id: Uuid,
        /// Whose.
        pub user_id: Uuid,
        /// Of what.
        pub asset: String,
        /// What it is for: `generation`, `payout` or `refund`.
        pub purpose: String,
        /// Which generation, payout or refund.
        pub job_id: Uuid,
        /// `reserved`, `settled`, `released` or `expired`.
        pub status: String,
        /// Set aside.
        pub reserved_amount: i64,
        /// Spent of it, once closed.
        pub settled_amount: Option<i64>,
        /// Given back of it, once closed.
        pub released_amount: Option<i64>,
        /// What the work took beyond it, and the platform bore (LED-12).
        pub absorbed_amount: i64,
        /// When it ends by itself, if it does.
        pub expires_at: Option<DateTime<Utc>>,
        /// When it was closed.
        pub settled_at: Option<DateTime<Utc>>,
        /// When it was set aside.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id") }
    checks {
        credit_reservations_status_check:
            "status in ('reserved', 'settled', 'released', 'expired')",
        credit_reservations_amount_check:
            "settled_at is null or settled_amount + released_amount = reserved_amount",
    }
    indexes {
        credit_reservations_user: "(user_id, asset, created_at desc, id desc)",
        credit_reservations_job: "(job_id)",
    }
}

/// What an event does to holds.
pub(super) fn apply(event: &WalletEvent, batch: &mut Batch) {
    match event {
        WalletEvent::Held { owner, asset, hold, purpose, draws, expires_at } => {
            let (purpose, job) = job(*purpose);
            batch.insert(Reservation {
                id: hold.0,
                user_id: owner.0,
                asset: asset.code().to_owned(),
                purpose: purpose.to_owned(),
                job_id: job,
                status: "reserved".to_owned(),
                reserved_amount: total(draws),
                settled_amount: None,
                released_amount: None,
                absorbed_amount: 0,
                expires_at: *expires_at,
                settled_at: None,
                created_at: batch.at(),
                updated_at: batch.at(),
            });
        }
        WalletEvent::Captured { hold, asset, captured, released, .. } => {
            close((*hold, *asset), "settled", (total(captured), total(released)), batch);
        }
        WalletEvent::Released { hold, asset, released, .. } => {
            close((*hold, *asset), "released", (0, total(released)), batch);
        }
        WalletEvent::HoldExpired { hold, asset, released, .. } => {
            close((*hold, *asset), "expired", (0, total(released)), batch);
        }
        WalletEvent::OverrunAbsorbed { hold, asset, amount, .. } => {
            let (key, amount) = ((hold.0, asset.code().to_owned()), amount.get());
            batch.update::<Reservation>(key, move |row| row.absorbed_amount += amount);
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
        | WalletEvent::TipSent { .. }
        | WalletEvent::TipEarned { .. }
        | WalletEvent::AlertsSet { .. }
        | WalletEvent::RanLow { .. }
        | WalletEvent::EndsSoon { .. } => {}
    }
}

fn job(purpose: Purpose) -> (&'static str, Uuid) {
    match purpose {
        Purpose::Generation(generation) => ("generation", generation.0),
        Purpose::Payout(payout) => ("payout", payout.0),
        Purpose::Refund(refund) => ("refund", refund.0),
    }
}

fn total(draws: &[Draw]) -> i64 {
    Amount::total(draws.iter().map(|draw| draw.amount))
}

fn close(
    (hold, asset): (HoldId, Asset),
    status: &'static str,
    (settled, released): (i64, i64),
    batch: &mut Batch,
) {
    let (at, key) = (batch.at(), (hold.0, asset.code().to_owned()));
    batch.update::<Reservation>(key, move |row| {
        row.status = status.to_owned();
        row.settled_amount = Some(settled);
        row.released_amount = Some(released);
        row.settled_at = Some(at);
    });
}

static PAGE: Query<Reservation> = Query::rows(
    "where user_id = $1 and asset = $2 and (created_at, id) < ($3, $4) \
    and ($5::text is null or status = $5) \
    order by created_at desc, id desc limit $6",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&PAGE];

/// A wallet's holds, newest first, perhaps of one status only. Reads by
/// `credit_reservations_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn reservations_of(
    reader: Reader<'_>,
    (user, asset): (Uuid, Asset),
    status: Option<&str>,
    page: Page,
) -> Result<Vec<Reservation>, ReadError> {
    let Page { key, id, limit, way } = page;
    PAGE.page(reader, way, &[&user, &asset.code(), &key, &id, &status, &limit]).await
}
