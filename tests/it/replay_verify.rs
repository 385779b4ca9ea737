//! `verify` has nothing to say of a log that only the service wrote, even while it goes on, and
//! names the position of everything that somebody changed behind its back.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use domain::generations::CancelGeneration;
use domain::likes::{Like, LikeEvent};
use domain::styles::{Style, StyleCommand};
use domain::webhooks::{Webhook, WebhookEvent};
use domain::{GenerationId, LikeId, One, Stream, UserId, WebhookId, Work};
use futures::future::join_all;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::replay_ground::ground;
use crate::support::{Role, Scratch};
use crate::writer_ground::{Does, run};

#[tokio::test]
async fn a_log_that_only_the_service_wrote_holds() {
    let ground = ground().await;
    let report = ground.report_with(true, None).await;
    assert_eq!(report.findings, []);
    assert!(report.ok);
    assert_eq!(report.head, ground.head().await);
    let (token, earning) = (report.trial_balance["token"], report.trial_balance["earning"]);
    assert_eq!((token, earning), (0, 0));
    assert_eq!(report.claims, 2 + 2 + 1 + 1 + 1, "two persons, a payment, a style, a model");
}

#[tokio::test]
async fn an_empty_log_holds() {
    let ground = ground().await;
    let empty = crate::support::database().await;
    let pool = empty.pool(Role::Auditor);
    let report = replay_tool::verify::verify(&pool, Default::default(), |_, _| {}).await.unwrap();
    assert!(report.ok, "{:?}", report.findings);
    assert_eq!((report.head, report.streams), (0, 0));
    assert_ne!(report.head_hash, ground.report().await.head_hash, "another store, another chain");
}

/// Holds, leases, claims and timers come and go while the log is read, and none is mistaken.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_may_go_on_while_it_is_verified() {
    let ground = ground().await;
    let mut service = JoinSet::new();
    for _ in 0..4 {
        let (writer, ann) = (ground.writer.clone(), ground.story.ann);
        let requests: Vec<_> =
            (0..40).map(|_| ground.story.request(GenerationId(Uuid::now_v7()))).collect();
        service.spawn(async move {
            for request in requests {
                let generation = request.generation;
                if run(&writer, request).await.unwrap().outcome.is_ok() {
                    let cancel = CancelGeneration { generation, user: ann };
                    run(&writer, cancel).await.unwrap().outcome.unwrap();
                }
            }
        });
    }
    let mut rounds = 0;
    while !service.is_empty() || rounds < 3 {
        let report = ground.report_with(rounds % 2 == 1, None).await;
        assert_eq!(report.findings, [], "round {rounds}");
        rounds += 1;
        while let Some(done) = service.try_join_next() {
            done.unwrap();
        }
    }
    assert_eq!(ground.report().await.findings, []);
}

/// Units, blocks and streams begin on one page and end on the next.
#[tokio::test]
async fn a_log_of_many_pages_holds_and_names_what_is_missing_at_the_edge_of_one() {
    const PAGE: i64 = 4_000;
    let ground = ground().await;
    while ground.head().await < 2 * PAGE + 100 {
        let units = (0..32).map(|_| {
            let (user, generation) = (UserId(Uuid::now_v7()), GenerationId(Uuid::now_v7()));
            let like = LikeId::of(user, generation);
            let decide = move |work: &mut Work<'_>| {
                for _ in 0..64 {
                    work.record::<Like>(like, LikeEvent::Added { user, generation })?;
                }
                Ok(0)
            };
            run(&ground.writer, Does { streams: vec![Stream::of::<Like>(like)], decide })
        });
        for answer in join_all(units).await {
            answer.unwrap().outcome.unwrap();
        }
    }
    assert_eq!(ground.report_with(true, None).await.findings, []);
    for edge in [PAGE, 2 * PAGE + 1] {
        ground.tamper("es.events", "delete from es.events where position = $1", &[&edge]).await;
    }
    for edge in [PAGE, 2 * PAGE + 1] {
        ground.assert_names("chain", edge, "is missing").await;
    }
    let report = ground.report().await;
    let chain = report.findings.iter().filter(|finding| finding.check == "chain");
    assert_eq!(chain.count(), 2, "{:#?}", report.findings);
    assert_eq!(report.head, ground.head().await);
}

#[tokio::test]
async fn a_changed_byte_of_a_payload_is_located() {
    let ground = ground().await;
    let position = ground.position("style.priced", None).await;
    const CHANGE: &str = "update es.events
        set payload = replace(payload::text, '10', '11')::json where position = $1";
    ground.tamper("es.events", CHANGE, &[&position]).await;
    ground.assert_names("chain", position, "do not hash to their leaf").await;
}

#[tokio::test]
async fn a_blank_between_two_fields_is_a_changed_byte() {
    let ground = ground().await;
    let position = ground.position("like.added", None).await;
    const CHANGE: &str = "update es.events
        set payload = replace(payload::text, ',', ', ')::json where position = $1";
    ground.tamper("es.events", CHANGE, &[&position]).await;
    ground.assert_names("chain", position, "like.added").await;
}

#[tokio::test]
async fn a_changed_byte_of_metadata_is_located() {
    let ground = ground().await;
    let position = ground.position("style.published", None).await;
    const CHANGE: &str = "update es.events
        set metadata = replace(metadata::text, '2027', '2026')::json where position = $1";
    ground.tamper("es.events", CHANGE, &[&position]).await;
    ground.assert_names("chain", position, "do not hash to their leaf").await;
}

#[tokio::test]
async fn changed_bytes_are_found_even_with_their_leaf_made_to_fit() {
    let ground = ground().await;
    let position = ground.position("like.added", None).await;
    const CHANGE: &str = "update es.blocks set leaves = sha256(leaves) where first = $1";
    ground.tamper("es.blocks", CHANGE, &[&position]).await;
    ground.assert_names("chain", position, "do not hash to their leaf").await;
    const HASH: &str = "update es.blocks set hash = sha256(hash) where first = $1";
    ground.tamper("es.blocks", HASH, &[&position]).await;
    ground.assert_names("chain", position, "does not follow").await;
}

#[tokio::test]
async fn a_deleted_event_is_located_and_the_rest_still_checked() {
    let ground = ground().await;
    let position = ground.position("style.priced", None).await;
    let later = ground.position("like.added", None).await;
    ground.tamper("es.events", "delete from es.events where position = $1", &[&position]).await;
    const CHANGE: &str = "update es.events set event_version = 1, recorded_at = now()
        where position = $1";
    ground.tamper("es.events", CHANGE, &[&later]).await;
    ground.assert_names("chain", position, "is missing").await;
    ground.assert_names("chain", later, "time is not its block's").await;
    let findings = ground.report().await.findings;
    let chain = findings.iter().filter(|finding| finding.check == "chain").count();
    assert_eq!(chain, 2, "{findings:#?}");
    let next = ground.position("style.model_ready", None).await;
    ground.assert_names("streams", next, "goes from sequence 1 to 3").await;
}

#[tokio::test]
async fn two_swapped_events_are_located() {
    let ground = ground().await;
    let first = ground.position("user.registered", None).await;
    let second = ground.position("wallet.granted", None).await;
    const ASIDE: &str =
        "update es.events set position = position + 1000000 where position in ($1, $2)";
    const BACK: &str =
        "update es.events set position = $1::bigint + $2::bigint - (position - 1000000)
        where position > 1000000";
    ground.tamper("es.events", ASIDE, &[&first, &second]).await;
    ground.tamper("es.events", BACK, &[&first, &second]).await;
    ground.assert_names("chain", first, "wallet.granted").await;
    ground.assert_names("chain", second, "user.registered").await;
}

#[tokio::test]
async fn an_event_of_another_kind_than_its_stream_is_located() {
    let ground = ground().await;
    let position = ground.position("like.added", None).await;
    const CHANGE: &str = "update es.events set stream_type = 'image' where position = $1";
    ground.tamper("es.events", CHANGE, &[&position]).await;
    ground.assert_names("streams", position, "like.added is no event of its stream's kind").await;
}

#[tokio::test]
async fn a_delivery_without_an_outcome_is_told_and_blamed_when_its_tries_are_over() {
    let ground = ground().await;
    assert_eq!(ground.report().await.deliveries_waiting, 0);
    let webhook = WebhookId::of("toss", "1");
    let decide = move |work: &mut Work<'_>| {
        let event = WebhookEvent::Received {
            webhook,
            provider: "toss".to_owned(),
            event_type: None,
            body_sha256: "ab".repeat(32),
            purchase: None,
            user: None,
            rejected: None,
        };
        work.record::<Webhook>(webhook, event)?;
        Ok(0)
    };
    ground.does(Does { streams: vec![Stream::of::<Webhook>(webhook)], decide }).await;
    let report = ground.report().await;
    assert_eq!((report.deliveries_waiting, report.ok), (1, true));
    let position = ground.head().await;
    const AGE: &str = "update es.events set recorded_at = recorded_at - interval '1 day'
        where position = $1";
    ground.tamper("es.events", AGE, &[&position]).await;
    ground.assert_names("deliveries", position, "has had no outcome since").await;
}

#[tokio::test]
async fn an_event_slipped_in_behind_the_last_block_is_located() {
    let ground = ground().await;
    let beyond = ground.head().await + 1;
    const COPY: &str = "insert into es.events (position, recorded_at, event_id, stream_id,
            stream_type, sequence, event_type, event_version, payload, metadata)
        select $1, recorded_at, gen_random_uuid(), gen_random_uuid(), stream_type, 1, event_type,
            event_version, payload, metadata
        from es.events where event_type = 'like.added'";
    ground.tamper("es.events", COPY, &[&beyond]).await;
    ground.assert_found("chain", Some(beyond), "belongs to no block").await;
}

#[tokio::test]
async fn a_deleted_block_is_located() {
    let ground = ground().await;
    let position = ground.position("style.published", None).await;
    ground.tamper("es.blocks", "delete from es.blocks where first = $1", &[&position]).await;
    ground.assert_names("chain", position, "no block until").await;
    ground.assert_names("chain", position + 1, "does not follow").await;
}

#[tokio::test]
async fn a_cut_tail_is_seen_only_by_an_anchor() {
    let ground = ground().await;
    let scratch = Scratch::new("anchors");
    let anchor = scratch.path().join("heads");
    assert!(ground.report_with(false, Some(&anchor)).await.ok);
    assert!(ground.report_with(false, Some(&anchor)).await.ok);
    let noted = std::fs::read_to_string(&anchor).unwrap();
    assert_eq!(noted.lines().count(), 1, "the same head is noted once");

    let head = ground.head().await;
    ground.tamper("es.events", "delete from es.events where position >= $1", &[&head]).await;
    ground.tamper("es.blocks", "delete from es.blocks where first >= $1", &[&head]).await;
    assert!(ground.report().await.ok, "a shorter history is a history");
    let report = ground.report_with(false, Some(&anchor)).await;
    let [finding] = &report.findings[..] else { panic!("{:?}", report.findings) };
    assert_eq!((finding.check, finding.position), ("anchor", Some(head)));

    let (style, artist) = (ground.story.style, ground.story.bob);
    let unpublish = StyleCommand::Unpublish { style, artist };
    ground.does(One::<Style>::of(style, unpublish)).await;
    let report = ground.report_with(false, Some(&anchor)).await;
    let [finding] = &report.findings[..] else { panic!("{:?}", report.findings) };
    assert_eq!((finding.check, finding.position), ("anchor", Some(head)));
    assert!(finding.detail.contains("another history"), "{}", finding.detail);
    assert_eq!(std::fs::read_to_string(&anchor).unwrap(), noted, "a broken log is not noted");
}
