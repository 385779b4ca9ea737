//! Whatever is said in whatever order, a purchase is granted once for each time its money came, and
//! tokens, debt and money agree at every step (d1.8).

use proptest::prelude::*;

use super::deposits::spend;
use super::toss::{another_amount, next_call, say, shown, snapshot};
use super::*;
use crate::RefundId;
use crate::process::query;
use crate::wallets::{Purpose, WalletEvent};

const REFUND: RefundId = RefundId(id(95));

/// Something that happens to a purchase.
#[derive(Debug, Clone)]
enum Happening {
    Confirm,
    ForgedConfirm,
    Cancel,
    ExpiryRings,
    Said(Box<PaymentResult>),
    /// The question of its timer is answered so.
    Answered(Box<PaymentResult>),
    AskForRefund(i64),
    Spend(i64),
    Wait(i64),
}

/// The payment after cancels of so many thousand won each, the first of them ours.
fn canceled(thousands: &[i64]) -> PaymentResult {
    let cancels = thousands.iter().enumerate().map(|(n, thousand)| Cancel {
        transaction_key: format!("T{n}-{thousand}"),
        amount: thousand * 1_000,
        reason: if n == 0 { cancel_reason(REFUND) } else { "dashboard".to_owned() },
    });
    let cancels: Vec<_> = cancels.collect();
    let balance = 15_000 - cancels.iter().map(|cancel| cancel.amount).sum::<i64>();
    let status = snapshot(PaymentStatus::PartialCanceled);
    PaymentResult::Shown(PaymentSnapshot { cancels, balance, ..status })
}

fn answer() -> impl Strategy<Value = Box<PaymentResult>> {
    let status = |status| Just(Box::new(shown(status)));
    let code = |code: &str| Just(Box::new(PaymentResult::of_code(code)));
    prop_oneof![
        3 => status(PaymentStatus::Done),
        1 => Just(Box::new(another_amount())),
        1 => status(PaymentStatus::Ready),
        1 => status(PaymentStatus::InProgress),
        3 => status(PaymentStatus::WaitingForDeposit),
        1 => status(PaymentStatus::Canceled),
        1 => status(PaymentStatus::Aborted),
        1 => status(PaymentStatus::Expired),
        1 => Just(Box::new(canceled(&[5]))),
        1 => Just(Box::new(canceled(&[5, 10]))),
        1 => code("REJECT_CARD_PAYMENT"),
        1 => code("NOT_FOUND_PAYMENT_SESSION"),
        1 => code("NOT_FOUND_PAYMENT"),
        3 => code("PROVIDER_ERROR"),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => Just(Happening::Confirm),
        1 => Just(Happening::ForgedConfirm),
        1 => Just(Happening::Cancel),
        1 => Just(Happening::ExpiryRings),
        8 => answer().prop_map(Happening::Said),
        6 => answer().prop_map(Happening::Answered),
        2 => (1..150i64).prop_map(Happening::AskForRefund),
        2 => (1..100i64).prop_map(Happening::Spend),
        2 => (1..1_200i64).prop_map(Happening::Wait),
    ]
}

/// Whether it was accepted does not matter here.
fn happen(log: &mut Given, happening: &Happening) {
    match happening {
        Happening::Confirm => drop(log.when(&confirm_with(figures()))),
        Happening::ForgedConfirm => {
            drop(log.when(&confirm_with(Figures { amount: 1, ..figures() })));
        }
        Happening::Cancel => drop(log.when(&cancel())),
        Happening::ExpiryRings => {
            let due = noon() + TIME_TO_PAY;
            drop(log.when(&ExpirePurchase { purchase: PURCHASE, due }));
        }
        Happening::Said(result) => drop(log.when(&say((**result).clone()))),
        Happening::Answered(result) => {
            let asked = log.kept(PURCHASE_RECONCILE, &PURCHASE.to_string()).is_some();
            let call = if asked { next_call(log) } else { query(PURCHASE, None) };
            drop(log.when(&call.answered((**result).clone())));
        }
        Happening::AskForRefund(tokens) => drop(log.when(&RequestRefund {
            purchase: PURCHASE,
            refund: REFUND,
            caller: MINA,
            tokens: Amount::new(*tokens).ok(),
            account: None,
            approval_from: 100_000,
        })),
        Happening::Spend(amount) => {
            if log.state::<Wallet>(WalletKey::token(MINA)).available() >= *amount {
                spend(log, *amount);
            }
        }
        Happening::Wait(seconds) => log.later(Duration::seconds(*seconds)),
    }
}

/// Tokens granted, spent and given back, as the log tells.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    grants: i64,
    reversals: i64,
    spent: i64,
    back: i64,
}

fn told(log: &Given) -> Told {
    let mut told = Told::default();
    for event in &log.log {
        if let Some(event) = event.of::<PurchaseEvent>() {
            told.see(event);
        }
        if let Some(WalletEvent::Captured { purpose: Purpose::Generation(_), captured, .. }) =
            event.of()
        {
            told.spent += Amount::total(captured.iter().map(|draw| draw.amount));
        }
    }
    told
}

impl Told {
    fn see(&mut self, event: &PurchaseEvent) {
        if matches!(event, PurchaseEvent::TokensGranted { .. }) {
            self.grants += 1;
        }
        if matches!(event, PurchaseEvent::DepositReversed { .. }) {
            self.reversals += 1;
        }
        if let PurchaseEvent::DepositReversed { tokens, .. }
        | PurchaseEvent::CanceledExternally { tokens, .. }
        | PurchaseEvent::RefundExecuted { tokens, .. } = event
        {
            self.back += tokens.get();
        }
    }
}

proptest! {
    #[test]
    fn money_and_tokens_agree_whatever_is_said_in_whatever_order(
        happenings in prop::collection::vec(happening(), 1..40),
    ) {
        let mut log = initiated();
        for happening in &happenings {
            happen(&mut log, happening);
            let purchase = log.state::<Purchase>(PURCHASE);
            let (status, told) = (purchase.status().unwrap(), told(&log));
            let wallet = log.state::<Wallet>(WalletKey::token(MINA));
            prop_assert!(told.grants - told.reversals <= 1, "granted once for its money: {told:?}");
            prop_assert_eq!(status.is_granted(), told.grants - told.reversals == 1);
            let has = wallet.available() + wallet.held() - wallet.owed();
            prop_assert_eq!(has, told.grants * 150 - told.spent - told.back);
            prop_assert!(wallet.available() >= 0 && wallet.owed() >= 0);
            let asked = wallet.held() > 0;
            prop_assert!(!asked || purchase.is_open(), "only a refund under way holds");
            if status.is_open() || asked {
                prop_assert_eq!(timers(&log).len(), 1, "what is open has a timer");
            }
        }
    }
}
