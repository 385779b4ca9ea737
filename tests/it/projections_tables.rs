//! What the read tables hold after a known history, whatever the size of the batches.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use domain::Asset;
use projections::frame::{Capacity, Page};
use projections::ledger::AsOf;
use projections::wallets::TransactionFilter;
use projections::{artists, webhooks};
use projections::{generations, images, ledger, likes, purchases, styles, users, wallets, workers};

use crate::projections_ground::{ground, recorded_at};
use crate::projections_refunds::DEPOSIT;
use crate::projections_story::{ANN, BOB, IMAGE, PAINTED, PURCHASE, STYLE, WAITING, WORKER};

#[tokio::test]
async fn a_known_history_gives_known_balances() {
    let ground = ground().await;
    ground.play(500).await;
    let reads = ground.reads();
    let wallet = wallets::wallet(reads.user(ANN.0), ANN.0, Asset::Token).await.unwrap().unwrap();
    // 100 welcome and 50 bought; 20 sent, 10 spent, 80 ended; 10 held.
    assert_eq!((wallet.posted, wallet.held, wallet.available), (40, 10, 30));
    assert_eq!(wallet.last_granted_at, Some(recorded_at(14)));
    let earned = wallets::wallet(reads.user(BOB.0), BOB.0, Asset::Earning).await.unwrap().unwrap();
    assert_eq!((earned.posted, earned.held), (11, 5), "five are on their way to the bank");

    let lots = wallets::lots_of(reads.user(ANN.0), ANN.0, Asset::Token).await.unwrap();
    let left: Vec<_> = lots.iter().map(|lot| (&*lot.category, lot.remaining, lot.held)).collect();
    assert_eq!(left, [("promo", 0, 10), ("paid", 30, 0)]);

    let line = |line: &wallets::Transaction| (line.kind.clone(), line.amount, line.balance_after);
    let lines = wallets::transactions_of(
        reads.user(ANN.0),
        (ANN.0, Asset::Token),
        TransactionFilter::default(),
        Page::after(None, 9),
    );
    let lines: Vec<_> = lines.await.unwrap().iter().map(line).collect();
    let line = |kind: &str, amount, after| (kind.to_owned(), amount, after);
    assert_eq!(
        lines,
        [
            line("expiry", -80, 40),
            line("generation_payment", -10, 120),
            line("transfer", -20, 130),
            line("purchase", 50, 150),
            line("welcome_bonus", 100, 100),
        ]
    );
}

#[tokio::test]
async fn both_sides_of_a_transfer_read_its_memo() {
    let ground = ground().await;
    ground.play(500).await;
    let reads = ground.reads();
    let only = TransactionFilter { kinds: Some(&["transfer"]), ..TransactionFilter::default() };
    for user in [ANN, BOB] {
        let page = Page::after(None, 9);
        let wallet = (user.0, Asset::Token);
        let lines = wallets::transactions_of(reads.user(user.0), wallet, only, page).await.unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].memo.as_deref(), Some("thanks"));
        let one = wallets::transaction(reads.user(user.0), wallet, lines[0].id).await.unwrap();
        assert_eq!(one.as_ref(), lines.first());
    }
}

#[tokio::test]
async fn holds_say_what_became_of_them() {
    let ground = ground().await;
    ground.play(500).await;
    let reads = ground.reads();
    let wallet = (ANN.0, Asset::Token);
    let all = wallets::reservations_of(reads.user(ANN.0), wallet, None, Page::after(None, 9))
        .await
        .unwrap();
    let status: Vec<_> = all.iter().map(|hold| (&*hold.status, hold.settled_amount)).collect();
    assert_eq!(status, [("reserved", None), ("released", Some(0)), ("settled", Some(10))]);
    let after = Some((all[0].created_at, all[0].id));
    let next = wallets::reservations_of(reads.user(ANN.0), wallet, None, Page::after(after, 1))
        .await
        .unwrap();
    assert_eq!(next, all[1..2]);
}

#[tokio::test]
async fn the_books_balance_and_know_every_moment() {
    let ground = ground().await;
    ground.play(500).await;
    let reads = ground.reads();
    for position in 0..=ground.entries.len() as i64 {
        for trial in ledger::trial_balance(reads.capacity(Capacity::Staff), position).await.unwrap()
        {
            assert_eq!(trial.sum, 0, "{} at {position}", trial.asset);
        }
    }
    let at =
        |as_of| ledger::balance_at(reads.capacity(Capacity::Staff), (ANN.0, Asset::Token), as_of);
    let before = at(AsOf::Position(6)).await.unwrap();
    assert_eq!((before.posted, before.held), (0, 0));
    assert_eq!(at(AsOf::Position(7)).await.unwrap().posted, 100);
    assert_eq!(at(AsOf::Time(recorded_at(14))).await.unwrap().posted, 150);
    let now = at(AsOf::Position(i64::MAX)).await.unwrap();
    assert_eq!((now.posted, now.held), (40, 10));
}

#[tokio::test]
async fn people_are_shown_with_opened_fields_and_sorted_roles() {
    let ground = ground().await;
    ground.play(500).await;
    let reads = ground.reads();
    let bob = users::by_id(reads.user(BOB.0), BOB.0).await.unwrap().unwrap();
    assert_eq!((bob.email.as_deref(), &*bob.display_name), (Some("bob@new.example"), "BOB"));
    assert_eq!(bob.roles, ["admin", "artist"]);
    assert_eq!((bob.bio.as_deref(), bob.avatar_image_id), (Some("Ink."), Some(IMAGE.0)));
    let kept = users::preferences(reads.user(BOB.0), BOB.0).await.unwrap().unwrap();
    assert_eq!((kept.version, &kept.preferences.unwrap().0["dark"]), (bob.version, &true.into()));
    assert!(users::preferences(reads.user(ANN.0), BOB.0).await.unwrap().is_none(), "not hers");
    let profile = users::profile_of(reads.public(), "BOBBY").await.unwrap().unwrap();
    assert_eq!((&*profile.display_name, profile.bio.as_deref()), ("BOB", Some("Ink.")));
    assert_eq!(users::profile(reads.public(), BOB.0).await.unwrap(), Some(profile));
    assert_eq!(
        users::by_email(reads.capacity(Capacity::Service), "bob@new.example").await.unwrap(),
        Some(bob)
    );
    let artist = artists::by_id(reads.public(), BOB.0).await.unwrap().unwrap();
    assert_eq!((artist.style_count, artist.earned_token_balance), (1, 11));
    let workers = workers::page(reads.capacity(Capacity::Staff), Page::after(None, 10)).await;
    let worker = &workers.unwrap()[0];
    assert_eq!((worker.id, &*worker.status), (WORKER.0, "registered"));
    assert_eq!(worker.classes, ["free", "a, \"b\" \\ {c}"]);
}

#[tokio::test]
async fn a_purchase_and_its_delivery_are_shown_to_their_end() {
    let ground = ground().await;
    ground.play(500).await;
    let reads = ground.reads();
    let purchase = purchases::one(reads.user(ANN.0), ANN.0, PURCHASE.0).await.unwrap().unwrap();
    assert_eq!((&*purchase.status, purchase.failure_code), ("paid", None));
    assert_eq!(purchase.card_detail.as_deref(), Some("4330****123*"));
    let deposit = purchases::one(reads.user(ANN.0), ANN.0, DEPOSIT.0).await.unwrap().unwrap();
    assert_eq!((&*deposit.status, deposit.balance), ("refunded", Some(0)));
    let owed = deposit.owed_tokens;
    assert_eq!((deposit.returned_tokens, owed), (50, 0), "the deposit that came again paid 10");
    let rows = purchases::refunds_of(reads.user(ANN.0), DEPOSIT.0, Page::after(None, 9));
    let rows = rows.await.unwrap();
    let statuses: Vec<_> = rows.iter().map(|row| &*row.status).collect();
    assert_eq!(statuses, ["executed", "failed", "rejected"]);
    let theirs = purchases::refunds_of(reads.user(BOB.0), DEPOSIT.0, Page::after(None, 9));
    assert!(theirs.await.unwrap().is_empty(), "nobody sees another's refunds");
    assert_eq!(
        purchases::one(reads.user(BOB.0), BOB.0, PURCHASE.0).await.unwrap(),
        None,
        "not his"
    );
    let deliveries = webhooks::page(
        reads.capacity(Capacity::Staff),
        (Some("processed"), Some("toss")),
        Page::after(None, 9),
    )
    .await
    .unwrap();
    assert_eq!(deliveries.len(), 1);
}

#[tokio::test]
async fn a_picture_is_found_by_feed_style_and_owner() {
    let ground = ground().await;
    ground.play(500).await;
    let reads = ground.reads();
    let feed = generations::newest(reads.public(), None, Page::after(None, 9)).await.unwrap();
    let [picture] = feed.as_slice() else { panic!("one picture, not {}", feed.len()) };
    assert_eq!(picture.id, PAINTED.0);
    assert_eq!((&*picture.status, &*picture.prompt, picture.attempt), ("completed", "a fox", 2));
    assert_eq!((picture.like_count, picture.consumed_tokens), (1, 10));
    assert_eq!(picture.artist_name.as_deref(), Some("Bobby"));
    assert_eq!(
        generations::top(reads.public(), Some(STYLE.0), Page::after(None, 9)).await.unwrap(),
        feed
    );
    assert_eq!(generations::by_id(reads.public(), PAINTED.0).await.unwrap().as_ref(), feed.first());
    let style =
        generations::newest(reads.public(), Some(STYLE.0), Page::after(None, 9)).await.unwrap();
    assert_eq!(style, feed);
    let mine =
        generations::mine(reads.user(ANN.0), ANN.0, Default::default(), Page::after(None, 9)).await;
    assert_eq!(mine.unwrap().len(), 3);
    let likes =
        likes::of_generation(reads.public(), PAINTED.0, Page::after(None, 9)).await.unwrap();
    assert_eq!(likes.iter().map(|like| like.user_id).collect::<Vec<_>>(), [BOB.0]);
    assert!(images::file(reads.public(), IMAGE.0).await.unwrap().unwrap().is_public);
    let styles = styles::popular(reads.public(), Page::after(None, 9)).await.unwrap();
    assert_eq!((styles[0].usage_count, styles[0].earned_tokens), (1, 9));
}

#[tokio::test]
async fn only_what_waits_is_offered_to_workers() {
    let ground = ground().await;
    ground.play(500).await;
    let reads = ground.reads();
    let offered = generations::candidates(reads.capacity(Capacity::Worker), &["free".to_owned()])
        .await
        .unwrap();
    assert_eq!(offered.iter().map(|job| job.generation_id).collect::<Vec<_>>(), [WAITING.0]);
    assert_eq!(
        generations::candidates(reads.capacity(Capacity::Worker), &["pro".to_owned()])
            .await
            .unwrap(),
        []
    );
    let ahead = generations::ahead_of(reads.public(), WAITING.0).await.unwrap().unwrap();
    assert_eq!(ahead.waiting, 0);
}

#[tokio::test]
async fn batches_of_any_size_give_the_same_bytes() {
    let mut dumps = Vec::new();
    for size in [1, 7, 500] {
        let ground = ground().await;
        ground.play(size).await;
        let dump = ground.dump("read").await;
        assert!(dump.len() > 40, "the story fills the tables");
        // Nonces differ between two grounds, but no table holds ciphertext.
        dumps.push(dump);
    }
    assert_eq!(dumps[0], dumps[1]);
    assert_eq!(dumps[0], dumps[2]);
}
