//! The rules of roles and of where an account stands, as sentences.

use std::collections::BTreeSet;

use super::*;

const ADA: UserId = UserId(id(10));
const BEN: UserId = UserId(id(11));
const SUE: UserId = UserId(id(12));

/// Ada and Ben are admins, Sue is of the support, Mina and Joon are users.
fn place() -> Given {
    let mut log = Given::nothing();
    for (n, (user, name)) in
        [(ADA, "ada"), (BEN, "ben"), (SUE, "sue"), (MINA, "mina"), (JOON, "joon")]
            .iter()
            .enumerate()
    {
        log.when(&register(*user, name, n as u8)).unwrap();
    }
    for (user, role) in [(ADA, Role::Admin), (BEN, Role::Admin), (SUE, Role::Support)] {
        log.when(&One::<User>::of(user, UserCommand::GrantRole { user, role })).unwrap();
    }
    log
}

fn set(by: UserId, user: UserId, roles: &[Role]) -> SetRoles {
    SetRoles { by, user, roles: roles.iter().copied().collect() }
}

fn suspend(by: UserId, user: UserId) -> Suspend {
    Suspend { by, user, reason: sealed(user) }
}

fn own(command: StandingCommand, user: UserId) -> One<User> {
    One::of(user, UserCommand::Standing(command))
}

fn refused(refusal: UserError) -> Refusal {
    Refusal::User(refusal)
}

#[test]
fn an_admin_sets_roles_and_only_differences_are_events() {
    let mut log = place();
    let accepted = log.when(&set(ADA, MINA, &[Role::Moderator, Role::Auditor])).unwrap();
    assert_eq!(accepted.types(), ["user.role_granted", "user.role_granted"]);
    let accepted = log.when(&set(ADA, MINA, &[Role::Auditor, Role::Worker])).unwrap();
    assert_eq!(accepted.types(), ["user.role_granted", "user.role_revoked"]);
    assert_eq!(accepted.reply, BTreeSet::from([Role::Auditor, Role::Worker]));
    assert!(log.when(&set(ADA, MINA, &[Role::Auditor, Role::Worker])).unwrap().events.is_empty());
}

#[test]
fn what_a_person_gave_themselves_is_not_staffs_to_take() {
    let mut log = place();
    let artist = UserCommand::GrantRole { user: MINA, role: Role::Artist };
    log.when(&One::<User>::of(MINA, artist)).unwrap();
    let accepted = log.when(&set(ADA, MINA, &[])).unwrap();
    assert_eq!((accepted.events.len(), accepted.reply), (0, BTreeSet::from([Role::Artist])));
}

#[test]
fn nobody_gives_what_they_do_not_have_except_an_admin() {
    let mut log = place();
    assert!(log.when(&set(SUE, MINA, &[Role::Support])).is_ok());
    let admin = refused(UserError::RoleNotHeld { role: Role::Admin });
    assert_eq!(log.when(&set(SUE, JOON, &[Role::Admin])).unwrap_err(), admin);
}

#[test]
fn only_an_admin_touches_the_roles_of_an_admin() {
    let mut log = place();
    let only_admins = refused(UserError::OnlyAdmins);
    assert_eq!(log.when(&set(SUE, ADA, &[])).unwrap_err(), only_admins);
    log.when(&set(BEN, ADA, &[Role::Admin, Role::Support])).unwrap();
    let taken = log.when(&set(SUE, ADA, &[Role::Admin])).unwrap_err();
    assert_eq!(taken, only_admins, "not even what support has itself");
    assert_eq!(log.when(&set(BEN, ADA, &[Role::Admin])).unwrap().types(), ["user.role_revoked"]);
}

#[test]
fn nobody_promotes_demotes_or_suspends_themselves() {
    let mut log = place();
    let oneself = refused(UserError::Oneself);
    assert_eq!(log.when(&set(SUE, SUE, &[Role::Admin])).unwrap_err(), oneself);
    assert_eq!(log.when(&set(ADA, ADA, &[])).unwrap_err(), oneself);
    assert_eq!(log.when(&suspend(ADA, ADA)).unwrap_err(), oneself);
}

#[test]
fn whoever_lost_the_role_meanwhile_is_refused_whatever_their_token_says() {
    let mut log = place();
    log.when(&set(ADA, BEN, &[])).unwrap();
    let stranger = refused(UserError::NotStaff);
    assert_eq!(log.when(&set(BEN, ADA, &[])).unwrap_err(), stranger);
    assert_eq!(log.when(&suspend(BEN, ADA)).unwrap_err(), stranger);
}

#[test]
fn one_admin_always_remains() {
    let mut log = place();
    log.when(&suspend(ADA, BEN)).unwrap();
    assert_eq!(log.when(&set(BEN, ADA, &[])).unwrap_err(), refused(UserError::Suspended));
    let rest = own(StandingCommand::Deactivate { user: ADA }, ADA);
    assert_eq!(log.when(&rest).unwrap_err(), refused(UserError::StillAdmin));
}

#[test]
fn support_suspends_users_and_only_admins_suspend_an_admin() {
    let mut log = place();
    assert_eq!(log.when(&suspend(SUE, ADA)).unwrap_err(), refused(UserError::OnlyAdmins));
    assert_eq!(log.when(&suspend(SUE, MINA)).unwrap().types(), ["user.suspended"]);
    let anew = log.when(&suspend(ADA, MINA)).unwrap().types();
    assert_eq!(anew, ["user.suspended"], "the last reason counts");
    let nobody = UserId(id(99));
    assert_eq!(log.when(&suspend(SUE, nobody)).unwrap_err(), refused(UserError::NotFound));
}

#[test]
fn a_suspended_person_gets_no_role_and_comes_back_only_by_staff() {
    let mut log = place();
    log.when(&suspend(SUE, MINA)).unwrap();
    let suspended = refused(UserError::Suspended);
    assert_eq!(log.when(&set(ADA, MINA, &[Role::Auditor])).unwrap_err(), suspended);
    let back = own(StandingCommand::Reactivate { user: MINA }, MINA);
    assert_eq!(log.when(&back).unwrap_err(), suspended);
    let reinstate = Reinstate { by: SUE, user: MINA, reason: sealed(MINA) };
    assert_eq!(log.when(&reinstate).unwrap().types(), ["user.reinstated"]);
    assert!(log.when(&reinstate).unwrap().events.is_empty());
    assert_eq!(log.state::<User>(MINA).status(), Status::Active);
}

#[test]
fn a_person_rests_and_comes_back() {
    let mut log = place();
    let rest = own(StandingCommand::Deactivate { user: MINA }, MINA);
    let back = own(StandingCommand::Reactivate { user: MINA }, MINA);
    assert!(log.when(&back).unwrap().events.is_empty(), "nobody comes back who never left");
    assert_eq!(log.when(&rest).unwrap().types(), ["user.deactivated"]);
    assert!(log.when(&rest).unwrap().events.is_empty());
    assert_eq!(log.when(&back).unwrap().types(), ["user.reactivated"]);
}

#[test]
fn what_is_erased_stays_erased_and_nothing_is_erased_unasked() {
    let turns = [
        Turn::Suspend,
        Turn::Reinstate,
        Turn::Deactivate,
        Turn::Reactivate,
        Turn::RequestDeletion,
        Turn::CancelDeletion,
        Turn::Erase,
    ];
    for turn in turns {
        assert_eq!(Status::Erased.allows(turn), Err(UserError::NotFound), "{turn:?}");
    }
    for status in [Status::Active, Status::Suspended, Status::Deactivated] {
        assert_eq!(status.allows(Turn::Erase), Err(UserError::NoDeletionPending), "{status:?}");
        assert_eq!(status.allows(Turn::RequestDeletion), Ok(true), "{status:?}");
        let none = Err(UserError::NoDeletionPending);
        assert_eq!(status.allows(Turn::CancelDeletion), none, "{status:?}");
    }
    assert_eq!(Status::PendingDeletion.allows(Turn::Erase), Ok(true));
    assert_eq!(Status::PendingDeletion.allows(Turn::CancelDeletion), Ok(true));
}

#[test]
fn only_an_active_account_acts_a_suspended_one_does_not_even_look_and_an_erased_one_is_nobodys() {
    let may = |status: Status| {
        let (act, look) = (status.may_act().is_ok(), status.may_look().is_ok());
        (act, look, status.may_sign_in().is_ok())
    };
    assert_eq!(may(Status::Active), (true, true, true));
    assert_eq!(may(Status::Deactivated), (false, true, true));
    assert_eq!(may(Status::PendingDeletion), (false, true, true));
    assert_eq!(may(Status::Suspended), (false, false, true));
    assert_eq!(may(Status::Erased), (false, false, false));
}

#[test]
fn who_is_suspended_leaves_and_whoever_stays_after_all_is_suspended_still() {
    let mut log = place();
    log.when(&suspend(SUE, MINA)).unwrap();
    log.when(&RequestDeletion { user: MINA }).unwrap();
    let pending = refused(UserError::DeletionPending);
    assert_eq!(
        log.when(&own(StandingCommand::Reactivate { user: MINA }, MINA)).unwrap_err(),
        pending
    );
    log.when(&CancelDeletion { user: MINA }).unwrap();
    assert_eq!(log.state::<User>(MINA).status(), Status::Suspended);
}
