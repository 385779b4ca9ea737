//! The rules of a purchase, as sentences: what the buyer can do. What Toss says is in `toss`.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod any_order;
mod deposits;
mod refunds;
mod toss;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::*;
use crate::given::{Accepted, Given, id, noon};
use crate::packages::{PackageEvent, PackageName, SeedPackages, TokenPackage};
use crate::wallets::{Wallet, WalletKey};
use crate::{Amount, PackageId, Refusal, Stream, UserId};

const MINA: UserId = UserId(id(1));
const JOON: UserId = UserId(id(2));
const PURCHASE: PurchaseId = PurchaseId(id(50));

fn package(tokens: i64, unit_price: &str) -> Package {
    let tokens = Amount::new(tokens).unwrap();
    Package { name: "tokens-150".to_owned(), tokens, unit_price: unit_price.parse().unwrap() }
}

fn named(package: &str) -> PackageName {
    PackageName::parse(package).unwrap()
}

fn initiate() -> InitiatePurchase {
    InitiatePurchase { purchase: PURCHASE, buyer: MINA, package: named("tokens-150") }
}

/// A price list, and nothing bought.
fn listed() -> Given {
    let mut log = Given::nothing();
    log.when(&SeedPackages).unwrap();
    log
}

fn figures() -> Figures {
    Figures { payment_key: "tviva1".to_owned(), order_id: order_id(PURCHASE), amount: 15_000 }
}

fn confirm_with(figures: Figures) -> ConfirmPurchase {
    ConfirmPurchase { purchase: PURCHASE, caller: MINA, figures }
}

fn cancel() -> CancelPurchase {
    let code = "PAY_PROCESS_CANCELED".to_owned();
    CancelPurchase { purchase: PURCHASE, caller: MINA, code }
}

/// A purchase that can be paid.
fn initiated() -> Given {
    let mut log = listed();
    log.when(&initiate()).unwrap();
    log
}

/// A purchase that Toss is asked to confirm.
fn confirming() -> Given {
    let mut log = initiated();
    log.when(&confirm_with(figures())).unwrap();
    log
}

fn refusal(result: Result<Accepted<impl std::fmt::Debug>, Refusal>) -> PurchaseError {
    match result.unwrap_err() {
        Refusal::Purchase(error) => error,
        other => unreachable!("{other}"),
    }
}

fn timers(log: &Given) -> Vec<(&'static str, DateTime<Utc>)> {
    log.timers().into_iter().map(|(kind, _, due)| (kind, due)).collect()
}

fn none() -> [&'static str; 0] {
    []
}

#[test]
fn every_figure_is_fixed_when_a_purchase_begins() {
    let mut log = listed();
    let accepted = log.when(&initiate()).unwrap();
    let offer = Offer {
        purchase: PURCHASE,
        tokens: Amount::new(150).unwrap(),
        order_id: order_id(PURCHASE),
        amount: 15_000,
        currency: "KRW".to_owned(),
        expires_at: noon() + TIME_TO_PAY,
    };
    assert_eq!(accepted.reply, offer);
    assert_eq!(accepted.types(), ["purchase.initiated"]);
    assert_eq!(timers(&log), [(PURCHASE_EXPIRY, noon() + TIME_TO_PAY)]);
}

#[test]
fn the_same_beginning_again_is_the_same_offer_and_another_is_refused() {
    let mut log = initiated();
    log.later(Duration::minutes(5));
    let again = log.when(&initiate()).unwrap();
    assert_eq!(again.types(), none());
    assert_eq!(again.reply.expires_at, noon() + TIME_TO_PAY);
    let other = InitiatePurchase { package: named("tokens-500"), ..initiate() };
    assert_eq!(refusal(log.when(&other)), PurchaseError::Conflict);
}

#[test]
fn a_price_is_whole_won_with_halves_rounded_up() {
    assert_eq!(package(3, "33.5").price(), Ok(101));
    assert_eq!(package(3, "33.3333").price(), Ok(100));
    assert_eq!(package(1, "0.5").price(), Ok(1));
    for (tokens, unit_price) in [(0, "100"), (1, "0.4"), (1, "-1"), (2, "500000000001")] {
        assert_eq!(package(tokens, unit_price).price(), Err(PurchaseError::Unpayable));
    }
    let huge = Package { unit_price: Decimal::MAX, ..package(2, "1") };
    assert_eq!(huge.price(), Err(PurchaseError::Unpayable));
}

#[test]
fn an_order_id_is_what_toss_allows_and_names_its_purchase() {
    let text = order_id(PURCHASE);
    assert!(text.len() <= ORDER_ID_CHARS_MAX);
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    assert_eq!(purchase_of(&text), Some(PURCHASE));
    for foreign in ["", "p_", "x_1", &text.to_uppercase(), &format!("p_{}", PURCHASE)] {
        assert_eq!(purchase_of(foreign), None);
    }
}

#[test]
fn a_callback_that_fits_asks_for_the_confirm_and_claims_the_payment() {
    let mut log = initiated();
    let accepted = log.when(&confirm_with(figures())).unwrap();
    assert_eq!(accepted.types(), ["purchase.confirm_requested"]);
    let status = PurchaseStatus::Confirming;
    assert_eq!(accepted.reply, ConfirmReply::Accepted { status });
    let owner = Stream::of::<Purchase>(PURCHASE).id;
    assert_eq!(log.claimed(PAYMENT_KEY_CLAIM, "tviva1"), Some(owner));
    let [(kind, _)] = timers(&log)[..] else { unreachable!("an open purchase has one timer") };
    assert_eq!(kind, PURCHASE_RECONCILE);
}

#[test]
fn the_same_callback_again_changes_nothing() {
    let mut log = confirming();
    let again = log.when(&confirm_with(figures())).unwrap();
    assert_eq!(again.types(), none());
    let other = Figures { payment_key: "tviva2".to_owned(), ..figures() };
    let status = PurchaseStatus::Confirming;
    let refused = refusal(log.when(&confirm_with(other)));
    assert_eq!(refused, PurchaseError::NotConfirmable { status });
}

#[test]
fn a_callback_with_other_figures_is_recorded_and_ends_the_purchase() {
    for forged in [
        Figures { amount: 1, ..figures() },
        Figures { order_id: "p_other".to_owned(), ..figures() },
    ] {
        let mut log = initiated();
        let accepted = log.when(&confirm_with(forged)).unwrap();
        assert_eq!(accepted.types(), ["purchase.tampered"]);
        let mismatch = ConfirmReply::Mismatch { order_id: order_id(PURCHASE), amount: 15_000 };
        assert_eq!(accepted.reply, mismatch);
        assert_eq!((timers(&log), log.claimed(PAYMENT_KEY_CLAIM, "tviva1")), (vec![], None));
        let status = PurchaseStatus::Tampered;
        let then = refusal(log.when(&confirm_with(figures())));
        assert_eq!(then, PurchaseError::NotConfirmable { status });
    }
}

#[test]
fn one_payment_pays_one_purchase() {
    let mut log = confirming();
    let other = PurchaseId(id(51));
    log.when(&InitiatePurchase { purchase: other, ..initiate() }).unwrap();
    let figures = Figures { order_id: order_id(other), ..figures() };
    let confirm = ConfirmPurchase { purchase: other, caller: MINA, figures };
    assert_eq!(refusal(log.when(&confirm)), PurchaseError::PaymentKeyTaken);
    assert_eq!(log.state::<Purchase>(other).status(), Some(PurchaseStatus::Initiated));
}

#[test]
fn somebody_elses_purchase_is_unknown() {
    let mut log = initiated();
    let confirm = ConfirmPurchase { caller: JOON, ..confirm_with(figures()) };
    assert_eq!(refusal(log.when(&confirm)), PurchaseError::Unknown);
    let stranger = CancelPurchase { caller: JOON, ..cancel() };
    assert_eq!(refusal(log.when(&stranger)), PurchaseError::Unknown);
    let nothing = ConfirmPurchase { purchase: PurchaseId(id(9)), ..confirm_with(figures()) };
    assert_eq!(refusal(log.when(&nothing)), PurchaseError::Unknown);
}

#[test]
fn a_callback_comes_in_time_and_with_a_key_of_tosss_length() {
    let mut log = initiated();
    for key in [String::new(), "k".repeat(PAYMENT_KEY_CHARS_MAX + 1)] {
        let figures = Figures { payment_key: key, ..figures() };
        let max = PAYMENT_KEY_CHARS_MAX;
        let refused = refusal(log.when(&confirm_with(figures)));
        assert_eq!(refused, PurchaseError::PaymentKeyLength { max });
    }
    log.later(TIME_TO_PAY);
    let late = refusal(log.when(&confirm_with(figures())));
    assert_eq!(late, PurchaseError::SessionExpired);
}

#[test]
fn an_unpaid_purchase_expires_by_its_timer() {
    let mut log = initiated();
    let bytes = &log.kept(PURCHASE_EXPIRY, &PURCHASE.to_string()).unwrap().bytes;
    let ring: ExpirePurchase = serde_json::from_slice(bytes).unwrap();
    assert_eq!(log.when(&ring).unwrap().types(), ["purchase.expired"]);
    assert_eq!(log.when(&ring).unwrap().types(), none());
    assert_eq!(confirming().when(&ring).unwrap().types(), none(), "once asked, Toss decides");
}

#[test]
fn a_buyer_steps_back_only_before_the_confirm() {
    let mut log = initiated();
    assert_eq!(log.when(&cancel()).unwrap().types(), ["purchase.canceled"]);
    assert_eq!(log.when(&cancel()).unwrap().types(), none());
    assert_eq!(timers(&log), []);
    let status = PurchaseStatus::Confirming;
    let late = refusal(confirming().when(&cancel()));
    assert_eq!(late, PurchaseError::NotCancelable { status });
}

#[test]
fn a_buyer_with_too_many_unspent_lots_spends_first() {
    let mut log = Given::nothing();
    for n in 0..UNSPENT_LOTS_MAX {
        let purchase = PurchaseId(id(1_000 + n as u128));
        log = log.event::<Wallet>(WalletKey::token(MINA), toss::lot_of(purchase));
    }
    let max = UNSPENT_LOTS_MAX;
    assert_eq!(refusal(log.when(&initiate())), PurchaseError::TooManyLots { max });
}
