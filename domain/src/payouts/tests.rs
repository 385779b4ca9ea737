//! The rules of payouts.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use rust_decimal::Decimal;

use super::*;
use crate::artists::{Artist, ArtistError, ArtistEvent};
use crate::given::{Given, id};
use crate::wallets::{Earn, Wallet, WalletError, WalletKey};
use crate::{GenerationId, PayoutId, Refusal, Sealed, StyleId};

const MINA: UserId = UserId(id(1));
const JOON: UserId = UserId(id(2));
const SORA: UserId = UserId(id(3));
const FIRST: PayoutId = PayoutId(id(10));
const SECOND: PayoutId = PayoutId(id(11));

fn amount(n: i64) -> Amount {
    Amount::new(n).unwrap()
}

/// 100 won each, 3.3 % withheld, 1,000 at least.
fn terms() -> Terms {
    let unit_price = Decimal::from(100);
    Terms { minimum: amount(1_000), unit_price, withholding_basis_points: 330 }
}

fn sealed() -> Sealed {
    Sealed { person: MINA.0, nonce: String::new(), ct: String::new() }
}

/// Mina is an artist with a bank account who has earned so much.
fn earned(gross: i64) -> Given {
    let registered = ArtistEvent::Registered { artist: MINA, artist_name: "Mina".to_owned() };
    let account = ArtistEvent::PayoutAccountSet {
        artist: MINA,
        version: 1,
        bank: "088".to_owned(),
        account_number: sealed(),
        holder_name: sealed(),
    };
    let earning = Earn {
        artist: MINA,
        generation: GenerationId(id(70)),
        style: StyleId(id(3)),
        payer: JOON,
        gross: amount(gross),
        fee_basis_points: 0,
    };
    Given::nothing()
        .event::<Artist>(MINA, registered)
        .event::<Artist>(MINA, account)
        .event::<Wallet>(WalletKey::earning(MINA), earning.event().unwrap())
}

fn request(payout: PayoutId, tokens: i64) -> RequestPayout {
    RequestPayout { payout, artist: MINA, amount: amount(tokens), terms: terms() }
}

fn by(by: UserId, verdict: Verdict) -> DecidePayout {
    DecidePayout { payout: FIRST, by, verdict }
}

fn settle() -> Verdict {
    Verdict::Settle { reference: Reference::parse("FT-1").unwrap() }
}

fn reason() -> Reason {
    Reason::parse("The account does not exist").unwrap()
}

/// Available, held.
fn earnings(given: &mut Given) -> (i64, i64) {
    let wallet = given.state::<Wallet>(WalletKey::earning(MINA));
    (wallet.available(), wallet.held())
}

#[test]
fn earnings_asked_for_are_held_and_leave_when_the_money_has_arrived() {
    let mut given = earned(3_000);
    let asked = given.when(&request(FIRST, 2_000)).unwrap();
    assert_eq!(asked.types(), ["payout.requested", "wallet.held"]);
    assert_eq!(earnings(&mut given), (1_000, 2_000));
    assert_eq!(given.when(&by(JOON, Verdict::Approve)).unwrap().types(), ["payout.approved"]);
    let paid = given.when(&by(JOON, settle())).unwrap();
    assert_eq!(paid.types(), ["payout.settled", "wallet.captured"]);
    assert_eq!(earnings(&mut given), (1_000, 0));
}

#[test]
fn earnings_come_back_when_a_payout_is_rejected_or_fails() {
    let mut given = earned(3_000);
    given.when(&request(FIRST, 2_000)).unwrap();
    let rejected = given.when(&by(JOON, Verdict::Reject { reason: reason() })).unwrap();
    assert_eq!(rejected.types(), ["payout.rejected", "wallet.released"]);
    assert_eq!(earnings(&mut given), (3_000, 0));

    given.when(&request(SECOND, 3_000)).unwrap();
    let second = |verdict| DecidePayout { payout: SECOND, by: JOON, verdict };
    given.when(&second(Verdict::Approve)).unwrap();
    let failed = given.when(&second(Verdict::Fail { reason: reason() })).unwrap();
    assert_eq!(failed.types(), ["payout.failed", "wallet.released"]);
    assert_eq!(earnings(&mut given), (3_000, 0));
}

#[test]
fn an_artist_has_one_payout_under_way_at_a_time() {
    let mut given = earned(3_000);
    given.when(&request(FIRST, 1_000)).unwrap();
    let refused = given.when(&request(SECOND, 1_000)).unwrap_err();
    assert_eq!(refused, PayoutError::AlreadyOpen.into());
    given.when(&by(JOON, Verdict::Approve)).unwrap();
    given.when(&by(JOON, settle())).unwrap();
    given.when(&request(SECOND, 1_000)).unwrap();
}

#[test]
fn nobody_decides_about_a_payout_of_their_own() {
    let mut given = earned(3_000);
    given.when(&request(FIRST, 1_000)).unwrap();
    let refused = given.when(&by(MINA, Verdict::Approve)).unwrap_err();
    assert_eq!(refused, PayoutError::OwnPayout.into());
}

#[test]
fn a_verdict_twice_is_one_and_out_of_order_is_refused() {
    let mut given = earned(3_000);
    let unknown = given.when(&by(JOON, Verdict::Approve)).unwrap_err();
    assert_eq!(unknown, PayoutError::Unknown.into());
    given.when(&request(FIRST, 1_000)).unwrap();
    let early = given.when(&by(JOON, settle())).unwrap_err();
    let (status, needed) = (Status::Requested, Status::Approved);
    assert_eq!(early, PayoutError::NotInState { status, needed }.into());
    given.when(&by(JOON, Verdict::Approve)).unwrap();
    assert!(given.when(&by(JOON, Verdict::Approve)).unwrap().events.is_empty());
    given.when(&by(JOON, settle())).unwrap();
    assert!(given.when(&by(JOON, settle())).unwrap().events.is_empty());
    let late = given.when(&by(JOON, Verdict::Fail { reason: reason() })).unwrap_err();
    let (status, needed) = (Status::Paid, Status::Approved);
    assert_eq!(late, PayoutError::NotInState { status, needed }.into());
}

#[test]
fn what_was_said_once_is_not_said_otherwise() {
    let mut given = earned(3_000);
    given.when(&request(FIRST, 1_000)).unwrap();
    given.when(&by(JOON, Verdict::Approve)).unwrap();
    let otherwise = |status, how: &str| {
        Refusal::from(PayoutError::SaidOtherwise { status, how: how.to_owned() })
    };
    let second = given.when(&by(SORA, Verdict::Approve)).unwrap_err();
    assert_eq!(second, otherwise(Status::Approved, ", by somebody else"), "one sends the money");
    given.when(&by(JOON, settle())).unwrap();
    let other = Verdict::Settle { reference: Reference::parse("FT-2").unwrap() };
    let twice = given.when(&by(SORA, other)).unwrap_err();
    assert_eq!(twice, otherwise(Status::Paid, ", as FT-1"));
    assert!(given.when(&by(SORA, settle())).unwrap().events.is_empty(), "the same transfer");

    let of_second = |verdict| DecidePayout { payout: SECOND, by: JOON, verdict };
    given.when(&request(SECOND, 1_000)).unwrap();
    given.when(&of_second(Verdict::Reject { reason: reason() })).unwrap();
    let reason = Reason::parse("Another name").unwrap();
    let again = given.when(&of_second(Verdict::Reject { reason })).unwrap_err();
    assert_eq!(again, otherwise(Status::Rejected, ", because: The account does not exist"));
}

#[test]
fn an_artist_takes_back_what_nobody_has_approved_yet() {
    let mut given = earned(3_000);
    given.when(&request(FIRST, 2_000)).unwrap();
    let cancel = |payout, caller| CancelPayout { payout, caller };
    let stranger = given.when(&cancel(FIRST, JOON)).unwrap_err();
    assert_eq!(stranger, PayoutError::Unknown.into());
    let canceled = given.when(&cancel(FIRST, MINA)).unwrap();
    assert_eq!(canceled.types(), ["payout.canceled", "wallet.released"]);
    assert_eq!((canceled.reply, earnings(&mut given)), (Status::Canceled, (3_000, 0)));
    assert!(given.when(&cancel(FIRST, MINA)).unwrap().events.is_empty(), "once");
    let late = given.when(&by(JOON, Verdict::Approve)).unwrap_err();
    let (status, needed) = (Status::Canceled, Status::Requested);
    assert_eq!(late, PayoutError::NotInState { status, needed }.into());

    given.when(&request(SECOND, 2_000)).unwrap();
    let approve = DecidePayout { payout: SECOND, by: JOON, verdict: Verdict::Approve };
    given.when(&approve).unwrap();
    let late = given.when(&cancel(SECOND, MINA)).unwrap_err();
    let (status, needed) = (Status::Approved, Status::Requested);
    assert_eq!(late, PayoutError::NotInState { status, needed }.into(), "it may be on its way");
}

#[test]
fn only_what_is_earned_and_not_held_can_be_paid_out() {
    let mut given = earned(3_000);
    let refused = given.when(&request(FIRST, 3_001)).unwrap_err();
    assert!(
        matches!(refused, Refusal::Wallet(WalletError::InsufficientFunds { available: 3_000, .. })),
        "{refused:?}"
    );
}

#[test]
fn a_payout_needs_an_artist_with_a_bank_account() {
    let mut nobody = Given::nothing();
    let refused = nobody.when(&request(FIRST, 1_000)).unwrap_err();
    assert_eq!(refused, ArtistError::NotAnArtist.into());
    let registered = ArtistEvent::Registered { artist: MINA, artist_name: "Mina".to_owned() };
    let mut given = Given::nothing().event::<Artist>(MINA, registered);
    let refused = given.when(&request(FIRST, 1_000)).unwrap_err();
    assert_eq!(refused, PayoutError::NoAccount.into());
}

#[test]
fn what_does_not_divide_is_the_artists() {
    let deal = |tokens, price: &str, withheld| {
        let unit_price = price.parse().unwrap();
        let terms = Terms { minimum: amount(1), unit_price, withholding_basis_points: withheld };
        terms.deal(amount(tokens)).map(|deal| (deal.gross, deal.withheld, deal.net))
    };
    assert_eq!(deal(1_000, "100", 330), Ok((100_000, 3_300, 96_700)));
    assert_eq!(deal(7, "99.5", 330), Ok((696, 22, 674)));
    assert_eq!(deal(1, "0.5", 0), Err(PayoutError::Unpayable));
    assert_eq!(deal(5, "1", 10_000), Err(PayoutError::Unpayable));
    assert_eq!(deal(5, "1", u32::MAX), Err(PayoutError::Unpayable));
    assert_eq!(deal(Amount::MAX.get(), "2", 0), Err(PayoutError::Unpayable));
    let minimum = amount(1_000);
    assert_eq!(terms().deal(amount(999)), Err(PayoutError::BelowMinimum { minimum }));
}
