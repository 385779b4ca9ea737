//! The rules of images alone, as sentences; who may upload is a generation's test.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::*;
use crate::generations::Output;
use crate::given::id;
use crate::{ImageId, Sha256, UserId};

const SUNSET: ImageId = ImageId(id(40));
const MINA: UserId = UserId(id(1));
const JOB: GenerationId = GenerationId(id(50));

fn declare(bytes: u64) -> ImageCommand {
    let sha256 = Sha256::parse(&"ab".repeat(32)).unwrap();
    ImageCommand::RequestUpload { image: SUNSET, owner: MINA, generation: JOB, sha256, bytes }
}

fn declared() -> ImageEvent {
    let sha256 = "ab".repeat(32);
    ImageEvent::UploadRequested { image: SUNSET, owner: MINA, generation: JOB, sha256, bytes: 9 }
}

fn store(sha256: &str, bytes: u64) -> ImageCommand {
    let sha256 = sha256.to_owned();
    let output = Output { image: SUNSET, sha256, bytes, width: 8, height: 8 };
    let file = StoredFile { output, key: "images/sunset.png".to_owned(), format: "png".to_owned() };
    ImageCommand::Store { file, owner: MINA, generation: JOB }
}

fn given<const N: usize>(events: [ImageEvent; N]) -> AggregateTestExecutor<Image> {
    TestFramework::with(()).given(events.into())
}

#[test]
fn declaring_a_file_twice_is_declaring_it_once() {
    given([]).when(declare(9)).then_expect_events(vec![declared()]);
    given([declared()]).when(declare(9)).then_expect_events(vec![]);
    given([declared()]).when(declare(8)).then_expect_error(ImageError::DeclaredOtherwise);
}

#[test]
fn a_picture_is_neither_empty_nor_huge() {
    for bytes in [0, IMAGE_BYTES_MAX + 1] {
        given([]).when(declare(bytes)).then_expect_error(ImageError::Size { max: IMAGE_BYTES_MAX });
    }
}

#[test]
fn only_what_was_declared_is_stored() {
    let (right, wrong) = ("ab".repeat(32), "cd".repeat(32));
    given([]).when(store(&right, 9)).then_expect_error(ImageError::NotDeclared);
    given([declared()]).when(store(&wrong, 9)).then_expect_error(ImageError::DeclaredOtherwise);
    given([declared()]).when(store(&right, 8)).then_expect_error(ImageError::DeclaredOtherwise);
    let events = given([declared()]).when(store(&right, 9)).inspect_result().unwrap();
    assert!(matches!(events[..], [ImageEvent::Stored { .. }]));
}

#[test]
fn the_same_file_of_the_same_generation_is_the_same_image() {
    let sha256 = Sha256::parse(&"ab".repeat(32)).unwrap();
    assert_eq!(ImageId::of(JOB, &sha256), ImageId::of(JOB, &sha256));
    assert_ne!(ImageId::of(JOB, &sha256), ImageId::of(GenerationId(id(51)), &sha256));
}
