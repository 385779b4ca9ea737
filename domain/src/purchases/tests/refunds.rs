//! Money that goes back: because the buyer asks (P2.7), or without our asking (P2.8).

use super::deposits::{deposited, spend};
use super::toss::{next_call, say, shown, snapshot};
use super::*;
use crate::patience::ASK_AGAIN;
use crate::process::account_deletion::{BeginErasure, Begun, LOOK_AGAIN};
use crate::process::{Process, TokenPurchase, TokenPurchaseAct, query};
use crate::{RefundId, Sealed};

const REFUND: RefundId = RefundId(id(95));
const JUDGE: UserId = UserId(id(7));

fn ask(tokens: Option<i64>) -> RequestRefund {
    RequestRefund {
        purchase: PURCHASE,
        refund: REFUND,
        caller: MINA,
        tokens: tokens.map(|n| Amount::new(n).unwrap()),
        account: None,
        approval_from: 100_000,
    }
}

fn account() -> SealedAccount {
    let sealed = || Sealed { person: MINA.0, nonce: String::new(), ct: String::new() };
    SealedAccount { bank: "20".to_owned(), account_number: sealed(), holder_name: sealed() }
}

fn paid() -> Given {
    let mut log = confirming();
    log.when(&say(shown(PaymentStatus::Done))).unwrap();
    log
}

/// The call the process makes once the refund is approved.
fn call(log: &Given) -> TossCall {
    let acts = log.log.iter().rev().flat_map(|event| TokenPurchase.react(event, id(1), noon()));
    let mut calls = acts.filter_map(|act| match act {
        TokenPurchaseAct::Ask(call) => Some(call),
        TokenPurchaseAct::CheckDeposit { .. }
        | TokenPurchaseAct::ReadPayout { .. }
        | TokenPurchaseAct::Settle(_) => None,
    });
    calls.next().unwrap()
}

/// The payment after cancels of these amounts, ours if they name the refund.
fn canceled(cancels: &[(&str, i64, Option<RefundId>)]) -> PaymentResult {
    let balance = 15_000 - cancels.iter().map(|(_, amount, _)| amount).sum::<i64>();
    let cancels = cancels.iter().map(|(key, amount, refund)| Cancel {
        transaction_key: (*key).to_owned(),
        amount: *amount,
        reason: refund.map_or("dashboard".to_owned(), cancel_reason),
    });
    let cancels = cancels.collect();
    PaymentResult::Shown(PaymentSnapshot {
        cancels,
        balance,
        ..snapshot(PaymentStatus::PartialCanceled)
    })
}

fn wallet(log: &Given) -> (i64, i64, i64) {
    let wallet = log.state::<Wallet>(WalletKey::token(MINA));
    (wallet.available(), wallet.held(), wallet.owed())
}

#[test]
fn unspent_tokens_are_held_and_toss_is_asked_for_what_they_are_worth() {
    let mut log = paid();
    spend(&mut log, 60);
    let asked = log.when(&ask(None)).unwrap();
    let expected = ["purchase.refund_requested", "purchase.refund_approved", "wallet.held"];
    assert_eq!(asked.types(), expected);
    assert_eq!((asked.reply.tokens.get(), asked.reply.amount), (90, 9_000));
    assert_eq!(wallet(&log), (0, 90, 0));
    assert_eq!(call(&log).idempotency_key(), Some(format!("refund-{REFUND}")));
    assert_eq!(timers(&log).len(), 1, "somebody looks after the call");
    assert!(log.state::<Purchase>(PURCHASE).is_open(), "nobody's account ends over it");
}

#[test]
fn whoever_leaves_asks_for_money_back_until_the_erasure_begins_which_waits_for_it() {
    use crate::users::{User, UserError, UserEvent};
    let (user, due) = (MINA, noon());
    let leaving = || paid().event::<User>(user, UserEvent::DeletionRequested { user, due });
    // Somebody looked for open purchases before this one was asked back.
    let begin = BeginErasure { user, purchases: Vec::new() };
    let mut log = leaving();
    log.when(&ask(None)).unwrap();
    let begun = log.when(&begin).unwrap();
    assert_eq!(begun.types(), ["user.deletion_postponed"]);
    assert_eq!(begun.reply, Begun::Later(log.at() + LOOK_AGAIN));

    let mut log = leaving();
    log.when(&begin).unwrap();
    let refused = log.when(&ask(None)).unwrap_err();
    assert_eq!(refused, Refusal::User(UserError::ErasureBegun));
}

#[test]
fn a_refund_that_went_through_takes_the_held_tokens_once() {
    let mut log = paid();
    log.when(&ask(Some(50))).unwrap();
    let done = canceled(&[("T1", 5_000, Some(REFUND))]);
    let told = log.when(&call(&log).answered(done.clone())).unwrap();
    assert_eq!(told.types(), ["wallet.captured", "purchase.refund_executed"]);
    assert_eq!(told.reply, PurchaseStatus::PartiallyRefunded);
    assert_eq!((wallet(&log), timers(&log)), ((100, 0, 0), vec![]));
    assert!(!log.state::<Purchase>(PURCHASE).is_open());
    assert_eq!(log.when(&say(done)).unwrap().types(), none(), "the delivery tells nothing new");
    let rest = RequestRefund { refund: RefundId(id(96)), ..ask(None) };
    assert_eq!(log.when(&rest).unwrap().reply.amount, 10_000);
}

#[test]
fn a_delivery_may_tell_of_our_cancel_before_its_answer() {
    let mut log = paid();
    log.when(&ask(None)).unwrap();
    let done = canceled(&[("T1", 15_000, Some(REFUND))]);
    assert_eq!(log.when(&say(done.clone())).unwrap().reply, PurchaseStatus::Refunded);
    assert_eq!(log.when(&call(&log).answered(done)).unwrap().types(), none());
    assert_eq!(wallet(&log), (0, 0, 0));
}

#[test]
fn partial_cancels_and_then_the_rest_leave_nothing_whatever_the_status_says() {
    let mut log = paid();
    let mut said = Vec::new();
    for (n, (tokens, amount, status)) in [
        (50, 5_000, PurchaseStatus::PartiallyRefunded),
        (30, 3_000, PurchaseStatus::PartiallyRefunded),
        (70, 7_000, PurchaseStatus::Refunded),
    ]
    .into_iter()
    .enumerate()
    {
        let refund = RefundId(id(200 + n as u128));
        log.when(&RequestRefund { refund, ..ask(Some(tokens)) }).unwrap();
        said.push((["T0", "T1", "T2"][n], amount, Some(refund)));
        assert_eq!(log.when(&call(&log).answered(canceled(&said))).unwrap().reply, status);
    }
    assert_eq!(wallet(&log), (0, 0, 0));
    assert_eq!(refusal(log.when(&ask(None))), PurchaseError::NothingRefundable);
}

#[test]
fn a_clear_no_gives_the_tokens_back() {
    let mut log = paid();
    log.when(&ask(None)).unwrap();
    let no = PaymentResult::of_cancel_code("NOT_CANCELABLE_PAYMENT");
    let told = log.when(&call(&log).answered(no)).unwrap();
    assert_eq!(told.types(), ["purchase.refund_failed", "wallet.released"]);
    assert_eq!(wallet(&log), (150, 0, 0));
    assert_eq!(next_call(&log), query(PURCHASE, None), "why not, is looked at");
    log.when(&next_call(&log).answered(canceled(&[("T1", 15_000, None)]))).unwrap();
    assert_eq!((wallet(&log), timers(&log)), ((0, 0, 0), vec![]), "it was gone already");
}

#[test]
fn a_refund_in_doubt_is_looked_at_and_asked_for_again_under_the_same_key() {
    let mut log = paid();
    log.when(&ask(None)).unwrap();
    let cancel = call(&log);
    let timeout = PaymentResult::Unknown { code: "TIMEOUT".to_owned() };
    let doubt = log.when(&cancel.answered(timeout)).unwrap();
    assert_eq!(doubt.types(), ["purchase.refund_put_in_doubt"]);
    assert_eq!(timers(&log), [(PURCHASE_RECONCILE, log.at() + ASK_AGAIN[0])]);
    assert_eq!(next_call(&log), query(PURCHASE, None), "first it is looked at");
    log.when(&next_call(&log).answered(shown(PaymentStatus::Done))).unwrap();
    assert_eq!(next_call(&log), cancel, "it never arrived");
    log.when(&cancel.answered(canceled(&[("T1", 15_000, Some(REFUND))]))).unwrap();
    assert_eq!(wallet(&log), (0, 0, 0));
}

#[test]
fn a_refund_that_toss_never_makes_is_given_up_and_costs_nothing() {
    let mut log = paid();
    log.when(&ask(None)).unwrap();
    for _ in ASK_AGAIN {
        let stumbled = PaymentResult::of_cancel_code("PROVIDER_ERROR");
        log.when(&call(&log).answered(stumbled)).unwrap();
    }
    let told = log.when(&query(PURCHASE, None).answered(shown(PaymentStatus::Done))).unwrap();
    assert_eq!(told.types(), ["purchase.refund_failed", "wallet.released"]);
    assert_eq!((wallet(&log), timers(&log)), ((150, 0, 0), vec![]));
}

#[test]
fn one_refund_at_a_time_and_of_no_more_than_is_left() {
    let mut log = paid();
    spend(&mut log, 100);
    let left = Amount::new(50).unwrap();
    assert_eq!(refusal(log.when(&ask(Some(51)))), PurchaseError::SpentAlready { left });
    log.when(&ask(Some(20))).unwrap();
    let second = RequestRefund { refund: RefundId(id(96)), ..ask(Some(10)) };
    assert_eq!(refusal(log.when(&second)), PurchaseError::RefundUnderWay);
    let stranger = RequestRefund { caller: JOON, ..ask(Some(1)) };
    assert_eq!(refusal(log.when(&stranger)), PurchaseError::Unknown, "however many they ask for");
}

#[test]
fn what_is_not_paid_is_not_given_back_and_says_so() {
    let status = PurchaseStatus::Confirming;
    for tokens in [None, Some(1)] {
        let refused = refusal(confirming().when(&ask(tokens)));
        assert_eq!(refused, PurchaseError::NotPaid { status });
    }
    let mut declined = confirming();
    let refused = PaymentResult::Refused { code: "REJECT_CARD_PAYMENT".to_owned() };
    declined.when(&say(refused)).unwrap();
    let status = PurchaseStatus::Declined;
    assert_eq!(refusal(declined.when(&ask(Some(1)))), PurchaseError::NotRefundable { status });
}

#[test]
fn a_large_sum_in_small_refunds_needs_somebody_of_the_house_too() {
    let mut log = paid();
    let part = |n: u128, tokens| RequestRefund {
        refund: RefundId(id(200 + n)),
        approval_from: 10_000,
        ..ask(Some(tokens))
    };
    log.when(&part(0, 99)).unwrap();
    log.when(&call(&log).answered(canceled(&[("T0", 9_900, Some(RefundId(id(200))))]))).unwrap();
    let second = log.when(&part(1, 1)).unwrap();
    assert_eq!((second.reply.amount, second.reply.status), (100, RefundStatus::Requested));
    let reject = RefundVerdict::Reject { reason: RefundReason::parse("see the terms").unwrap() };
    let refund = RefundId(id(201));
    log.when(&DecideRefund { purchase: PURCHASE, refund, by: JUDGE, verdict: reject }).unwrap();
    let third = log.when(&part(2, 1)).unwrap();
    assert_eq!(third.reply.status, RefundStatus::Requested, "what went back still counts");
}

#[test]
fn a_large_refund_waits_until_somebody_else_decides() {
    let large = RequestRefund { approval_from: 15_000, ..ask(None) };
    let decide = |by, verdict| DecideRefund { purchase: PURCHASE, refund: REFUND, by, verdict };
    let mut log = paid();
    assert_eq!(log.when(&large).unwrap().reply.status, RefundStatus::Requested);
    assert_eq!((wallet(&log), timers(&log)), ((0, 150, 0), vec![]));
    let own = log.when(&decide(MINA, RefundVerdict::Approve));
    assert_eq!(refusal(own), PurchaseError::OwnRefund);
    let approved = log.when(&decide(JUDGE, RefundVerdict::Approve)).unwrap();
    assert_eq!(approved.types(), ["purchase.refund_approved"]);
    assert_eq!(log.when(&decide(JUDGE, RefundVerdict::Approve)).unwrap().types(), none());

    let reason = RefundReason::parse("see the terms").unwrap();
    let reject = decide(JUDGE, RefundVerdict::Reject { reason });
    assert_eq!(refusal(log.when(&reject)), PurchaseError::RefundNotWaiting, "it is too late");
    let mut log = paid();
    log.when(&large).unwrap();
    let rejected = log.when(&reject).unwrap();
    assert_eq!(rejected.types(), ["purchase.refund_rejected", "wallet.released"]);
    assert_eq!(wallet(&log), (150, 0, 0));
}

#[test]
fn a_deposit_goes_back_to_an_account_that_nobody_keeps_longer_than_needed() {
    let mut log = deposited();
    assert_eq!(refusal(log.when(&ask(None))), PurchaseError::RefundAccountMissing);
    let to = RequestRefund { account: Some(account()), ..ask(None) };
    assert_eq!(refusal(paid().when(&to)), PurchaseError::RefundAccountUnneeded);
    log.when(&to).unwrap();
    assert!(log.kept(REFUND_ACCOUNT, &REFUND.to_string()).is_some());
    assert!(matches!(call(&log), TossCall::Cancel { to_account: true, .. }));
    log.when(&call(&log).answered(canceled(&[("T1", 15_000, Some(REFUND))]))).unwrap();
    assert_eq!(log.kept(REFUND_ACCOUNT, &REFUND.to_string()), None);
}

#[test]
fn money_that_toss_gave_back_by_itself_takes_tokens_along_and_the_spent_ones_are_owed() {
    let mut log = paid();
    let told = log.when(&say(canceled(&[("T1", 5_000, None)]))).unwrap();
    assert_eq!(told.types(), ["wallet.revoked", "purchase.canceled_externally"]);
    assert_eq!(wallet(&log), (100, 0, 0));
    spend(&mut log, 80);
    let both = canceled(&[("T1", 5_000, None), ("T2", 10_000, None)]);
    assert_eq!(log.when(&say(both.clone())).unwrap().reply, PurchaseStatus::Refunded);
    assert_eq!(wallet(&log), (0, 0, 80));
    assert_eq!(log.when(&say(both)).unwrap().types(), none());
}

const OTHER: PurchaseId = PurchaseId(id(51));

/// Buys a second time, under another key of Toss's.
fn pay_another(log: &mut Given) {
    log.when(&InitiatePurchase { purchase: OTHER, ..initiate() }).unwrap();
    let done = snapshot(PaymentStatus::Done);
    let payment = Payment { payment_key: "tviva2".to_owned(), ..done.payment.clone() };
    let done = PaymentSnapshot { order_id: order_id(OTHER), payment, ..done };
    log.when(&query(OTHER, None).answered(PaymentResult::Shown(done))).unwrap();
}

#[test]
fn what_is_owed_is_not_given_back_in_money() {
    let mut log = paid();
    spend(&mut log, 100);
    pay_another(&mut log);
    log.when(&say(canceled(&[("T1", 15_000, None)]))).unwrap();
    assert_eq!(wallet(&log), (150, 0, 100), "what the wallet had before stays spendable");
    let another = |tokens| RequestRefund { purchase: OTHER, ..ask(tokens) };
    let (left, owed) = (Amount::new(50).unwrap(), 100);
    let much = refusal(log.when(&another(Some(51))));
    assert_eq!(much, PurchaseError::Owed { left, owed });
    let all = log.when(&another(None)).unwrap().reply;
    assert_eq!((all.tokens.get(), all.amount), (50, 5_000));
    assert_eq!(
        refundable(left, 50, None),
        Err(PurchaseError::Owed { left: Amount::ZERO, owed: 50 })
    );
}

#[test]
fn a_refund_that_waits_is_not_approved_for_who_owes_by_now() {
    let mut log = paid();
    spend(&mut log, 100);
    pay_another(&mut log);
    let large = RequestRefund { purchase: OTHER, approval_from: 15_000, ..ask(None) };
    log.when(&large).unwrap();
    log.when(&say(canceled(&[("T1", 15_000, None)]))).unwrap();
    let decide = |verdict| DecideRefund { purchase: OTHER, refund: REFUND, by: JUDGE, verdict };
    let owed = PurchaseError::Owed { left: Amount::ZERO, owed: 100 };
    assert_eq!(refusal(log.when(&decide(RefundVerdict::Approve))), owed);
    let reason = RefundReason::parse("what is owed comes first").unwrap();
    log.when(&decide(RefundVerdict::Reject { reason })).unwrap();
    assert_eq!(wallet(&log), (50, 0, 0), "what is given back paid the debt");
}

#[test]
fn a_refund_that_is_rejected_forgets_no_deposit_that_is_taken_back() {
    let mut log = deposited();
    let large = RequestRefund { account: Some(account()), approval_from: 15_000, ..ask(None) };
    log.when(&large).unwrap();
    log.when(&say(shown(PaymentStatus::WaitingForDeposit))).unwrap();
    let look = next_call(&log);
    let reason = RefundReason::parse("see the terms").unwrap();
    let verdict = RefundVerdict::Reject { reason };
    log.when(&DecideRefund { purchase: PURCHASE, refund: REFUND, by: JUDGE, verdict }).unwrap();
    assert_eq!(next_call(&log), look, "it is still to be made sure of");
    let gone = log.when(&look.answered(shown(PaymentStatus::WaitingForDeposit))).unwrap();
    assert_eq!((gone.reply, wallet(&log).0), (PurchaseStatus::AwaitingDeposit, 0));
}

#[test]
fn a_cancel_from_outside_ends_a_refund_under_way() {
    let mut log = paid();
    log.when(&ask(Some(100))).unwrap();
    let told = log.when(&say(canceled(&[("T1", 9_000, None)]))).unwrap();
    let expected = [
        "purchase.refund_failed",
        "wallet.released",
        "wallet.revoked",
        "purchase.canceled_externally",
    ];
    assert_eq!(told.types(), expected);
    assert_eq!((wallet(&log), timers(&log)), ((60, 0, 0), vec![]));
}

#[test]
fn tokens_are_worth_their_unit_price_rounded_down_and_all_of_them_what_was_paid() {
    let Package { name: package, tokens, unit_price } = package(3, "33.5"); // 100.5 won, paid as 101.
    let (id, amount) = (PackageId::of(&package), 101);
    let odd = PackageEvent::Published { package, tokens, unit_price, amount };
    let mut log = Given::nothing().event::<TokenPackage>(id, odd);
    log.when(&initiate()).unwrap();
    log.when(&confirm_with(Figures { amount: 101, ..figures() })).unwrap();
    let done = snapshot(PaymentStatus::Done);
    let payment = Payment { total_amount: 101, ..done.payment.clone() };
    let done = PaymentSnapshot { payment, balance: 101, ..done };
    log.when(&say(PaymentResult::Shown(done))).unwrap();
    let worth = |tokens| log.state::<Purchase>(PURCHASE).worth(Amount::new(tokens).unwrap());
    assert_eq!([worth(1), worth(2), worth(3)], [33, 67, 101]);
}
