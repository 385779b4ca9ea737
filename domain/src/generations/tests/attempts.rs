//! Workers come and go: leases, failures, further tries.

use chrono::TimeDelta;

use crate::generations::scene::*;
use crate::generations::*;
use crate::given::id;
use crate::images::ImageError;
use crate::workers::WorkerError;
use crate::{Refusal, WorkerId};

fn refused<T>(result: Result<T, Refusal>) -> GenerationError {
    match result {
        Err(Refusal::Generation(refusal)) => refusal,
        Err(other) => panic!("another refusal: {other}"),
        Ok(_) => panic!("it was accepted"),
    }
}

/// The timer of this kind rings; the runner deletes its row afterwards, which no rule relies on.
fn ring(scene: &mut Scene, kind: &'static str) -> Vec<&'static str> {
    let kept = scene.kept(kind, &SUNSET.to_string()).unwrap().clone();
    let wait = kept.due.unwrap() - scene.at();
    scene.later(wait.max(TimeDelta::zero()));
    let command = timer(kind, &SUNSET.to_string(), &kept.bytes).unwrap().unwrap();
    scene.when(&command).unwrap().types()
}

#[test]
fn of_two_workers_one_gets_the_job() {
    let mut scene = Scene::requested();
    let claimed = scene.when(&claim(FORGE)).unwrap();
    assert_eq!(claimed.types(), ["generation.started"]);
    assert_eq!((claimed.reply.attempt, claimed.reply.lease_until), (1, scene.at() + LEASE));
    let late = refused(scene.when(&claim(ANVIL)));
    assert_eq!(late, GenerationError::NotClaimable { status: Status::Processing });
}

#[test]
fn a_stranger_gets_no_job() {
    let refused = Scene::requested().when(&claim(WorkerId(id(99)))).unwrap_err();
    assert_eq!(refused, Refusal::Worker(WorkerError::NotFound));
}

#[test]
fn a_worker_that_speaks_keeps_its_job_without_an_event() {
    let mut scene = Scene::processing();
    scene.later(TimeDelta::seconds(50));
    let lease = Lease { worker: FORGE, attempt: 1 };
    let extend = ExtendLease { generation: SUNSET, lease, by: LEASE };
    let extended = scene.when(&extend).unwrap();
    assert_eq!((extended.events.len(), extended.reply), (0, scene.at() + LEASE));
    let kept = scene.kept(LEASE_LOST, &SUNSET.to_string()).unwrap();
    assert_eq!(kept.due, Some(scene.at() + LEASE));

    let other = ExtendLease { lease: Lease { worker: ANVIL, attempt: 1 }, ..extend };
    assert_eq!(refused(scene.when(&other)), GenerationError::LeaseLost);
}

#[test]
fn a_silent_worker_loses_its_job_which_is_tried_again_after_a_pause() {
    let mut scene = Scene::processing();
    let lost = ring(&mut scene, LEASE_LOST);
    assert_eq!(lost, ["generation.attempt_failed", "generation.retry_scheduled"]);
    assert!(scene.kept(LEASE_LOST, &SUNSET.to_string()).is_none());
    let waiting = refused(scene.when(&claim(ANVIL)));
    assert_eq!(waiting, GenerationError::NotClaimable { status: Status::Retrying });

    assert_eq!(ring(&mut scene, RETRY), ["generation.queued"]);
    assert_eq!(scene.when(&claim(ANVIL)).unwrap().reply.attempt, 2);
}

#[test]
fn a_worker_given_up_on_is_not_believed() {
    let mut scene = Scene::processing();
    scene.when(&upload(FORGE, 1)).unwrap();
    ring(&mut scene, LEASE_LOST);
    assert_eq!(refused(scene.when(&complete(FORGE, 1))), GenerationError::LeaseLost);

    ring(&mut scene, RETRY);
    scene.when(&claim(ANVIL)).unwrap();
    let oom = FailureCode::GpuOom;
    assert_eq!(refused(scene.when(&complete(FORGE, 1))), GenerationError::LeaseLost);
    assert_eq!(refused(scene.when(&complete(FORGE, 2))), GenerationError::LeaseLost);
    assert_eq!(refused(scene.when(&fail(FORGE, 1, oom))), GenerationError::LeaseLost);
    assert_eq!(refused(scene.when(&upload(FORGE, 1))), GenerationError::LeaseLost);
    assert!(scene.when(&complete(ANVIL, 2)).is_ok(), "the same file may come from another");
}

#[test]
fn a_timer_that_rings_late_finds_nothing_to_do() {
    let mut scene = Scene::processing();
    let lease = Lease { worker: FORGE, attempt: 1 };
    scene.when(&fail(FORGE, 1, FailureCode::GpuOom)).unwrap();
    ring(&mut scene, RETRY);
    scene.when(&claim(ANVIL)).unwrap();
    let late = LoseLease { generation: SUNSET, lease };
    assert!(scene.when(&late).unwrap().events.is_empty(), "the first attempt is long over");
    let again = RequeueGeneration { generation: SUNSET, attempt: 2 };
    assert!(scene.when(&again).unwrap().events.is_empty(), "it was queued already");
}

#[test]
fn the_pauses_grow_and_the_fourth_failure_is_the_last() {
    let mut scene = Scene::requested();
    for (attempt, seconds) in [(1, 5), (2, 20), (3, 60)] {
        scene.when(&claim(FORGE)).unwrap();
        let retry = scene.when(&fail(FORGE, attempt, FailureCode::Timeout)).unwrap().reply;
        let not_before = scene.at() + TimeDelta::seconds(seconds);
        assert_eq!(retry, Some(Retry { attempt: attempt + 1, not_before }));
        ring(&mut scene, RETRY);
    }
    scene.when(&claim(FORGE)).unwrap();
    let last = scene.when(&fail(FORGE, 4, FailureCode::Timeout)).unwrap();
    let failed = ["attempt_failed", "failed"].map(|event| format!("generation.{event}"));
    assert_eq!(last.types()[..2], failed);
    assert_eq!((last.reply, scene.money()), (None, (100, 0, 0)));
    assert!(scene.timers().is_empty(), "nothing is left to wait for");
}

#[test]
fn what_cannot_succeed_is_not_tried_again() {
    for code in [FailureCode::NsfwBlocked, FailureCode::InvalidInput, FailureCode::ModelMissing] {
        let mut scene = Scene::processing();
        let failed = scene.when(&fail(FORGE, 1, code)).unwrap();
        let types = [
            "generation.attempt_failed",
            "generation.failed",
            "wallet.released",
            "generation.settled",
        ];
        assert_eq!((failed.types(), failed.reply), (types.to_vec(), None), "{code:?}");
        assert_eq!(scene.money(), (100, 0, 0));
    }
}

#[test]
fn of_what_we_do_not_know_the_worker_says_whether_to_try_again() {
    for retryable in [true, false] {
        let internal = FailAttempt { retryable, ..fail(FORGE, 1, FailureCode::Internal) };
        let retry = Scene::processing().when(&internal).unwrap().reply;
        assert_eq!(retry.is_some(), retryable);
    }
    let oom = FailAttempt { retryable: false, ..fail(FORGE, 1, FailureCode::GpuOom) };
    assert!(Scene::processing().when(&oom).unwrap().reply.is_some(), "of this we know");
}

#[test]
fn only_declared_files_are_delivered() {
    let mut scene = Scene::processing();
    let undeclared = scene.when(&complete(FORGE, 1)).unwrap_err();
    assert_eq!(undeclared, Refusal::Image(ImageError::NotDeclared));

    scene.when(&upload(FORGE, 1)).unwrap();
    let mut other = complete(FORGE, 1);
    other.files[0].output.bytes += 1;
    let mismatch = scene.when(&other).unwrap_err();
    assert_eq!(mismatch, Refusal::Image(ImageError::DeclaredOtherwise));
    assert_eq!(scene.money(), (90, 10, 0), "nothing is paid for what is not there");
}

#[test]
fn a_delivery_has_between_one_and_eight_different_pictures() {
    let mut scene = Scene::processing();
    scene.when(&upload(FORGE, 1)).unwrap();
    for files in [vec![], vec![file(); 2], vec![file(); OUTPUTS_MAX + 1]] {
        let delivery = CompleteGeneration { files, ..complete(FORGE, 1) };
        let outputs = GenerationError::Outputs { max: OUTPUTS_MAX };
        assert_eq!(refused(scene.when(&delivery)), outputs);
    }
}

#[test]
fn timers_of_others_are_left_to_others_and_broken_ones_are_told() {
    assert!(timer("hold-expiry", "anything", b"").unwrap().is_none());
    assert!(matches!(timer(RETRY, "no id", b"{}"), Err(TimerError::Key { .. })));
    let key = SUNSET.to_string();
    assert!(matches!(timer(RETRY, &key, b"{}"), Err(TimerError::Record { .. })));
}
