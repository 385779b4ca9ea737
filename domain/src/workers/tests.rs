//! The rules of workers, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::*;
use crate::given::id;
use crate::{Sha256, WorkerId};

const FORGE: WorkerId = WorkerId(id(30));

fn issued() -> WorkerEvent {
    WorkerEvent::KeyIssued { worker: FORGE, name: "Forge".to_owned(), key_sha256: "ab".repeat(32) }
}

fn registered() -> WorkerEvent {
    let (gpu, classes) = ("RTX 4090".to_owned(), vec!["sdxl".to_owned()]);
    WorkerEvent::Registered { worker: FORGE, gpu, classes }
}

fn register(classes: usize) -> WorkerCommand {
    WorkerCommand::Register {
        worker: FORGE,
        gpu: Gpu::parse("RTX 4090").unwrap(),
        classes: vec![JobClass::parse("sdxl").unwrap(); classes],
    }
}

fn given<const N: usize>(events: [WorkerEvent; N]) -> AggregateTestExecutor<Worker> {
    TestFramework::with(()).given(events.into())
}

#[test]
fn a_worker_has_one_key() {
    let issue = WorkerCommand::IssueKey {
        worker: FORGE,
        name: WorkerName::parse("Forge").unwrap(),
        key_sha256: Sha256::parse(&"ab".repeat(32)).unwrap(),
    };
    given([]).when(issue.clone()).then_expect_events(vec![issued()]);
    given([issued()]).when(issue).then_expect_error(WorkerError::AlreadyIssued);
}

#[test]
fn a_rotated_key_works_for_a_while_and_no_key_of_a_retired_worker_does() {
    let mut worker = Worker::default();
    let until = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(1);
    worker.evolve(issued());
    let (old, new) = ("ab".repeat(32), "cd".repeat(32));
    assert_eq!(worker.key_good_until(&old), Some(chrono::DateTime::<chrono::Utc>::MAX_UTC));
    assert_eq!(worker.key_good_until(&new), None);
    let key_sha256 = new.clone();
    worker.evolve(WorkerEvent::KeyRotated { worker: FORGE, key_sha256, previous_until: until });
    assert_eq!(worker.key_good_until(&old), Some(until));
    assert_eq!(worker.key_good_until(&new), Some(chrono::DateTime::<chrono::Utc>::MAX_UTC));
    worker.evolve(WorkerEvent::Retired { worker: FORGE });
    assert_eq!((worker.key_good_until(&old), worker.key_good_until(&new)), (None, None));
}

#[test]
fn a_worker_that_starts_again_unchanged_says_nothing_new() {
    given([issued()]).when(register(1)).then_expect_events(vec![registered()]);
    given([issued(), registered()]).when(register(1)).then_expect_events(vec![]);
}

#[test]
fn a_worker_names_a_bounded_number_of_classes() {
    given([issued()])
        .when(register(CLASSES_MAX + 1))
        .then_expect_error(WorkerError::TooManyClasses { max: CLASSES_MAX });
}

#[test]
fn a_retired_worker_does_not_come_back() {
    let retired = WorkerEvent::Retired { worker: FORGE };
    let retire = WorkerCommand::Retire { worker: FORGE };
    given([issued()]).when(retire.clone()).then_expect_events(vec![retired.clone()]);
    given([issued(), retired.clone()]).when(retire).then_expect_events(vec![]);
    given([issued(), retired]).when(register(1)).then_expect_error(WorkerError::Retired);
}

#[test]
fn a_worker_takes_jobs_once_it_has_said_what_it_is() {
    let mut worker = Worker::default();
    assert_eq!(worker.may_claim(), Err(WorkerError::NotFound));
    worker.evolve(issued());
    assert_eq!(worker.may_claim(), Err(WorkerError::NotRegistered));
    worker.evolve(registered());
    assert_eq!(worker.may_claim(), Ok(()));
}
