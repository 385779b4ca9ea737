//! Handles that change, and profiles.

use chrono::TimeDelta;

use super::*;
use crate::images::{Image, ImageEvent};
use crate::{GenerationId, ImageId};

fn rename(user: UserId, username: &str) -> UpdateMe {
    let username = Some(Username::parse(username).unwrap());
    UpdateMe { user, username, change: ProfileChange::default(), version: None }
}

fn release(user: UserId, username: &str) -> ReleaseUsername {
    ReleaseUsername { user, username: username.to_owned() }
}

fn days(days: i64) -> TimeDelta {
    TimeDelta::days(days)
}

fn signed_up() -> Given {
    let mut log = Given::nothing();
    log.when(&register(MINA, "Mina", 7)).unwrap();
    log.when(&register(JOON, "joon", 8)).unwrap();
    log
}

#[test]
fn a_handle_left_behind_stays_blocked_until_its_timer_rings() {
    let mut log = signed_up();
    assert_eq!(log.when(&rename(MINA, "Inky")).unwrap().types(), ["user.username_changed"]);
    let taken = Refusal::User(UserError::UsernameTaken);
    assert_eq!(log.when(&rename(JOON, "MINA")).unwrap_err(), taken);
    assert_eq!(log.when(&register(UserId(id(3)), "mina", 9)).unwrap_err(), taken);
    let due = log.at() + days(30);
    assert_eq!(log.timers(), [(USERNAME_RELEASE, "mina".to_owned(), due)]);

    let kept = log.kept(USERNAME_RELEASE, "mina").unwrap();
    let rung = timer(USERNAME_RELEASE, &kept.bytes).unwrap().unwrap();
    assert_eq!(log.when(&rung).unwrap().types(), ["user.username_released"]);
    assert!(log.when(&rung).unwrap().events.is_empty(), "a timer may ring twice");
    log.when(&rename(JOON, "mina")).unwrap();
}

#[test]
fn a_handle_changes_at_most_once_in_fourteen_days() {
    let mut log = signed_up();
    log.when(&rename(MINA, "inky")).unwrap();
    log.later(days(13));
    let until = log.at() + days(1);
    let lately = Refusal::User(UserError::UsernameChangedLately { until });
    assert_eq!(log.when(&rename(MINA, "blotty")).unwrap_err(), lately);
    assert!(log.when(&rename(MINA, "inky")).unwrap().events.is_empty(), "no change is no change");
    log.later(days(1));
    log.when(&rename(MINA, "blotty")).unwrap();
}

#[test]
fn ones_own_former_handle_can_be_taken_back_and_is_then_not_released() {
    let mut log = signed_up();
    log.when(&rename(MINA, "inky")).unwrap();
    log.later(days(14));
    log.when(&rename(MINA, "mina")).unwrap();
    assert!(log.when(&release(MINA, "mina")).unwrap().events.is_empty());
    assert!(log.claimed("username", "mina").is_some());
    let timers: Vec<String> = log.timers().into_iter().map(|(_, key, _)| key).collect();
    assert_eq!(timers, ["inky"]);
}

#[test]
fn a_change_of_case_alone_leaves_nothing_behind() {
    let mut log = signed_up();
    assert_eq!(log.when(&rename(MINA, "mina")).unwrap().types(), ["user.username_changed"]);
    assert_eq!(log.timers(), []);
    assert!(log.when(&release(MINA, "mina")).unwrap().events.is_empty());
    log.when(&rename(MINA, "inky")).unwrap(); // The fortnight had not begun,
    log.when(&rename(MINA, "Inky")).unwrap(); // and is none of this.
    let until = log.at() + days(14);
    let lately = Refusal::User(UserError::UsernameChangedLately { until });
    assert_eq!(log.when(&rename(MINA, "mina")).unwrap_err(), lately);
}

#[test]
fn what_changed_since_it_was_read_is_not_overwritten() {
    let mut log = signed_up();
    let at = |version| UpdateMe { version: Some(version), ..rename(MINA, "inky") };
    let mismatch = Refusal::User(UserError::VersionMismatch { version: 1 });
    assert_eq!(log.when(&at(2)).unwrap_err(), mismatch);
    log.when(&at(1)).unwrap();
    let (user, preferences) = (MINA, Some(sealed(MINA)));
    let set = |version| SetPreferences { user, preferences: preferences.clone(), version };
    assert_eq!(
        log.when(&set(1)).unwrap_err(),
        Refusal::User(UserError::VersionMismatch { version: 2 })
    );
    assert_eq!(log.when(&set(2)).unwrap().types(), ["user.preferences_changed"]);
    let same = SetPreferences { preferences: None, ..set(3) };
    assert!(log.when(&same).unwrap().types().is_empty(), "what is so already is no event");
}

#[test]
fn a_refused_handle_leaves_the_profile_as_it_was() {
    let mut log = signed_up();
    let change = ProfileChange { bio: Some(Some(sealed(MINA))), ..ProfileChange::default() };
    let both = UpdateMe { change, ..rename(MINA, "joon") };
    assert_eq!(log.when(&both).unwrap_err(), Refusal::User(UserError::UsernameTaken));
    let bio_alone = UpdateMe { username: None, ..both };
    assert_eq!(log.when(&bio_alone).unwrap().types(), ["user.profile_updated"]);
}

#[test]
fn nobody_shows_the_picture_of_another_as_their_own() {
    let (image, generation) = (ImageId(id(40)), GenerationId(id(41)));
    let declared = ImageEvent::UploadRequested {
        image,
        owner: JOON,
        generation,
        sha256: String::new(),
        bytes: 1,
    };
    let mut log = signed_up().event::<Image>(image, declared);
    let avatar = |user, image| UpdateMe {
        user,
        username: None,
        change: ProfileChange { avatar: Some(Some(image)), ..ProfileChange::default() },
        version: None,
    };
    let foreign = Refusal::User(UserError::NotYourImage);
    assert_eq!(log.when(&avatar(MINA, image)).unwrap_err(), foreign);
    log.when(&avatar(JOON, image)).unwrap();
    log.when(&avatar(MINA, ImageId(id(42)))).unwrap(); // Held until it is there.
}

#[test]
fn a_stranger_has_neither_handle_nor_profile_nor_settings() {
    let mut log = Given::nothing();
    let nobody = Refusal::User(UserError::NotFound);
    assert_eq!(log.when(&rename(MINA, "mina")).unwrap_err(), nobody);
    assert_eq!(log.when(&release(MINA, "mina")).unwrap_err(), nobody);
    let set = SetPreferences { user: MINA, preferences: Some(sealed(MINA)), version: 0 };
    assert_eq!(log.when(&set).unwrap_err(), nobody);
}
