//! What processes and timers of money ask for.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use chrono::Duration;

use super::*;
use crate::given::{Given, id, noon};
use crate::packages::{PackageName, SeedPackages};
use crate::purchases::{
    ConfirmPurchase, ExpirePurchase, Figures, InitiatePurchase, PURCHASE_EXPIRY,
    PURCHASE_RECONCILE, TossCall, order_id,
};
use crate::users::UserEvent;
use crate::wallets::{ExpireHold, GrantWelcome, HOLD_EXPIRY, WalletKey};
use crate::webhooks::{SettleWebhook, Verdict, WebhookEvent};
use crate::{Amount, HoldId, PurchaseId, Sealed, UserId, WebhookId};

const MINA: UserId = UserId(id(1));
const PURCHASE: PurchaseId = PurchaseId(id(50));
const DELIVERY: WebhookId = WebhookId(id(80));

fn react<P: Process>(process: &P, event: &Event) -> Vec<P::Act> {
    process.react(event, id(500), noon())
}

/// A purchase whose callback fits, and its events.
fn confirming() -> Given {
    let package = PackageName::parse("tokens-50").unwrap();
    let mut log = Given::nothing();
    log.when(&SeedPackages).unwrap();
    log.when(&InitiatePurchase { purchase: PURCHASE, buyer: MINA, package }).unwrap();
    let (payment_key, order_id) = ("tviva1".to_owned(), order_id(PURCHASE));
    let figures = Figures { payment_key, order_id, amount: 5_000 };
    log.when(&ConfirmPurchase { purchase: PURCHASE, caller: MINA, figures }).unwrap();
    log
}

fn received(purchase: Option<PurchaseId>) -> Event {
    Event::Webhook(WebhookEvent::Received {
        rejected: None,
        webhook: DELIVERY,
        provider: "toss".to_owned(),
        event_type: None,
        body_sha256: "0".repeat(64),
        purchase,
        user: None,
    })
}

#[test]
fn who_signs_up_is_welcomed_with_what_the_configuration_says() {
    let sealed = || Sealed { person: MINA.0, nonce: String::new(), ct: String::new() };
    let registered = Event::User(UserEvent::Registered {
        user: MINA,
        username: "mina".to_owned(),
        email: sealed(),
        display_name: sealed(),
    });
    let amount = Amount::new(100).unwrap();
    let process = SignUp { welcome: amount };
    assert_eq!(react(&process, &registered), [GrantWelcome { user: MINA, amount, subject: None }]);
    assert!(react(&process, &received(None)).is_empty());
}

#[test]
fn toss_is_asked_to_confirm_exactly_what_was_fixed() {
    let acts: Vec<_> =
        confirming().log.iter().flat_map(|event| react(&TokenPurchase, event)).collect();
    let confirm = TossCall::Confirm {
        purchase: PURCHASE,
        payment_key: "tviva1".to_owned(),
        order_id: order_id(PURCHASE),
        amount: 5_000,
    };
    assert_eq!(acts, [TokenPurchaseAct::Ask(confirm)]);
}

#[test]
fn a_delivery_makes_us_ask_and_is_ignored_when_there_is_nothing_to_ask() {
    let (order_id, webhook) = (order_id(PURCHASE), Some(DELIVERY));
    let query = TossCall::Query { purchase: PURCHASE, order_id, webhook, look: None };
    let asked = react(&TokenPurchase, &received(Some(PURCHASE)));
    assert_eq!(asked, [TokenPurchaseAct::Ask(query)]);

    let acts = react(&TokenPurchase, &received(None));
    let [TokenPurchaseAct::Settle(SettleWebhook { webhook, verdict })] = &acts[..] else {
        unreachable!("{acts:?}")
    };
    assert_eq!(*webhook, DELIVERY);
    assert!(matches!(verdict, Verdict::Ignored { .. }));
}

#[test]
fn a_timer_of_money_is_read_as_it_was_set() {
    let log = confirming();
    let key = PURCHASE.to_string();
    let bytes = &log.kept(PURCHASE_RECONCILE, &key).unwrap().bytes;
    let query = query(PURCHASE, None);
    let read = |kind, bytes: &[u8]| MoneyTimer::read(kind, bytes).unwrap();
    assert_eq!(read(PURCHASE_RECONCILE, bytes), Some(MoneyTimer::Ask(query)));

    let due = noon() + Duration::hours(1);
    let expire = ExpirePurchase { purchase: PURCHASE, due };
    let bytes = serde_json::to_vec(&expire).unwrap();
    assert_eq!(read(PURCHASE_EXPIRY, &bytes), Some(MoneyTimer::ExpirePurchase(expire)));
    let expire = ExpireHold { wallet: WalletKey::token(MINA), hold: HoldId(id(70)), due };
    let bytes = serde_json::to_vec(&expire).unwrap();
    assert_eq!(read(HOLD_EXPIRY, &bytes), Some(MoneyTimer::ExpireHold(expire)));
}

#[test]
fn another_contexts_timer_is_not_ours_and_a_broken_one_is_a_fault() {
    assert_eq!(MoneyTimer::read("generation-lease", b"?").unwrap(), None);
    let fault = MoneyTimer::read(PURCHASE_EXPIRY, b"?").unwrap_err();
    assert!(fault.to_string().contains(PURCHASE_EXPIRY));
    assert!(std::error::Error::source(&fault).is_some());
}
