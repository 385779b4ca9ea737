//! Two processes on one wallet, at the same time: a refund races what is spent, two revocations race
//! each other, and nobody gets more than there is (LED-16, P2.7, P2.8).
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use domain::wallets::{
    Category, Grant, GrantSource, PRIORITY, Purpose, Revocation, RevokeReason, Wallet, WalletKey,
    funds,
};
use domain::{Amount, GenerationId, LotId, PurchaseId, RefundId, Stream, UserId, Work};
use eventstore::writer::Writer;
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Role, database};
use crate::writer_ground::{Does, number, run, sound, writer};

/// How much was bought.
const BOUGHT: i64 = 100;

fn amount(n: i64) -> Amount {
    Amount::new(n).unwrap()
}

fn on(
    wallet: WalletKey,
    decide: impl Fn(&mut Work<'_>) -> Result<i64, domain::Halt> + Send + Sync + 'static,
) -> Does<impl Fn(&mut Work<'_>) -> Result<i64, domain::Halt> + Send + Sync + 'static> {
    Does { streams: vec![Stream::of::<Wallet>(wallet)], decide }
}

/// Two processes, and a wallet with one bought lot.
async fn bought() -> (crate::support::Database, [Writer; 2], WalletKey, PurchaseId) {
    let database = database().await;
    let writers = [writer(&database).await, writer(&database).await];
    let wallet = WalletKey::token(UserId(Uuid::now_v7()));
    let purchase = PurchaseId(Uuid::now_v7());
    let grant = on(wallet, move |work| {
        let grant = Grant {
            wallet,
            lot: LotId::purchase(purchase),
            amount: amount(BOUGHT),
            source: GrantSource::Purchase { purchase },
            category: Category::Paid,
            priority: PRIORITY,
            effective_at: work.at(),
            expires_at: None,
            rollover: None,
        };
        funds::grant(work, grant)?;
        Ok(0)
    });
    run(&writers[0], grant).await.unwrap().outcome.unwrap();
    (database, writers, wallet, purchase)
}

/// Holds what is left of the lot for a refund; answers how much, 0 if nothing is.
async fn refund(writer: &Writer, wallet: WalletKey, purchase: PurchaseId) -> i64 {
    let purpose = Purpose::Refund(RefundId(Uuid::now_v7()));
    let lot = LotId::purchase(purchase);
    let hold = on(wallet, move |work| {
        funds::hold_lot(work, wallet, lot, purpose, Amount::MAX).map(Amount::get)
    });
    run(writer, hold).await.unwrap().outcome.unwrap_or(0)
}

/// Spends so much; answers how much was spent, 0 if it was not there.
async fn spend(writer: &Writer, wallet: WalletKey, n: i64) -> i64 {
    let job = GenerationId(Uuid::now_v7());
    let spend = on(wallet, move |work| {
        funds::hold(work, wallet, Purpose::Generation(job), amount(n), None)?;
        funds::capture(work, wallet, job.into(), amount(n))?;
        Ok(n)
    });
    run(writer, spend).await.unwrap().outcome.unwrap_or(0)
}

/// What the wallet is folded to.
async fn balance(writer: &Writer, wallet: WalletKey) -> (i64, i64, i64) {
    let look =
        |part: fn(&Wallet) -> i64| on(wallet, move |work| work.state::<Wallet>(wallet).map(part));
    let mut parts = [0; 3];
    for (part, into) in [Wallet::available, Wallet::held, Wallet::owed].into_iter().zip(&mut parts)
    {
        *into = run(writer, look(part)).await.unwrap().outcome.unwrap();
    }
    (parts[0], parts[1], parts[2])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_and_what_is_spent_never_share_a_token() {
    for round in 0..5 {
        let (database, writers, wallet, purchase) = bought().await;
        let spending = (0..20).map(|n| spend(&writers[n % 2], wallet, 7));
        let (spent, refunds) = tokio::join!(join_all(spending), async {
            tokio::join!(
                refund(&writers[round % 2], wallet, purchase),
                refund(&writers[(round + 1) % 2], wallet, purchase)
            )
        });
        let (spent, held) = (spent.iter().sum::<i64>(), refunds.0 + refunds.1);
        assert_eq!((refunds.0.min(refunds.1), spent % 7), (0, 0), "one refund holds all there is");
        let (available, in_hold, owed) = balance(&writers[0], wallet).await;
        assert_eq!((in_hold, owed), (held, 0));
        assert_eq!(available + held + spent, BOUGHT, "nothing twice, nothing lost");
        assert!(held == 0 || available == 0, "a refund leaves nothing of its lot");
        sound(&database.client(Role::Superuser).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_revocations_that_race_each_takes_what_is_left_and_the_rest_is_owed() {
    let (database, writers, wallet, purchase) = bought().await;
    let revoke = |n: usize| {
        let (lot, amount) = (LotId::purchase(purchase), amount(60));
        let reason = RevokeReason::PaymentCanceled { purchase };
        let revocation = Revocation { wallet, lot, amount, reason };
        let revoke = on(wallet, move |work| {
            let done = funds::revoke(work, revocation)?;
            assert_eq!(done.revoked.plus(done.owed), revocation.amount);
            Ok(done.revoked.get())
        });
        run(&writers[n % 2], revoke)
    };
    let (spent, revoked) = tokio::join!(
        join_all((0..6).map(|n| spend(&writers[n % 2], wallet, 10))),
        join_all((0..4).map(revoke))
    );
    let spent: i64 = spent.iter().sum();
    let revoked: i64 = revoked.into_iter().map(|answer| answer.unwrap().outcome.unwrap()).sum();
    let (available, held, owed) = balance(&writers[1], wallet).await;
    assert_eq!((available, held), (BOUGHT - spent - revoked, 0), "never negative");
    assert_eq!(owed, 4 * 60 - revoked);
    let client = database.client(Role::Superuser).await;
    let of = "select coalesce(sum((payload::json ->> 'amount')::bigint), 0)::bigint
        from es.events where event_type = ";
    assert_eq!(number(&client, &format!("{of}'wallet.debt_recorded'")).await, owed);
    assert_eq!(number(&client, &format!("{of}'wallet.revoked'")).await, revoked);
    sound(&client).await;
}
