//! The table `artist_earnings`: what each picture and tip was worth, before and after the platform's
//! share (ART-03). Who paid is not in it: a line of `transactions` says that, as far as it is told.

use chrono::{DateTime, Utc};
use domain::wallets::WalletEvent;
use eventstore::Entry;
use uuid::Uuid;

use crate::frame::macros::{append_table, view};
use crate::frame::{Batch, Page, Query, ReadError, Reader, Readers, Statement};

append_table! {
    /// Something an artist earned.
    pub struct ArtistEarning: "artist_earnings" key (id: Uuid) {
        /// The event's id, as in `transactions`.
        pub id: Uuid,
        /// Whose.
        pub artist_id: Uuid,
        /// `generation` or `tip`.
        pub kind: String,
        /// For which picture; a tip may be for none.
        pub generation_id: Option<Uuid>,
        /// With which style; none for a tip.
        pub style_id: Option<Uuid>,
        /// What was paid.
        pub gross: i64,
        /// The platform's share.
        pub fee: i64,
        /// The artist's: gross less fee.
        pub net: i64,
        /// When.
        pub created_at: DateTime<Utc>,
    }
    readers { Readers::owner("artist_id") }
    checks {
        artist_earnings_kind_check: "kind in ('generation', 'tip')",
        artist_earnings_net_check: "fee >= 0 and net >= 0 and gross = fee + net",
    }
    indexes {
        artist_earnings_artist: "(artist_id, created_at desc, id desc)",
    }
}

/// What an event adds to earnings.
pub(super) fn apply(event: &WalletEvent, entry: &Entry, batch: &mut Batch) {
    match event {
        WalletEvent::Earned { owner, generation, style, gross, fee, amount, .. } => {
            batch.append(ArtistEarning {
                id: entry.recorded.event_id,
                artist_id: owner.0,
                kind: "generation".to_owned(),
                generation_id: Some(generation.0),
                style_id: Some(style.0),
                gross: gross.get(),
                fee: fee.get(),
                net: amount.get(),
                created_at: batch.at(),
            });
        }
        WalletEvent::TipEarned { owner, tip, amount, .. } => batch.append(ArtistEarning {
            id: entry.recorded.event_id,
            artist_id: owner.0,
            kind: "tip".to_owned(),
            generation_id: tip.generation.map(|generation| generation.0),
            style_id: None,
            gross: tip.gross.get(),
            fee: tip.fee.get(),
            net: amount.get(),
            created_at: batch.at(),
        }),
        WalletEvent::Granted { .. }
        | WalletEvent::Held { .. }
        | WalletEvent::Captured { .. }
        | WalletEvent::Released { .. }
        | WalletEvent::HoldExpired { .. }
        | WalletEvent::LotExpired { .. }
        | WalletEvent::TransferSent { .. }
        | WalletEvent::TransferReceived { .. }
        | WalletEvent::Revoked { .. }
        | WalletEvent::DebtRecorded { .. }
        | WalletEvent::DebtSettled { .. }
        | WalletEvent::Adjusted { .. }
        | WalletEvent::OverrunAbsorbed { .. }
        | WalletEvent::TipSent { .. }
        | WalletEvent::AlertsSet { .. }
        | WalletEvent::RanLow { .. }
        | WalletEvent::EndsSoon { .. } => {}
    }
}

view! {
    /// What one style or one day brought.
    pub struct EarningsOf {
        /// The style's id, or the day as `yyyy-mm-dd`; none for what was earned without a style.
        pub key: Option<String>,
        /// How many pictures and tips.
        pub count: i64,
        /// What was paid.
        pub gross: i64,
        /// The platform's share.
        pub fee: i64,
        /// The artist's.
        pub net: i64,
    }
}

static PAGE: Query<ArtistEarning> = Query::rows(
    "where artist_id = $1 and (created_at, id) < ($2, $3) \
    and ($4::uuid is null or style_id = $4) order by created_at desc, id desc limit $5",
);

static BY_STYLE: Query<EarningsOf> = Query::view(
    "select style_id::text, count(*), sum(gross)::bigint, sum(fee)::bigint, sum(net)::bigint \
    from artist_earnings where artist_id = $1 and created_at >= $2 and created_at < $3 \
    group by style_id order by sum(net) desc, style_id limit $4",
);

static BY_DAY: Query<EarningsOf> = Query::view(
    "select to_char(created_at at time zone $5::text, 'YYYY-MM-DD') as day, count(*), \
    sum(gross)::bigint, sum(fee)::bigint, sum(net)::bigint \
    from artist_earnings where artist_id = $1 and created_at >= $2 and created_at < $3 \
    group by day order by day desc limit $4",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&PAGE, &BY_STYLE, &BY_DAY];

/// What an artist earned, newest first, perhaps with one style only. Reads by
/// `artist_earnings_artist`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn earnings_of(
    reader: Reader<'_>,
    artist: Uuid,
    style: Option<Uuid>,
    page: Page,
) -> Result<Vec<ArtistEarning>, ReadError> {
    let Page { key, id, limit, way } = page;
    PAGE.page(reader, way, &[&artist, &key, &id, &style, &limit]).await
}

/// What each style brought in a span, the best first. Reads by `artist_earnings_artist`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn earnings_by_style(
    reader: Reader<'_>,
    artist: Uuid,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<EarningsOf>, ReadError> {
    BY_STYLE.all(reader, &[&artist, &from, &to, &limit]).await
}

/// What each day of a span brought, the last first; a day is one of `zone`, by its name. Reads by
/// `artist_earnings_artist`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn earnings_by_day(
    reader: Reader<'_>,
    artist: Uuid,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    zone: &str,
    limit: i64,
) -> Result<Vec<EarningsOf>, ReadError> {
    BY_DAY.all(reader, &[&artist, &from, &to, &limit, &zone]).await
}
