//! The rules of likes, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use super::*;
use crate::generations::scene::{JOON, MINA, SUNSET, Scene, unpublish};
use crate::{LikeId, Refusal};

fn add() -> AddLike {
    AddLike { user: JOON, generation: SUNSET }
}

#[test]
fn liking_twice_is_liking_once_and_it_can_be_taken_back() {
    let mut scene = Scene::published();
    assert_eq!(scene.when(&add()).unwrap().types(), ["like.added"]);
    assert!(scene.when(&add()).unwrap().events.is_empty());

    let remove = RemoveLike { user: JOON, generation: SUNSET };
    assert_eq!(scene.when(&remove).unwrap().types(), ["like.removed"]);
    assert!(scene.when(&remove).unwrap().events.is_empty());
    assert_eq!(scene.when(&add()).unwrap().types(), ["like.added"], "and given again");
}

#[test]
fn everybody_may_like_their_own_picture() {
    let mut scene = Scene::published();
    let own = AddLike { user: MINA, generation: SUNSET };
    assert_eq!(scene.when(&own).unwrap().types(), ["like.added"]);
}

#[test]
fn what_is_not_published_cannot_be_liked() {
    let refused = Refusal::Like(LikeError::NotFound);
    assert_eq!(Scene::open().when(&add()).unwrap_err(), refused, "there is none");
    assert_eq!(Scene::requested().when(&add()).unwrap_err(), refused, "not painted yet");
    assert_eq!(Scene::completed().when(&add()).unwrap_err(), refused, "private");
}

#[test]
fn a_like_can_be_taken_back_from_what_is_private_by_now() {
    let mut scene = Scene::published();
    scene.when(&add()).unwrap();
    scene.when(&unpublish(MINA)).unwrap();
    let remove = RemoveLike { user: JOON, generation: SUNSET };
    assert_eq!(scene.when(&remove).unwrap().types(), ["like.removed"]);
    assert!(!scene.state::<Like>(LikeId::of(JOON, SUNSET)).liked);
}
