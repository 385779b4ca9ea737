//! How a generation ends, and where the money goes.

use chrono::TimeDelta;

use crate::generations::scene::*;
use crate::generations::*;
use crate::wallets::{ExpireHold, WalletError, WalletKey};
use crate::{HoldId, Refusal, UserId};

const NOT_FOUND: Refusal = Refusal::Generation(GenerationError::NotFound);

fn cancel(user: UserId) -> CancelGeneration {
    CancelGeneration { generation: SUNSET, user }
}

fn watchdog(scene: &Scene) -> TimerCommand {
    let record = scene.kept(QUEUE_EXPIRY, &SUNSET.to_string()).unwrap();
    timer(QUEUE_EXPIRY, &SUNSET.to_string(), &record.bytes).unwrap().unwrap()
}

#[test]
fn a_picture_is_stored_paid_and_settled_at_once() {
    let mut scene = Scene::processing();
    scene.when(&upload(FORGE, 1)).unwrap();
    let completed = scene.when(&complete(FORGE, 1)).unwrap();
    let types = [
        "generation.completed",
        "image.stored",
        "wallet.captured",
        "wallet.earned",
        "generation.settled",
    ];
    assert_eq!(completed.types(), types);
    let (captured, released) = (tokens(10), tokens(0));
    let artist_paid = tokens(9);
    let settlement = Settlement { captured, released, artist_paid, ..Settlement::default() };
    assert_eq!(completed.reply, Some(settlement), "15 % of 10 is 1, the rest is the artist's");
    assert_eq!(scene.money(), (90, 0, 9));
    assert!(scene.timers().is_empty());
}

#[test]
fn a_delivery_whose_answer_was_lost_can_be_repeated() {
    let mut scene = Scene::completed();
    let repeated = scene.when(&complete(FORGE, 1)).unwrap();
    assert_eq!((repeated.events.len(), repeated.reply), (0, None));
    assert_eq!(scene.money(), (90, 0, 9), "the artist is paid once");
}

#[test]
fn who_wished_to_publish_publishes_by_completing() {
    let mut scene = Scene::open();
    let public = RequestGeneration { is_public: true, ..request(SUNSET, MINA) };
    scene.when(&public).unwrap();
    scene.when(&claim(FORGE)).unwrap();
    let completed = scene.deliver(FORGE, 1).unwrap();
    assert_eq!(completed.types().last(), Some(&"generation.published"));
    assert!(scene.state::<Generation>(SUNSET).is_published());
}

#[test]
fn stepping_back_costs_nothing_in_the_queue_or_at_work() {
    for mut scene in [Scene::requested(), Scene::processing()] {
        let canceled = scene.when(&cancel(MINA)).unwrap();
        let types = ["generation.canceled", "wallet.released", "generation.settled"];
        assert_eq!(canceled.types(), types);
        assert_eq!(canceled.reply.released, tokens(10));
        assert_eq!(scene.money(), (100, 0, 0));
        assert!(scene.timers().is_empty());
    }
}

#[test]
fn a_worker_learns_that_nobody_wants_its_picture() {
    let mut scene = Scene::processing();
    scene.when(&upload(FORGE, 1)).unwrap();
    scene.when(&cancel(MINA)).unwrap();
    let late = scene.when(&complete(FORGE, 1)).unwrap_err();
    assert_eq!(late, Refusal::Generation(GenerationError::Canceled));
    assert_eq!(scene.money(), (100, 0, 0));
}

#[test]
fn what_has_ended_cannot_be_stepped_back_from() {
    let mut scene = Scene::completed();
    let status = Status::Completed;
    let ended = Refusal::Generation(GenerationError::AlreadyTerminal { status });
    assert_eq!(scene.when(&cancel(MINA)).unwrap_err(), ended);

    let mut scene = Scene::requested();
    scene.when(&cancel(MINA)).unwrap();
    let status = Status::Canceled;
    let ended = Refusal::Generation(GenerationError::AlreadyTerminal { status });
    assert_eq!(scene.when(&cancel(MINA)).unwrap_err(), ended);
}

#[test]
fn anothers_generation_is_answered_like_none() {
    let mut scene = Scene::completed();
    assert_eq!(scene.when(&cancel(JOON)).unwrap_err(), NOT_FOUND);
    assert_eq!(scene.when(&publish(JOON)).unwrap_err(), NOT_FOUND);
    assert_eq!(Scene::open().when(&publish(MINA)).unwrap_err(), NOT_FOUND);
}

#[test]
fn only_pictures_that_are_there_are_shown_and_hidden_again() {
    let mut scene = Scene::processing();
    let status = Status::Processing;
    let early = Refusal::Generation(GenerationError::NotCompleted { status });
    assert_eq!(scene.when(&publish(MINA)).unwrap_err(), early);

    let mut scene = Scene::completed();
    assert_eq!(scene.when(&publish(MINA)).unwrap().types(), ["generation.published"]);
    assert!(scene.when(&publish(MINA)).unwrap().events.is_empty());
    assert_eq!(scene.when(&unpublish(MINA)).unwrap().types(), ["generation.unpublished"]);
}

#[test]
fn who_waits_a_day_gets_the_tokens_back() {
    let mut scene = Scene::requested();
    scene.later(QUEUE_WAIT_MAX);
    let ring = watchdog(&scene);
    let expired = scene.when(&ring).unwrap();
    let types = ["generation.canceled", "wallet.released", "generation.settled"];
    assert_eq!(expired.types(), types);
    assert_eq!(scene.money(), (100, 0, 0));
}

#[test]
fn what_is_being_painted_gets_another_hour() {
    let mut scene = Scene::requested();
    scene.later(QUEUE_WAIT_MAX);
    scene.when(&claim(FORGE)).unwrap();
    let ring = watchdog(&scene);
    assert!(scene.when(&ring).unwrap().events.is_empty());
    let again = scene.kept(QUEUE_EXPIRY, &SUNSET.to_string()).unwrap().due.unwrap();
    assert_eq!(again, scene.at() + TimeDelta::minutes(15));

    scene.later(TimeDelta::hours(1));
    let ring = watchdog(&scene);
    let given_up = scene.when(&ring).unwrap();
    assert_eq!(given_up.types()[1], "generation.failed");
    assert_eq!(scene.money(), (100, 0, 0), "before the hold ends by itself");
}

#[test]
fn the_watchdog_leaves_alone_what_has_ended() {
    let mut scene = Scene::processing();
    let ring = watchdog(&scene);
    scene.deliver(FORGE, 1).unwrap();
    scene.later(TimeDelta::days(2));
    assert!(scene.when(&ring).unwrap().events.is_empty());
    assert!(scene.timers().is_empty(), "and sets no new timer");
}

/// The hold's own timer rings at 26 hours, which the watchdog normally forestalls.
fn hold_expired(mut scene: Scene) -> Scene {
    let (wallet, hold) = (WalletKey::token(MINA), HoldId::from(SUNSET));
    let due = scene.at() + TimeDelta::hours(26);
    scene.later(TimeDelta::hours(27));
    scene.when(&ExpireHold { wallet, hold, due }).unwrap();
    assert_eq!(scene.money(), (100, 0, 0));
    scene
}

#[test]
fn a_hold_that_ended_by_itself_is_not_given_back_twice() {
    let mut scene = hold_expired(Scene::processing());
    let canceled = scene.when(&cancel(MINA)).unwrap();
    assert_eq!(canceled.types(), ["generation.canceled", "generation.settled"]);
    assert_eq!(scene.money(), (100, 0, 0));
}

#[test]
fn a_picture_that_can_no_longer_be_paid_is_not_delivered() {
    let mut scene = hold_expired(Scene::processing());
    let late = scene.deliver(FORGE, 1).unwrap_err();
    let hold = HoldId::from(SUNSET);
    assert_eq!(late, Refusal::Wallet(WalletError::HoldNotOpen { hold }));
    let ring = watchdog(&scene);
    assert_eq!(scene.when(&ring).unwrap().types()[1], "generation.failed");
}
