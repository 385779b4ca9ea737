//! What the rules of wallets are told with.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod alerts;
mod debts;
mod holds;
mod limits;
mod lots;
mod model;
mod units;

use chrono::{DateTime, Duration, FixedOffset, Utc};
use cqrs_es::test::TestFramework;

use super::burn::MAKE_GOOD;
use super::*;
use crate::given::{id, noon};
use crate::{Asset, GenerationId, PurchaseId, StyleId, TransferId, UserId};

const MINA: UserId = UserId(id(1));
const JOON: UserId = UserId(id(2));
const JOB: GenerationId = GenerationId(id(70));
/// A thousand a day, in Seoul.
const DAILY: DailyLimit = DailyLimit {
    amount: match Amount::new(1_000) {
        Ok(amount) => amount,
        Err(_) => Amount::MAX,
    },
    zone: FixedOffset::east_opt(9 * 3_600).unwrap(),
};
const PAINTING: Purpose = Purpose::Generation(JOB);

fn wallet() -> TestFramework<Wallet> {
    TestFramework::with(())
}

fn amount(n: i64) -> Amount {
    Amount::new(n).unwrap()
}

fn lot(n: u128) -> LotId {
    LotId(id(n))
}

fn minutes(n: i64) -> DateTime<Utc> {
    noon() + Duration::minutes(n)
}

fn draws(parts: &[(u128, i64)]) -> Vec<Draw> {
    parts.iter().map(|(n, part)| Draw { lot: lot(*n), amount: amount(*part) }).collect()
}

/// A paid lot without an end.
fn grant(n: u128, tokens: i64) -> Grant {
    Grant {
        wallet: WalletKey::token(MINA),
        lot: lot(n),
        amount: amount(tokens),
        source: GrantSource::Purchase { purchase: PurchaseId(id(n)) },
        category: Category::Paid,
        priority: PRIORITY,
        effective_at: noon(),
        expires_at: None,
        rollover: None,
    }
}

fn promo(n: u128, tokens: i64) -> Grant {
    Grant { category: Category::Promo, source: GrantSource::Welcome, ..grant(n, tokens) }
}

fn until(end: DateTime<Utc>, grant: Grant) -> Grant {
    Grant { expires_at: Some(end), ..grant }
}

fn granted(grants: Vec<Grant>) -> Vec<WalletEvent> {
    grants.into_iter().map(Grant::event).collect()
}

fn hold(tokens: i64) -> WalletCommand {
    hold_at(tokens, noon())
}

fn hold_at(tokens: i64, at: DateTime<Utc>) -> WalletCommand {
    WalletCommand::Hold(NewHold {
        wallet: WalletKey::token(MINA),
        hold: JOB.into(),
        purpose: PAINTING,
        amount: amount(tokens),
        at,
        expires_at: Some(minutes(60)),
    })
}

fn held(parts: &[(u128, i64)]) -> WalletEvent {
    WalletEvent::Held {
        owner: MINA,
        asset: Asset::Token,
        hold: JOB.into(),
        purpose: PAINTING,
        draws: draws(parts),
        expires_at: Some(minutes(60)),
    }
}

fn captured(spent: &[(u128, i64)], back: &[(u128, i64)]) -> WalletEvent {
    WalletEvent::Captured {
        owner: MINA,
        asset: Asset::Token,
        hold: JOB.into(),
        purpose: PAINTING,
        captured: draws(spent),
        released: draws(back),
        style: None,
    }
}

fn released(back: &[(u128, i64)], reason: ReleaseReason) -> WalletEvent {
    WalletEvent::Released {
        owner: MINA,
        asset: Asset::Token,
        hold: JOB.into(),
        purpose: PAINTING,
        released: draws(back),
        reason,
    }
}

fn lot_expired(n: u128, tokens: i64) -> WalletEvent {
    WalletEvent::LotExpired {
        owner: MINA,
        asset: Asset::Token,
        lot: lot(n),
        amount: amount(tokens),
        category: Category::Paid,
    }
}

fn capture(tokens: i64, at: DateTime<Utc>) -> WalletCommand {
    WalletCommand::Capture { hold: JOB.into(), amount: amount(tokens), style: None, at }
}

fn release(reason: ReleaseReason, at: DateTime<Utc>) -> WalletCommand {
    WalletCommand::Release { hold: JOB.into(), reason, at }
}

fn send(tokens: i64) -> WalletCommand {
    let sending = Sending {
        wallet: WalletKey::token(MINA),
        transfer: TransferId(id(90)),
        to: JOON,
        amount: amount(tokens),
        memo: None,
        at: noon(),
    };
    WalletCommand::SendTransfer(sending, DAILY)
}
