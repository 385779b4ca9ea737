//! What subscriptions promised is kept, or `verify` says where it was not (b3.5, IAM-09).

use chrono::Utc;
use domain::invoices::{BillingReason, Invoice, InvoiceEvent, InvoiceSnapshot, InvoiceStatus};
use domain::plans::{Cycle, SeedPlans, Tier, Variant};
use domain::subscriptions::{
    MONTH_GRANT, ObserveInvoice, ObserveSubscription, Shop, Snapshot, Status, Zone,
};
use domain::users::{TierReason, User, UserEvent};
use domain::wallets::{Billing, Category, GrantSource, Wallet, WalletEvent, WalletKey};
use domain::{InvoiceId, LotId, Stream, SubscriptionId, Work};

use crate::replay_ground::{Ground, ground};
use crate::replay_story::tokens;
use crate::writer_ground::Does;

const SUBSCRIPTION: u64 = 7_000_001;
const INVOICE: u64 = 9_000_001;

fn bill() -> InvoiceSnapshot {
    InvoiceSnapshot {
        lemon_id: INVOICE,
        lemon_subscription: SUBSCRIPTION,
        store: 1,
        reason: BillingReason::Initial,
        status: InvoiceStatus::Paid,
        currency: "USD".to_owned(),
        asked: 2_500,
        total: 2_500,
        refunded: 0,
        created_at: Default::default(),
        updated_at: Default::default(),
        test_mode: true,
    }
}

/// An invoice of nobody's subscription, paid.
async fn paid(ground: &Ground) -> i64 {
    let position = ground.head().await + 1;
    let (invoice, user) = (InvoiceId::of(INVOICE), ground.story.ann);
    let shown = bill();
    let decide = move |work: &mut Work<'_>| {
        let (subscription, shown) = (shown.subscription(), shown.clone());
        let observed = InvoiceEvent::Observed { invoice, subscription, user, shown };
        work.record::<Invoice>(invoice, observed)?;
        Ok(0)
    };
    ground.does(Does { streams: vec![Stream::of::<Invoice>(invoice)], decide }).await;
    position
}

/// Says that it was granted, so many times.
async fn promised(ground: &Ground, times: usize) -> i64 {
    let position = ground.head().await + 1;
    let (invoice, user) = (InvoiceId::of(INVOICE), ground.story.ann);
    let decide = move |work: &mut Work<'_>| {
        for _ in 0..times {
            let granted = InvoiceEvent::CreditsGranted {
                invoice,
                subscription: SubscriptionId::of(SUBSCRIPTION),
                user,
                lot: LotId::invoice(invoice),
                amount: tokens(5_000),
                expires_at: Default::default(),
            };
            work.record::<Invoice>(invoice, granted)?;
        }
        Ok(0)
    };
    ground.does(Does { streams: vec![Stream::of::<Invoice>(invoice)], decide }).await;
    position
}

/// A lot that says it came by the invoice.
async fn given(ground: &Ground) -> i64 {
    let position = ground.head().await + 1;
    let wallet = WalletKey::credit(ground.story.ann);
    let (invoice, billing) = (InvoiceId::of(INVOICE), Billing::Initial);
    let subscription = SubscriptionId::of(SUBSCRIPTION);
    let granted = WalletEvent::Granted {
        owner: wallet.owner,
        asset: wallet.asset,
        lot: LotId::invoice(invoice),
        amount: tokens(5_000),
        source: GrantSource::Invoice { subscription, invoice, billing },
        category: Category::Paid,
        priority: 0,
        effective_at: Default::default(),
        expires_at: None,
        rollover: None,
    };
    let decide = move |work: &mut Work<'_>| {
        work.record::<Wallet>(wallet, granted.clone())?;
        Ok(0)
    };
    ground.does(Does { streams: vec![Stream::of::<Wallet>(wallet)], decide }).await;
    position
}

#[tokio::test]
async fn a_paid_invoice_that_was_not_granted_is_located() {
    let ground = ground().await;
    let position = paid(&ground).await;
    ground.assert_found("promises", Some(position), "was paid and not granted").await;
}

#[tokio::test]
async fn an_invoice_granted_twice_is_located() {
    let ground = ground().await;
    paid(&ground).await;
    given(&ground).await;
    let position = promised(&ground, 2).await + 1;
    ground.assert_found("promises", Some(position), "was granted twice").await;
}

#[tokio::test]
async fn credits_that_nobody_promised_or_nobody_gave_are_located() {
    let ground = ground().await;
    let position = given(&ground).await;
    ground.assert_found("promises", Some(position), "no subscription promised it").await;
    let ground = crate::replay_ground::ground().await;
    let position = promised(&ground, 1).await;
    ground.assert_found("promises", Some(position), "was not granted as promised").await;
}

#[tokio::test]
async fn a_tier_that_is_not_the_fold_of_its_changes_is_located() {
    let ground = ground().await;
    let position = ground.head().await + 1;
    let user = ground.story.ann;
    let decide = move |work: &mut Work<'_>| {
        let (from, to, reason) = (Tier::Pro, Tier::Studio, TierReason::Upgraded);
        work.record::<User>(user, UserEvent::TierChanged { user, from, to, reason })?;
        Ok(0)
    };
    ground.does(Does { streams: vec![Stream::of::<User>(user)], decide }).await;
    ground.assert_found("promises", Some(position), "which was free").await;
}

/// Ann subscribes by the year and pays.
async fn subscribed(ground: &Ground) {
    let variant = Variant { plan: Tier::Pro, cycle: Cycle::Yearly, variant: 212 };
    ground.does(SeedPlans { variants: vec![variant] }).await;
    let shop = Shop { store: 1, test_mode: true, zone: Zone::Utc };
    let at = Utc::now();
    let snapshot = Snapshot {
        lemon_id: SUBSCRIPTION,
        store: 1,
        customer: 500,
        variant: 212,
        status: Status::Active,
        pause: None,
        cancelled: false,
        billing_anchor: 20,
        trial_ends_at: None,
        renews_at: None,
        ends_at: None,
        created_at: at,
        updated_at: at,
        test_mode: true,
    };
    let user = Some(ground.story.ann);
    ground.does(ObserveSubscription { shop, snapshot, user }).await;
    let invoice = InvoiceSnapshot { created_at: at, updated_at: at, ..bill() };
    ground.does(ObserveInvoice { shop, invoice }).await;
}

#[tokio::test]
async fn a_subscription_that_was_kept_is_proved() {
    let ground = ground().await;
    subscribed(&ground).await;
    let findings = ground.report().await.findings;
    assert!(findings.is_empty(), "{findings:#?}");
}

#[tokio::test]
async fn a_year_that_lost_its_timer_is_located() {
    let ground = ground().await;
    subscribed(&ground).await;
    let statement = "delete from vault.records where kind = $1";
    ground.tamper("vault.records", statement, &[&MONTH_GRANT]).await;
    let findings = ground.report().await.findings;
    assert!(findings.iter().any(|finding| finding.check == "timers"), "{findings:#?}");
}
