//! The rules of exports, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use super::*;
use crate::given::{Given, id};
use crate::users::{User, UserError, UserEvent};
use crate::{Refusal, Sealed};

const MINA: UserId = UserId(id(1));

fn mina() -> Given {
    let sealed = || Sealed { person: MINA.0, nonce: String::new(), ct: String::new() };
    let (email, display_name) = (sealed(), sealed());
    let username = "mina".to_owned();
    let registered = UserEvent::Registered { user: MINA, username, email, display_name };
    Given::nothing().event::<User>(MINA, registered)
}

fn request(n: u128) -> RequestExport {
    RequestExport { user: MINA, export: ExportId(id(n)) }
}

fn complete(n: u128) -> CompleteExport {
    CompleteExport { user: MINA, export: ExportId(id(n)), bytes: 7 }
}

fn remove(n: u128) -> RemoveExport {
    RemoveExport { user: MINA, export: ExportId(id(n)) }
}

#[test]
fn an_export_is_made_kept_for_a_week_and_gone() {
    let mut log = mina();
    log.when(&request(7)).unwrap();
    let name = id(7).to_string();
    assert_eq!(log.timers(), [(EXPORT_MAKE, name.clone(), log.at())]);
    assert_eq!(log.when(&complete(7)).unwrap().types(), ["export.completed"]);
    assert_eq!(log.kept(EXPORT_END, &name).unwrap().due, Some(log.at() + KEPT));
    assert_eq!(log.when(&complete(7)).unwrap().types(), [""; 0], "it was made twice");
    assert_eq!(log.when(&remove(7)).unwrap().types(), ["export.removed"]);
    assert_eq!(log.kept(EXPORT_END, &name), None);
    assert_eq!(log.when(&remove(7)).unwrap().types(), [""; 0]);
    let late = log.when(&complete(7)).unwrap_err();
    assert_eq!(late, Refusal::Export(ExportError::Gone), "its file must go again");
}

#[test]
fn one_is_made_at_a_time_and_three_a_day() {
    let mut log = mina();
    for n in 1..=3 {
        log.when(&request(n)).unwrap();
        let refused = log.when(&request(n + 10)).unwrap_err();
        assert_eq!(refused, Refusal::Export(ExportError::UnderWay { export: ExportId(id(n)) }));
        log.when(&complete(n)).unwrap();
    }
    let refused = log.when(&request(4)).unwrap_err();
    let again_at = log.at() + TimeDelta::days(1);
    assert_eq!(refused, Refusal::Export(ExportError::TooMany { max: A_DAY_MAX, again_at }));
    log.later(TimeDelta::days(1));
    log.when(&request(4)).unwrap();
}

#[test]
fn whoever_is_about_to_leave_takes_their_data_along_until_the_erasure_begins() {
    let due = Given::nothing().at();
    let asked = UserEvent::DeletionRequested { user: MINA, due };
    let mut log = mina().event::<User>(MINA, asked);
    log.when(&request(1)).unwrap();
    log.when(&complete(1)).unwrap();
    let mut log = log.event::<User>(MINA, UserEvent::ErasureBegun { user: MINA });
    let refused = log.when(&request(2)).unwrap_err();
    assert_eq!(refused, Refusal::User(UserError::ErasureBegun));
}
