//! What a wallet says of itself, and a year of a plan's months.

use super::*;
use crate::given::Given;
use crate::wallets::tests::units::Unit;
use crate::work::Work;
use crate::{Decide, SubscriptionId};

const TOKENS: WalletKey = WalletKey::token(MINA);

fn set(mark: Option<i64>) -> WalletCommand {
    WalletCommand::SetAlerts(TOKENS, mark.map(amount))
}

fn marked(mark: i64) -> WalletEvent {
    let low_balance = Some(amount(mark));
    WalletEvent::AlertsSet { owner: MINA, asset: Asset::Token, low_balance }
}

fn ran_low(available: i64, mark: i64) -> WalletEvent {
    WalletEvent::RanLow { owner: MINA, asset: Asset::Token, available, mark: amount(mark) }
}

#[test]
fn a_wallet_says_once_that_it_ran_low() {
    let events = [granted(vec![grant(1, 50)]), vec![marked(20)]].concat();
    let framework = |events: &[WalletEvent]| wallet().given(events.to_vec());
    framework(&events).when(hold(30)).then_expect_events(vec![held(&[(1, 30)])]);
    let low = vec![held(&[(1, 31)]), ran_low(19, 20)];
    framework(&events).when(hold(31)).then_expect_events(low.clone());

    let mut state = Wallet::default();
    events.into_iter().chain(low).for_each(|event| state.evolve(event));
    let spent = state.decide(capture(31, noon())).unwrap();
    assert_eq!(spent, [captured(&[(1, 31)], &[])], "it is known already");
    let more = state.decide(WalletCommand::Grant(grant(2, 50))).unwrap();
    more.into_iter().for_each(|event| state.evolve(event));
    assert_eq!(state.decide(send(50)).unwrap().last(), Some(&ran_low(19, 20)), "and again");
}

#[test]
fn a_mark_above_the_balance_is_said_at_once_and_the_same_mark_again_changes_nothing() {
    let events = granted(vec![grant(1, 50)]);
    let framework = || wallet().given(events.clone());
    framework().when(set(Some(60))).then_expect_events(vec![marked(60), ran_low(50, 60)]);
    framework().when(set(None)).then_expect_events(vec![]);
    let marked = [events.clone(), vec![marked(20)]].concat();
    wallet().given(marked.clone()).when(set(Some(20))).then_expect_events(vec![]);
    let never = WalletEvent::AlertsSet { owner: MINA, asset: Asset::Token, low_balance: None };
    wallet().given(marked).when(set(None)).then_expect_events(vec![never]);
}

#[test]
fn a_lot_that_will_end_is_spoken_of_seven_days_before_if_anything_is_left() {
    let end = noon() + Duration::days(30);
    let mut log = Given::nothing();
    let granting = Unit(move |work: &mut Work<'_>| funds::grant(work, until(end, grant(1, 50))));
    log.when(&granting).unwrap();
    let name = format!("{}.{}", TOKENS.id(), lot(1));
    let kept = log.kept(LOT_NOTICE, &name).unwrap();
    assert_eq!(kept.due, Some(end - NOTICE));
    let ring: WarnOfEnd = serde_json::from_slice(&kept.bytes).unwrap();
    assert_eq!(log.when(&ring).unwrap().types(), ["wallet.ends_soon"]);

    let short = until(noon() + NOTICE, grant(2, 50));
    let granting = Unit(move |work: &mut Work<'_>| funds::grant(work, short.clone()));
    log.when(&granting).unwrap();
    assert_eq!(log.kept(LOT_NOTICE, &format!("{}.{}", TOKENS.id(), lot(2))), None);

    let mut spent = Given::nothing().event::<Wallet>(TOKENS, until(end, grant(1, 5)).event());
    spent
        .when(&Unit(|work: &mut Work<'_>| {
            funds::hold(work, TOKENS, PAINTING, amount(5), Some(minutes(60)))?;
            funds::capture(work, TOKENS, JOB.into(), amount(5))
        }))
        .unwrap();
    assert!(spent.when(&ring).unwrap().events.is_empty());
}

/// Twelve months of 1,000 credits, half of what is left lives on; a third of it is spent each month.
/// The clock only ever moves to the next timer.
#[test]
fn a_year_of_months_rings_every_timer_and_the_books_agree() {
    let credits = WalletKey { owner: MINA, asset: Asset::Credit };
    let subscription = SubscriptionId(id(60));
    let mut log = Given::nothing();
    for month in 1..=12 {
        let (from, name) = (log.at(), format!("2026-{month:02}"));
        let end = from + Duration::days(30);
        let lot = LotId::month(subscription, &name);
        let months = Grant {
            wallet: credits,
            lot,
            source: GrantSource::Month { subscription, month: name },
            rollover: Some(Rollover::Percent(50)),
            effective_at: from,
            ..until(end, grant(1, 1_000))
        };
        let job = GenerationId(id(100 + month));
        let month = Unit(move |work: &mut Work<'_>| {
            funds::grant(work, months.clone())?;
            let purpose = Purpose::Generation(job);
            funds::hold(work, credits, purpose, amount(400), Some(from + Duration::hours(1)))?;
            funds::capture(work, credits, job.into(), amount(300))
        });
        log.when(&month).unwrap();
        ring_until(&mut log, end);
    }
    let end = log.at() + Duration::days(31);
    ring_until(&mut log, end);
    let count = |what: &str| log.log.iter().filter(|event| event.type_name() == what).count();
    // Each month ends, and what of it lives on ends with the next one.
    assert_eq!((count("wallet.granted"), count("wallet.lot_expired")), (24, 24));
    assert_eq!(count("wallet.ends_soon"), 24);
    assert_eq!(log.timers(), []);
    let wallet = log.state::<Wallet>(credits);
    assert_eq!((wallet.posted(), wallet.lots().len()), (0, 0));
}

/// Rings every timer that is due by then, in order.
fn ring_until(log: &mut Given, end: DateTime<Utc>) {
    loop {
        let mut timers = log.timers();
        timers.sort_by_key(|(kind, key, due)| (*due, *kind, key.clone()));
        let Some((kind, key, due)) = timers.into_iter().find(|(_, _, due)| *due <= end) else {
            log.later(end - log.at());
            return;
        };
        log.later((due - log.at()).max(Duration::zero()));
        let bytes = log.kept(kind, &key).unwrap().bytes.clone();
        match kind {
            LOT_EXPIRY => drop(log.when(&serde_json::from_slice::<ExpireLot>(&bytes).unwrap())),
            LOT_NOTICE => drop(log.when(&serde_json::from_slice::<WarnOfEnd>(&bytes).unwrap())),
            HOLD_EXPIRY => drop(log.when(&serde_json::from_slice::<ExpireHold>(&bytes).unwrap())),
            other => panic!("{other} is no timer of a wallet"),
        }
        let (kind, key) = (kind, key.clone());
        log.when(&Unit(move |work: &mut Work<'_>| {
            work.forget(kind, key.clone()); // It rang.
            Ok(())
        }))
        .unwrap();
    }
}
