//! A rogue who appends through the front door keeps the chain whole; `verify` finds the broken
//! promise, and whatever of commands, claims and timers was changed beside the events.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use domain::adjustments::{Adjustment, AdjustmentEvent, Change};
use domain::generations::{Generation, GenerationEvent};
use domain::users::UserError;
use domain::wallets::{Category, Draw, GrantSource, Purpose, RevokeReason, Wallet, WalletEvent};
use domain::{
    AdjustmentId, Asset, GenerationId, Halt, HoldId, LotId, Stream, TransferId, UserId, WalletId,
    Work,
};
use uuid::Uuid;

use crate::replay_ground::{Ground, ground};
use crate::replay_story::tokens;
use crate::writer_ground::Does;

/// Appends facts to a wallet that no rule allowed; answers the position of the first.
async fn rogue(ground: &Ground, owner: UserId, asset: Asset, events: Vec<WalletEvent>) -> i64 {
    let position = ground.head().await + 1;
    let wallet = WalletId::of(owner, asset);
    let decide = move |work: &mut Work<'_>| {
        for event in &events {
            work.record::<Wallet>(wallet, event.clone())?;
        }
        Ok(0)
    };
    ground.does(Does { streams: vec![Stream::of::<Wallet>(wallet)], decide }).await;
    position
}

fn granted(ground: &Ground, owner: UserId, amount: i64) -> WalletEvent {
    let purchase = ground.story.purchase;
    WalletEvent::Granted {
        owner,
        asset: Asset::Token,
        lot: LotId(Uuid::now_v7()),
        amount: tokens(amount),
        source: GrantSource::Purchase { purchase },
        category: Category::Paid,
        priority: 0,
        effective_at: Default::default(),
        expires_at: None,
        rollover: None,
    }
}

fn sent(owner: UserId, to: UserId, amount: i64) -> (TransferId, WalletEvent) {
    let (transfer, draws) = (
        TransferId(Uuid::now_v7()),
        vec![Draw { lot: LotId(Uuid::now_v7()), amount: tokens(amount) }],
    );
    let (asset, memo) = (Asset::Token, None);
    (transfer, WalletEvent::TransferSent { owner, asset, transfer, to, draws, memo, day: None })
}

#[tokio::test]
async fn a_purchase_granted_twice_is_located() {
    let ground = ground().await;
    let ann = ground.story.ann;
    let again = granted(&ground, ann, 50);
    let position = rogue(&ground, ann, Asset::Token, vec![again]).await;
    ground.assert_found("promises", Some(position), "was granted twice").await;
}

#[tokio::test]
async fn a_grant_to_somebody_else_or_of_more_is_located() {
    for (to_buyer, amount) in [(false, 50), (true, 51)] {
        let ground = ground().await;
        let owner = if to_buyer { ground.story.ann } else { ground.story.bob };
        let position = rogue(&ground, owner, Asset::Token, vec![granted(&ground, owner, amount)]);
        let position = position.await;
        ground.assert_names("promises", position, "otherwise than bought").await;
    }
}

#[tokio::test]
async fn a_grant_without_a_payment_is_located() {
    let ground = ground().await;
    let ann = ground.story.ann;
    let mut event = granted(&ground, ann, 50);
    if let WalletEvent::Granted { source, .. } = &mut event {
        *source = GrantSource::Purchase { purchase: domain::PurchaseId(Uuid::now_v7()) };
    }
    let position = rogue(&ground, ann, Asset::Token, vec![event]).await;
    ground.assert_found("promises", Some(position), "granted and not paid").await;
}

#[tokio::test]
async fn a_second_welcome_is_located() {
    let ground = ground().await;
    let bob = ground.story.bob;
    let mut event = granted(&ground, bob, 100);
    if let WalletEvent::Granted { source, .. } = &mut event {
        *source = GrantSource::Welcome;
    }
    let position = rogue(&ground, bob, Asset::Token, vec![event]).await;
    ground.assert_found("promises", Some(position), "welcomed twice").await;
}

#[tokio::test]
async fn a_wallet_below_zero_is_located() {
    let ground = ground().await;
    let (ann, bob) = (ground.story.ann, ground.story.bob);
    let (transfer, event) = sent(ann, bob, 1_000);
    let position = rogue(&ground, ann, Asset::Token, vec![event]).await;
    let received = WalletEvent::TransferReceived {
        owner: bob,
        asset: Asset::Token,
        transfer,
        from: ann,
        lot: LotId::received(WalletId::of(bob, Asset::Token)),
        amount: tokens(1_000),
        effective_at: Default::default(),
    };
    rogue(&ground, bob, Asset::Token, vec![received]).await;
    ground.assert_found("books", Some(position), "available has -").await;
}

#[tokio::test]
async fn an_event_in_another_wallets_stream_is_located() {
    let ground = ground().await;
    let (ann, bob) = (ground.story.ann, ground.story.bob);
    let mut event = granted(&ground, bob, 100);
    if let WalletEvent::Granted { source, .. } = &mut event {
        *source = GrantSource::MakeGood { lot: LotId::welcome(bob) };
    }
    let position = rogue(&ground, ann, Asset::Token, vec![event]).await;
    ground.assert_found("books", Some(position), "lies in another wallet's stream").await;
}

#[tokio::test]
async fn a_transfer_that_nobody_received_is_located() {
    let ground = ground().await;
    let (ann, bob) = (ground.story.ann, ground.story.bob);
    let position = rogue(&ground, ann, Asset::Token, vec![sent(ann, bob, 1).1]).await;
    ground.assert_found("promises", Some(position), "sent and never received").await;
}

#[tokio::test]
async fn an_artist_paid_twice_or_for_nothing_is_located() {
    let ground = ground().await;
    let (ann, bob, style) = (ground.story.ann, ground.story.bob, ground.story.style);
    let earned = |generation, net| WalletEvent::Earned {
        owner: bob,
        asset: Asset::Earning,
        generation,
        style,
        payer: ann,
        gross: tokens(10),
        fee: tokens(10 - net),
        amount: tokens(net),
    };
    let again = rogue(&ground, bob, Asset::Earning, vec![earned(ground.story.painted, 9)]).await;
    ground.assert_found("promises", Some(again), "paid twice").await;
    let early = rogue(&ground, bob, Asset::Earning, vec![earned(ground.story.running, 9)]).await;
    ground.assert_names("promises", early, "paid its artist and never completed").await;
    let more = rogue(&ground, bob, Asset::Earning, vec![earned(ground.story.running, 10)]).await;
    ground.assert_names("promises", more, "otherwise than agreed").await;
}

#[tokio::test]
async fn a_completed_picture_that_paid_nobody_is_located() {
    let ground = ground().await;
    let (generation, position) = (ground.story.running, ground.head().await + 1);
    let decide = move |work: &mut Work<'_>| {
        let event =
            GenerationEvent::Completed { generation, attempt: 1, outputs: vec![], gpu_ms: 1 };
        work.record::<Generation>(generation, event)?;
        Ok(0)
    };
    ground.does(Does { streams: vec![Stream::of::<Generation>(generation)], decide }).await;
    ground.assert_names("promises", position, "never charged for").await;
    ground.assert_names("promises", position, "never paid its artist").await;
}

#[tokio::test]
async fn a_debt_that_is_paid_and_was_never_owed_is_located() {
    let ground = ground().await;
    let ann = ground.story.ann;
    let draws = vec![Draw { lot: LotId::welcome(ann), amount: tokens(1) }];
    let event = WalletEvent::DebtSettled { owner: ann, asset: Asset::Token, draws };
    let position = rogue(&ground, ann, Asset::Token, vec![event]).await;
    ground.assert_found("books", Some(position), "more than was owed").await;
}

#[tokio::test]
async fn an_adjustment_that_nobody_decided_is_located() {
    let ground = ground().await;
    let ann = ground.story.ann;
    let mut event = granted(&ground, ann, 50);
    if let WalletEvent::Granted { source, .. } = &mut event {
        *source = GrantSource::Adjustment { adjustment: AdjustmentId(Uuid::now_v7()) };
    }
    let position = rogue(&ground, ann, Asset::Token, vec![event]).await;
    ground.assert_names("promises", position, "moved money unexecuted").await;
    ground.assert_names("promises", position, "another wallet than it names").await;
}

#[tokio::test]
async fn an_adjustment_that_one_person_made_uncounted_is_located() {
    let ground = ground().await;
    let (owner, by, adjustment) = (ground.story.ann, UserId(Uuid::now_v7()), Uuid::now_v7());
    let adjustment = AdjustmentId(adjustment);
    let (asset, change) = (Asset::Token, Change::Take { amount: tokens(5) });
    let reason = "Because".to_owned();
    let asked = AdjustmentEvent::Requested { adjustment, owner, asset, change, reason, by };
    let done = AdjustmentEvent::Executed { adjustment, moved: tokens(0), owed: tokens(5) };
    let position = ground.head().await + 2;
    let decide = move |work: &mut Work<'_>| {
        work.record::<Adjustment>(adjustment, asked.clone())?;
        work.record::<Adjustment>(adjustment, done.clone())?;
        Ok(0)
    };
    ground.does(Does { streams: vec![Stream::of::<Adjustment>(adjustment)], decide }).await;
    let reason = RevokeReason::Adjustment { adjustment };
    let owes = WalletEvent::DebtRecorded { owner, asset, amount: tokens(5), reason };
    rogue(&ground, owner, asset, vec![owes]).await;
    ground.assert_found("promises", Some(position), "by nobody's leave").await;
}

#[tokio::test]
async fn credits_taken_for_a_picture_that_never_ended_are_located() {
    let ground = ground().await;
    let (ann, generation) = (ground.story.ann, ground.story.running);
    let (owner, asset, purpose) = (ann, Asset::Credit, Purpose::Generation(generation));
    let (hold, lot) = (HoldId::from(purpose), LotId(Uuid::now_v7()));
    let mut grant = granted(&ground, ann, 5);
    if let WalletEvent::Granted { asset, lot: known, source, .. } = &mut grant {
        (*asset, *known) = (Asset::Credit, lot);
        *source = GrantSource::MakeGood { lot };
    }
    let draws = vec![Draw { lot, amount: tokens(5) }];
    let held =
        WalletEvent::Held { owner, asset, hold, purpose, draws: draws.clone(), expires_at: None };
    let (captured, released) = (draws, vec![]);
    let style = None;
    let taken = WalletEvent::Captured { owner, asset, hold, purpose, captured, released, style };
    rogue(&ground, ann, asset, vec![grant, held]).await;
    let position = rogue(&ground, ann, asset, vec![taken]).await;
    ground.assert_names("promises", position, "neither completed nor canceled").await;
    ground.assert_names("promises", position, "cost 5 credits of 0").await;
}

#[tokio::test]
async fn a_hold_closed_twice_is_located() {
    let ground = ground().await;
    let (ann, generation) = (ground.story.ann, ground.story.painted);
    let event = WalletEvent::HoldExpired {
        owner: ann,
        asset: Asset::Token,
        hold: HoldId::from(generation),
        purpose: Purpose::Generation(generation),
        released: vec![],
    };
    let position = rogue(&ground, ann, Asset::Token, vec![event]).await;
    ground.assert_found("books", Some(position), "closed while not open").await;
}

#[tokio::test]
async fn a_hold_without_a_timer_is_located() {
    let ground = ground().await;
    let held = WalletEvent::Held {
        owner: ground.story.ann,
        asset: Asset::Token,
        hold: HoldId(Uuid::now_v7()),
        purpose: Purpose::Generation(GenerationId(Uuid::now_v7())),
        draws: vec![],
        expires_at: Some(Default::default()),
    };
    let position = rogue(&ground, ground.story.ann, Asset::Token, vec![held]).await;
    ground.assert_found("timers", Some(position), "has no timer").await;
}

#[tokio::test]
async fn each_timer_that_was_removed_is_missed() {
    for (kind, opened_by) in [
        ("generation-lease", "generation.started"),
        ("generation-queue-expiry", "generation.requested"),
        ("hold-expiry", "wallet.held"),
    ] {
        let ground = ground().await;
        const REMOVE: &str = "delete from vault.records where kind = $1";
        ground.tamper("vault.records", REMOVE, &[&kind]).await;
        let findings = ground.report().await.findings;
        assert_eq!(findings.len(), 1, "{kind}: {findings:#?}");
        assert_eq!(findings[0].check, "timers");
        let position = findings[0].position.unwrap();
        let event = ground.shop.log.at_position(position).await.unwrap().unwrap();
        assert_eq!(event.event_type, opened_by);
    }
}

#[tokio::test]
async fn a_claim_that_vanished_came_or_changed_hands_is_found() {
    let ground = ground().await;
    let ann = ground.position("user.registered", None).await;
    const REMOVE: &str = "delete from es.claims where scope = 'username' and value = 'ann'";
    ground.tamper("es.claims", REMOVE, &[]).await;
    ground.assert_found("claims", Some(ann), "is not in the table").await;
    const OTHER: &str = "insert into es.claims (scope, value, stream_type, stream_id)
        values ('username', 'ann', 'user', gen_random_uuid())";
    ground.tamper("es.claims", OTHER, &[]).await;
    ground.assert_found("claims", Some(ann), "holds it").await;
    const BACK: &str = "update es.claims set value = 'eve' where value = 'ann'";
    ground.tamper("es.claims", BACK, &[]).await;
    let findings = ground.report().await.findings;
    let details: Vec<_> = findings.iter().map(|finding| &*finding.detail).collect();
    assert!(details.iter().any(|detail| detail.contains("no event took username \"eve\"")));
    assert_eq!(details.len(), 2, "{details:?}");
}

#[tokio::test]
async fn a_claim_that_was_released_is_nobodys() {
    let ground = ground().await;
    let ann = ground.story.ann;
    let decide = move |work: &mut Work<'_>| -> Result<i64, Halt> {
        let owner = Stream::of::<domain::users::User>(ann).id;
        work.release("username", "ann", owner);
        work.claim("username", "anna", owner, UserError::UsernameTaken)?;
        let role = domain::users::Role::Support;
        work.record::<domain::users::User>(
            ann,
            domain::users::UserEvent::RoleGranted { user: ann, role },
        )?;
        Ok(0)
    };
    ground.does(Does { streams: vec![], decide }).await;
    assert_eq!(ground.report().await.findings, []);
}

#[tokio::test]
async fn a_command_that_says_otherwise_than_its_events_is_located() {
    let ground = ground().await;
    let position = ground.position("like.added", None).await;
    for (statement, words) in [
        ("update es.commands set outcome = 1 where position = $1", "is stored as refused"),
        (
            "update es.commands set outcome = 0, position = position - 1 where position = $1",
            "is stored at position",
        ),
        (
            "delete from es.commands where position = $1::bigint - 1 and key = (
            select metadata -> 'command' ->> 'key' from es.events where position = $1)",
            "is not stored",
        ),
    ] {
        ground.tamper("es.commands", statement, &[&position]).await;
        ground.assert_found("commands", Some(position), words).await;
    }
}
