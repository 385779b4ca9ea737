//! The rules of adjustments.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use chrono::{Duration, Offset, Utc};

use super::*;
use crate::given::{Given, id, noon};
use crate::purchases::UNSPENT_LOTS_MAX;
use crate::users::{User, UserEvent};
use crate::wallets::{Category, DailyLimit, Wallet, WalletError};
use crate::{AdjustmentId, Amount, Refusal, Sealed};

const MINA: UserId = UserId(id(1));
/// Two of the house.
const ADA: UserId = UserId(id(8));
const BEA: UserId = UserId(id(9));
const FIRST: AdjustmentId = AdjustmentId(id(10));
const TOKENS: WalletKey = WalletKey::token(MINA);

fn amount(n: i64) -> Amount {
    Amount::new(n).unwrap()
}

fn reason() -> Reason {
    Reason::parse("The picture was black").unwrap()
}

fn mina() -> Given {
    let sealed = || Sealed { person: MINA.0, nonce: String::new(), ct: String::new() };
    let (email, display_name) = (sealed(), sealed());
    let username = "mina".to_owned();
    let registered = UserEvent::Registered { user: MINA, username, email, display_name };
    Given::nothing().event::<User>(MINA, registered)
}

/// One person is enough up to 1,000 a day, in UTC.
fn ask(adjustment: AdjustmentId, change: Change) -> RequestAdjustment {
    let alone = DailyLimit { amount: amount(1_000), zone: Utc.fix() };
    RequestAdjustment { adjustment, wallet: TOKENS, change, reason: reason(), by: ADA, alone }
}

fn say(by: UserId, verdict: Verdict) -> DecideAdjustment {
    DecideAdjustment { adjustment: FIRST, by, verdict }
}

/// Available, owed.
fn balance(given: &Given) -> (i64, i64) {
    let wallet = given.state::<Wallet>(TOKENS);
    (wallet.available(), wallet.owed())
}

#[test]
fn up_to_the_limit_one_person_is_enough() {
    let mut given = mina();
    let add = Change::Add { amount: amount(1_000) };
    let done = given.when(&ask(FIRST, add)).unwrap();
    let expected =
        ["adjustment.requested", "allowance.used", "wallet.granted", "adjustment.executed"];
    assert_eq!(done.types(), expected);
    assert_eq!(done.reply.status, Status::Executed);
    assert_eq!(balance(&given), (1_000, 0));
}

#[test]
fn what_one_person_moves_in_small_parts_counts_together_for_a_day() {
    let mut given = mina();
    let mut parts = 20..;
    let mut ask = |given: &mut Given, by, change| {
        let next = AdjustmentId(id(parts.next().unwrap()));
        let wish = RequestAdjustment { by, ..ask(next, change) };
        given.when(&wish).unwrap().reply.status
    };
    let add = |n| Change::Add { amount: amount(n) };
    assert_eq!(ask(&mut given, ADA, add(600)), Status::Executed);
    assert_eq!(ask(&mut given, ADA, Change::Take { amount: amount(400) }), Status::Executed);
    assert_eq!(ask(&mut given, ADA, add(1)), Status::Requested, "giving and taking alike");
    assert_eq!(ask(&mut given, BEA, add(1_000)), Status::Executed, "a limit of their own");
    given.later(Duration::hours(12));
    assert_eq!(ask(&mut given, ADA, add(1_000)), Status::Executed, "another day");
    assert_eq!(balance(&given), (2_200, 0));
}

#[test]
fn above_the_limit_a_second_person_decides_and_never_the_same_one() {
    let mut given = mina();
    let add = Change::Add { amount: amount(1_001) };
    let asked = given.when(&ask(FIRST, add)).unwrap();
    assert_eq!(asked.types(), ["adjustment.requested"]);
    assert_eq!((asked.reply.status, balance(&given)), (Status::Requested, (0, 0)));
    let alone = given.when(&say(ADA, Verdict::Approve)).unwrap_err();
    assert_eq!(alone, AdjustmentError::SamePerson.into());
    let owner = given.when(&say(MINA, Verdict::Approve)).unwrap_err();
    assert_eq!(owner, AdjustmentError::OwnWallet.into());
    let agreed = given.when(&say(BEA, Verdict::Approve)).unwrap();
    let expected = ["adjustment.approved", "wallet.granted", "adjustment.executed"];
    assert_eq!(agreed.types(), expected);
    assert_eq!(balance(&given), (1_001, 0));
    let again = given.when(&say(BEA, Verdict::Approve)).unwrap();
    assert!(again.events.is_empty(), "once");
    assert_eq!(again.reply, agreed.reply, "and says what it moved");
    let late = given.when(&say(BEA, Verdict::Reject { reason: reason() })).unwrap_err();
    assert_eq!(late, AdjustmentError::NotInState { status: Status::Executed }.into());
}

#[test]
fn what_a_second_person_rejects_moves_nothing() {
    let mut given = mina();
    given.when(&ask(FIRST, Change::Add { amount: amount(5_000) })).unwrap();
    let no = given.when(&say(BEA, Verdict::Reject { reason: reason() })).unwrap();
    assert_eq!(no.types(), ["adjustment.rejected"]);
    let late = given.when(&say(BEA, Verdict::Approve)).unwrap_err();
    assert_eq!(late, AdjustmentError::NotInState { status: Status::Rejected }.into());
    assert_eq!(balance(&given), (0, 0));
}

#[test]
fn what_cannot_be_taken_is_owed_and_paid_by_what_comes_next() {
    let mut given = mina();
    given.when(&ask(FIRST, Change::Add { amount: amount(60) })).unwrap();
    let second = ask(AdjustmentId(id(11)), Change::Take { amount: amount(80) });
    let taken = given.when(&second).unwrap();
    let moved = ["wallet.adjusted", "wallet.debt_recorded", "adjustment.executed"];
    assert_eq!(taken.types()[2..], moved);
    assert_eq!((taken.reply.moved, taken.reply.owed), (amount(60), amount(20)));
    assert_eq!(balance(&given), (0, 20));
    given.when(&ask(AdjustmentId(id(12)), Change::Add { amount: amount(50) })).unwrap();
    assert_eq!(balance(&given), (30, 0));
}

#[test]
fn a_present_is_promo_and_ends_when_it_says() {
    let mut given = mina();
    let end = noon() + Duration::days(30);
    let grant = Change::Grant { amount: amount(5), expires_at: Some(end) };
    given.when(&ask(FIRST, grant)).unwrap();
    let wallet = given.state::<Wallet>(TOKENS);
    let lot = wallet.lots().values().next().unwrap();
    assert_eq!((lot.terms.category, lot.terms.expires_at), (Category::Promo, Some(end)));
    assert_eq!(given.timers().len(), 2, "its end, and the notice of it");
}

#[test]
fn nobody_adjusts_their_own_wallet_nor_earnings_nor_nothing_nor_nobodys() {
    let mut given = mina();
    let add = Change::Add { amount: amount(5) };
    let mut refused = |wish: RequestAdjustment| given.when(&wish).unwrap_err();
    let own = refused(RequestAdjustment { by: MINA, ..ask(FIRST, add) });
    assert_eq!(own, AdjustmentError::OwnWallet.into());
    let earnings = RequestAdjustment { wallet: WalletKey::earning(MINA), ..ask(FIRST, add) };
    assert_eq!(refused(earnings), AdjustmentError::OnlyEarned.into());
    let over = Change::Grant { amount: amount(5), expires_at: Some(noon()) };
    assert_eq!(refused(ask(FIRST, over)), AdjustmentError::EndsTooSoon.into());
    let nothing = ask(FIRST, Change::Take { amount: Amount::ZERO });
    assert_eq!(refused(nothing), Refusal::Wallet(WalletError::NothingToMove));
    let nobody = RequestAdjustment { wallet: WalletKey::token(BEA), ..ask(FIRST, add) };
    assert_eq!(refused(nobody), AdjustmentError::NobodyThere.into());
}

#[test]
fn a_wallet_with_as_many_lots_as_it_can_have_is_given_nothing_more() {
    let mut given = mina();
    for n in 0..UNSPENT_LOTS_MAX {
        let next = AdjustmentId(id(1_000 + n as u128));
        given.when(&ask(next, Change::Add { amount: amount(1) })).unwrap();
    }
    let full = given.when(&ask(FIRST, Change::Add { amount: amount(1) })).unwrap_err();
    assert_eq!(full, WalletError::TooManyLots { max: UNSPENT_LOTS_MAX }.into());
    given.when(&ask(FIRST, Change::Take { amount: amount(1) })).unwrap();
    let room = ask(AdjustmentId(id(11)), Change::Add { amount: amount(1) });
    given.when(&room).unwrap();
}
