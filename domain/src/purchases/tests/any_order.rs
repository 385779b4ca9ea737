//! Whatever is said in whatever order, a purchase is granted once or never (d1.8).

use proptest::prelude::*;

use super::toss::{another_amount, say, shown, tokens};
use super::*;

/// Something that happens to a purchase.
#[derive(Debug, Clone)]
enum Happening {
    Confirm,
    ForgedConfirm,
    Cancel,
    ExpiryRings,
    Said(Box<PaymentResult>),
    Wait(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let said = |result| Just(Happening::Said(Box::new(result)));
    let code = |code: &str| said(PaymentResult::of_code(code));
    prop_oneof![
        4 => Just(Happening::Confirm),
        1 => Just(Happening::ForgedConfirm),
        1 => Just(Happening::Cancel),
        1 => Just(Happening::ExpiryRings),
        2 => said(shown(PaymentStatus::Done)),
        1 => said(another_amount()),
        1 => said(shown(PaymentStatus::Ready)),
        1 => said(shown(PaymentStatus::InProgress)),
        1 => said(shown(PaymentStatus::WaitingForDeposit)),
        1 => said(shown(PaymentStatus::Canceled)),
        1 => said(shown(PaymentStatus::PartialCanceled)),
        1 => said(shown(PaymentStatus::Aborted)),
        1 => said(shown(PaymentStatus::Expired)),
        1 => code("REJECT_CARD_PAYMENT"),
        1 => code("NOT_FOUND_PAYMENT_SESSION"),
        1 => code("NOT_FOUND_PAYMENT"),
        3 => code("PROVIDER_ERROR"),
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
        Happening::Wait(seconds) => log.later(Duration::seconds(*seconds)),
    }
}

/// Whether Toss says that it has the money in full.
fn pays(happening: &Happening) -> bool {
    match happening {
        Happening::Said(result) => **result == shown(PaymentStatus::Done),
        Happening::Confirm
        | Happening::ForgedConfirm
        | Happening::Cancel
        | Happening::ExpiryRings
        | Happening::Wait(_) => false,
    }
}

proptest! {
    #[test]
    fn a_purchase_is_granted_once_or_never_and_has_a_timer_while_it_is_open(
        happenings in prop::collection::vec(happening(), 1..30),
    ) {
        let mut log = initiated();
        let mut paid = false;
        for happening in &happenings {
            happen(&mut log, happening);
            paid |= pays(happening);
            let status = log.state::<Purchase>(PURCHASE).status().unwrap();
            prop_assert_eq!(tokens(&log), if paid { 150 } else { 0 });
            prop_assert_eq!(status == PurchaseStatus::Paid, paid);
            prop_assert_eq!(timers(&log).len(), usize::from(status.is_open()));
        }
        let grants = log.log.iter().filter(|event| event.type_name() == "wallet.granted").count();
        prop_assert_eq!(grants, usize::from(paid));
    }
}
