//! Deliveries come in any order and any number (d2.5): what is known in the end is the same.

use super::*;

/// What is shown, or an invoice.
#[derive(Debug, Clone)]
enum Told {
    Shown(Snapshot),
    Billed(InvoiceSnapshot),
}

/// Tells it; what has to wait is told again at the end, as the inbox does.
fn tell(log: &mut Given, told: &[Told]) {
    let mut waiting = Vec::new();
    for told in told {
        match told {
            Told::Shown(snapshot) => drop(show(log, *snapshot)),
            Told::Billed(invoice) => {
                if seen(log, invoice.clone()) == Seen::Deferred {
                    waiting.push(invoice.clone());
                }
            }
        }
    }
    for invoice in waiting {
        assert_ne!(seen(log, invoice), Seen::Deferred);
    }
}

fn permutations<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    if of.len() <= 1 {
        return vec![of.to_vec()];
    }
    (0..of.len())
        .flat_map(|first| {
            let mut rest = of.to_vec();
            let head = rest.remove(first);
            permutations(&rest).into_iter().map(move |tail| [vec![head.clone()], tail].concat())
        })
        .collect()
}

/// What must not depend on the order.
fn result(log: &Given) -> impl PartialEq + std::fmt::Debug + use<> {
    let wallet: Wallet = log.state(WalletKey::credit(MINA));
    let known = known(log);
    let grants = count(log, "wallet.granted");
    (known.shown, known.pin, known.period, membership(log), wallet.lots().clone(), grants)
}

fn every_order_is_alike(told: &[Told]) {
    let mut expected = None;
    for order in permutations(told) {
        let mut log = open();
        tell(&mut log, &order);
        let result = result(&log);
        let expected = expected.get_or_insert_with(|| (order.clone(), format!("{result:?}")));
        assert_eq!(format!("{result:?}"), expected.1, "{order:?} differs from {:?}", expected.0);
    }
}

#[test]
fn the_first_deliveries_and_their_duplicates_lead_to_the_same_in_every_order() {
    let created = Told::Shown(shown(PRO));
    let updated = Told::Shown(later(shown(PRO), Duration::seconds(3)));
    let success = Told::Billed(initial());
    every_order_is_alike(&[
        created.clone(),
        created,
        updated.clone(),
        updated,
        success.clone(),
        success,
    ]);
}

#[test]
fn a_failed_and_recovered_renewal_leads_to_the_same_in_every_order() {
    let at = noon() + Duration::days(30);
    let tried = paid(9_000_003, BillingReason::Renewal, at);
    let failed = InvoiceSnapshot { status: InvoiceStatus::Pending, ..tried.clone() };
    let recovered = InvoiceSnapshot { updated_at: at + Duration::days(3), ..tried };
    every_order_is_alike(&[
        Told::Shown(shown(PRO)),
        Told::Billed(initial()),
        Told::Billed(failed),
        Told::Billed(recovered.clone()),
        Told::Billed(recovered),
        Told::Shown(later(shown(PRO), Duration::days(33))),
    ]);
}

#[test]
fn an_upgrade_leads_to_the_same_in_every_order_after_the_start() {
    let at = noon() + Duration::days(10);
    let rest = [
        Told::Billed(initial()),
        Told::Shown(later(shown(PRO), Duration::days(10))),
        Told::Shown(later(shown(PRO), Duration::days(10))),
        Told::Billed(paid(9_000_002, BillingReason::Updated, at)),
        Told::Billed(paid(9_000_002, BillingReason::Updated, at)),
    ];
    let mut amounts = std::collections::BTreeSet::new();
    for order in permutations(&rest) {
        let mut log = open();
        show(&mut log, shown(STARTER));
        tell(&mut log, &order);
        amounts.insert((credits(&log), tier(&log), count(&log, "wallet.granted")));
    }
    assert_eq!(amounts.into_iter().collect::<Vec<_>>(), [(5_000 + 6_667, Tier::Pro, 2)]);
}

#[test]
fn refunds_lead_to_the_same_in_every_order() {
    let refunded = |cents, status| InvoiceSnapshot {
        refunded: cents,
        status,
        updated_at: noon() + Duration::seconds(cents),
        ..initial()
    };
    let mut left = std::collections::BTreeSet::new();
    for order in permutations(&[
        Told::Shown(shown(PRO)),
        Told::Billed(initial()),
        Told::Billed(refunded(1_000, InvoiceStatus::PartialRefund)),
        Told::Billed(refunded(2_000, InvoiceStatus::PartialRefund)),
    ]) {
        let mut log = open();
        tell(&mut log, &order);
        left.insert(credits(&log));
    }
    assert_eq!(left.into_iter().collect::<Vec<_>>(), [3_000]);
}
