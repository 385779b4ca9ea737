//! What owners ask for.

use super::*;
use crate::patience::ASK_AGAIN;
use crate::plans::PlanError;
use crate::process::account_deletion::EndSubscriptions;

fn ask(log: &mut Given, asked: Asked) -> Result<Option<Wish>, Refusal> {
    let request = RequestChange { subscription: subscription(), user: MINA, asked };
    log.when(&request).map(|accepted| accepted.reply)
}

/// What the timer asks for, and when.
fn asks(log: &Given) -> Option<(AskForWish, DateTime<Utc>)> {
    let kept = log.kept(WISH, &subscription().to_string())?;
    Some((serde_json::from_slice(&kept.bytes).unwrap(), kept.due?))
}

#[test]
fn a_wish_is_recorded_once_and_confirmed_by_what_is_shown() {
    let mut log = subscribed(PRO);
    assert_eq!(ask(&mut log, Asked::Cancel).unwrap(), Some(Wish::Cancel));
    assert_eq!(ask(&mut log, Asked::Cancel).unwrap(), Some(Wish::Cancel));
    assert_eq!(count(&log, "subscription.change_requested"), 1);
    assert_eq!(known(&log).shown.status, Status::Active, "Lemon Squeezy has not done it");
    let types = show(&mut log, cancelled(later(shown(PRO), Duration::hours(1))));
    assert!(types.contains(&"subscription.change_confirmed"), "{types:?}");
    assert_eq!(known(&log).wish, None);
    assert_eq!(ask(&mut log, Asked::Cancel).unwrap(), None, "it is so already");
}

#[test]
fn another_wish_than_for_the_end_waits_for_the_first() {
    let mut log = subscribed(PRO);
    ask(&mut log, Asked::Cancel).unwrap();
    let pause = Asked::Pause { mode: PauseMode::Void, resumes_at: None };
    assert_eq!(ask(&mut log, pause).unwrap_err(), SubscriptionError::ChangeUnderWay.into());
    let code = "not_possible".to_owned();
    log.when(&FailChange { subscription: subscription(), wish: Wish::Cancel, code }).unwrap();
    assert!(ask(&mut log, pause).unwrap().is_some());
}

#[test]
fn who_wants_out_waits_for_no_other_wish_and_that_is_asked_for_no_more() {
    let mut log = subscribed(PRO);
    let plan = Asked::ChangePlan { plan: Tier::Studio, cycle: Cycle::Monthly };
    let wish = ask(&mut log, plan).unwrap().unwrap();
    let asked = AskForWish { subscription: subscription(), wish, attempt: 0 };
    log.later(Duration::minutes(5));
    assert_eq!(ask(&mut log, Asked::Cancel).unwrap(), Some(Wish::Cancel));
    assert_eq!(count(&log, "subscription.change_failed"), 1, "replaced");
    let (ask_now, at) = asks(&log).unwrap();
    assert_eq!((ask_now.wish, at), (Wish::Cancel, log.at() + Duration::seconds(60)));
    assert!(log.when(&PutOffWish { asked }).unwrap().events.is_empty());
    let code = "refused".to_owned();
    let late = FailChange { subscription: subscription(), wish, code };
    assert!(log.when(&late).unwrap().events.is_empty());
    assert_eq!(known(&log).wish, Some(Wish::Cancel));
    // What was under way was done all the same: it is shown, and the end is still asked for.
    show(&mut log, Snapshot { variant: STUDIO, ..later(shown(PRO), Duration::hours(1)) });
    assert_eq!((tier(&log), known(&log).wish), (Tier::Studio, Some(Wish::Cancel)));
}

#[test]
fn who_takes_back_that_it_shall_go_on_waits_until_lemon_squeezy_shows_it_again() {
    let mut log = subscribed(PRO);
    let end = cancelled(later(shown(PRO), Duration::hours(1)));
    show(&mut log, end);
    ask(&mut log, Asked::Resume).unwrap();
    assert_eq!(ask(&mut log, Asked::Cancel).unwrap(), Some(Wish::Cancel), "it may be on its way");
    assert_eq!(show(&mut log, end), ["subscription.change_confirmed"]);
    assert_eq!((known(&log).wish, asks(&log)), (None, None));
}

#[test]
fn a_wish_is_asked_for_again_ever_later_and_has_failed_when_that_is_over() {
    let mut log = subscribed(PRO);
    ask(&mut log, Asked::Cancel).unwrap();
    let mut asked = AskForWish { subscription: subscription(), wish: Wish::Cancel, attempt: 0 };
    assert_eq!(asks(&log).map(|(ask, _)| ask), Some(asked), "somebody looks after it at once");
    for wait in ASK_AGAIN {
        log.when(&PutOffWish { asked }).unwrap();
        asked.attempt += 1;
        assert_eq!(asks(&log), Some((asked, log.at() + wait)));
    }
    let given_up = log.when(&PutOffWish { asked }).unwrap();
    assert_eq!(given_up.types(), ["subscription.change_failed"]);
    assert_eq!((asks(&log), known(&log).wish), (None, None));
    assert!(log.when(&PutOffWish { asked }).unwrap().events.is_empty());
    assert_eq!(asks(&log), None, "what is over is not asked for");
}

#[test]
fn a_wish_that_is_granted_or_refused_is_asked_for_no_more() {
    let mut log = subscribed(PRO);
    ask(&mut log, Asked::Cancel).unwrap();
    let code = "refused".to_owned();
    log.when(&FailChange { subscription: subscription(), wish: Wish::Cancel, code }).unwrap();
    assert_eq!(asks(&log), None);
    ask(&mut log, Asked::Cancel).unwrap();
    assert!(asks(&log).is_some());
    show(&mut log, cancelled(later(shown(PRO), Duration::hours(1))));
    assert_eq!(asks(&log), None);
}

#[test]
fn a_plan_that_is_not_sold_and_a_status_that_does_not_allow_it_are_refused() {
    let mut log = subscribed(PRO);
    let studio_yearly = Asked::ChangePlan { plan: Tier::Studio, cycle: Cycle::Yearly };
    let refused = ask(&mut log, studio_yearly).unwrap_err();
    assert_eq!(refused, PlanError::NotForSale { plan: Tier::Studio }.into());
    let unpause = ask(&mut log, Asked::Unpause).unwrap();
    assert_eq!(unpause, None, "it is not paused");
    show(&mut log, cancelled(later(shown(PRO), Duration::hours(1))));
    let studio = Asked::ChangePlan { plan: Tier::Studio, cycle: Cycle::Monthly };
    let refused = ask(&mut log, studio).unwrap_err();
    assert_eq!(refused, SubscriptionError::NotPossible { status: Status::Cancelled }.into());
}

#[test]
fn a_wish_for_a_plan_names_its_variant_and_whether_it_is_more() {
    let mut log = subscribed(PRO);
    let studio = Asked::ChangePlan { plan: Tier::Studio, cycle: Cycle::Monthly };
    let wish =
        Wish::ChangePlan { plan: Tier::Studio, cycle: Cycle::Monthly, variant: STUDIO, up: true };
    assert_eq!(ask(&mut log, studio).unwrap(), Some(wish));
}

#[test]
fn taking_back_a_smaller_plan_is_not_paid_since_the_one_that_counts_was() {
    let pay = |variant, plan, cycle| {
        let mut log = subscribed(STUDIO);
        show(&mut log, later(shown(STARTER), Duration::days(10)));
        let wish = ask(&mut log, Asked::ChangePlan { plan, cycle }).unwrap();
        let Some(Wish::ChangePlan { up, variant: asked, .. }) = wish else { unreachable!() };
        assert_eq!(asked, variant);
        up
    };
    assert!(!pay(STUDIO, Tier::Studio, Cycle::Monthly), "it counts and was paid");
    assert!(!pay(PRO, Tier::Pro, Cycle::Monthly), "more than what waits, less than what counts");
}

#[test]
fn a_year_instead_of_months_is_paid_at_once_and_months_instead_of_a_year_are_not() {
    let mut log = subscribed(PRO);
    let year = Asked::ChangePlan { plan: Tier::Pro, cycle: Cycle::Yearly };
    let wish = ask(&mut log, year).unwrap();
    assert!(matches!(wish, Some(Wish::ChangePlan { up: true, .. })), "{wish:?}");
    let mut log = subscribed(PRO_YEARLY);
    let months = Asked::ChangePlan { plan: Tier::Pro, cycle: Cycle::Monthly };
    let wish = ask(&mut log, months).unwrap();
    assert!(matches!(wish, Some(Wish::ChangePlan { up: false, .. })), "{wish:?}");
}

#[test]
fn a_pause_is_so_already_only_in_its_mode_and_with_its_end() {
    let mut log = subscribed(PRO);
    let (mode, end) = (PauseMode::Void, noon() + Duration::days(60));
    let rests = |mode, resumes_at| Some(Pause { mode, resumes_at });
    let at = |hours, pause| Snapshot {
        pause,
        ..with(Status::Paused, later(shown(PRO), Duration::hours(hours)))
    };
    show(&mut log, at(1, rests(mode, None)));
    assert_eq!(ask(&mut log, Asked::Pause { mode, resumes_at: None }).unwrap(), None);
    let free = PauseMode::Free;
    let asked = ask(&mut log, Asked::Pause { mode: free, resumes_at: None }).unwrap();
    assert_eq!(asked, Some(Wish::Pause { mode: free, resumes_at: None }));
    show(&mut log, at(2, rests(mode, None)));
    assert!(known(&log).wish.is_some(), "it is not so yet");
    show(&mut log, at(3, rests(free, None)));
    assert_eq!(known(&log).wish, None);
    ask(&mut log, Asked::Pause { mode: free, resumes_at: Some(end) }).unwrap().unwrap();
    let rounded = end + Duration::milliseconds(499);
    show(&mut log, at(4, rests(free, Some(rounded))));
    assert_eq!(known(&log).wish, None, "Lemon Squeezy rounds as it likes");
}

#[test]
fn anothers_subscription_is_as_unknown_as_none() {
    let mut log = subscribed(PRO);
    let user = UserId(id(2));
    let request = RequestChange { subscription: subscription(), user, asked: Asked::Cancel };
    assert_eq!(log.when(&request).unwrap_err(), SubscriptionError::Unknown.into());
}

#[test]
fn who_leaves_asks_for_the_end_of_what_would_be_renewed_whatever_was_asked_before() {
    let end = EndSubscriptions { user: MINA, subscriptions: vec![subscription()] };
    let mut log = subscribed(PRO);
    ask(&mut log, Asked::Pause { mode: PauseMode::Void, resumes_at: None }).unwrap();
    let ended = log.when(&end).unwrap();
    assert_eq!(
        (&ended.reply, ended.types()),
        (&vec![NUMBER], vec!["subscription.change_failed", "subscription.change_requested"])
    );
    let again = log.when(&end).unwrap();
    assert_eq!((again.reply, again.events.len()), (vec![NUMBER], 0), "it is not done yet");
    show(&mut log, cancelled(later(shown(PRO), Duration::hours(1))));
    assert_eq!(log.when(&end).unwrap().reply, Vec::<u64>::new());
}
