//! What leaving means, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use chrono::Duration;

use super::*;
use crate::given::{Given, id};
use crate::keys::{ApiKeys, CreateKey, KeyMode, Scope, Secret};
use crate::users::*;
use crate::wallets::{Draw, Earn, Purpose, Wallet, WalletEvent, WalletKey};
use crate::{
    Amount, Asset, GenerationId, HoldId, KeyId, LotId, One, PayoutId, Refusal, Sealed, Sha256,
    StyleId, UserId, WalletId,
};

const MINA: UserId = UserId(id(1));

fn signed_up() -> Given {
    let sealed = || Sealed { person: MINA.0, nonce: "bm9uY2U=".to_owned(), ct: "Y3Q=".to_owned() };
    let mut log = Given::nothing();
    let register = RegisterUser {
        user: MINA,
        username: Username::parse("mina").unwrap(),
        email_claim: EmailClaim([7; 32]),
        email: sealed(),
        display_name: sealed(),
        password_phc: b"$argon2id$".to_vec(),
        person_key: b"wrapped".to_vec(),
    };
    log.when(&register).unwrap();
    log
}

fn begin() -> BeginErasure {
    BeginErasure { user: MINA, purchases: Vec::new() }
}

fn claim(scope: &str, value: &str) -> Claim {
    Claim { scope: scope.into(), value: value.into() }
}

fn erase() -> Erase {
    Erase { user: MINA, claims: vec![claim("username", "mina"), claim("email", &"07".repeat(32))] }
}

#[test]
fn leaving_takes_a_fortnight_and_asking_again_does_not_change_that() {
    let mut log = signed_up();
    let asked = log.when(&RequestDeletion { user: MINA }).unwrap();
    assert_eq!(asked.types(), ["user.deletion_requested"]);
    assert_eq!(asked.reply, log.at() + Duration::days(14));
    assert_eq!(log.timers(), [(ACCOUNT_DELETION, MINA.to_string(), asked.reply)]);
    log.later(Duration::days(3));
    let again = log.when(&RequestDeletion { user: MINA }).unwrap();
    assert_eq!((again.reply, again.events.len()), (asked.reply, 0));
    assert_eq!(log.when(&begin()).unwrap().reply, Begun::Later(asked.reply), "it is not due");
}

#[test]
fn whoever_stays_stands_where_they_stood() {
    let mut log = signed_up();
    let rest = UserCommand::Standing(StandingCommand::Deactivate { user: MINA });
    log.when(&One::<User>::of(MINA, rest)).unwrap();
    log.when(&RequestDeletion { user: MINA }).unwrap();
    assert_eq!(log.state::<User>(MINA).status(), Status::PendingDeletion);
    log.when(&CancelDeletion { user: MINA }).unwrap();
    assert_eq!(log.state::<User>(MINA).status(), Status::Deactivated);
    assert_eq!(log.timers(), []);
    let none = log.when(&CancelDeletion { user: MINA }).unwrap_err();
    assert_eq!(none, Refusal::User(UserError::NoDeletionPending));
    assert_eq!(log.when(&begin()).unwrap().reply, Begun::No);
}

#[test]
fn once_it_has_begun_nobody_turns_back() {
    let mut log = signed_up();
    log.when(&RequestDeletion { user: MINA }).unwrap();
    log.later(Duration::days(14));
    assert_eq!(log.when(&begin()).unwrap().reply, Begun::Yes);
    let again = log.when(&begin()).unwrap();
    assert_eq!((again.reply, again.events.len()), (Begun::Yes, 0));
    let refused = log.when(&CancelDeletion { user: MINA }).unwrap_err();
    assert_eq!(refused, Refusal::User(UserError::ErasureBegun));
}

#[test]
fn the_last_step_frees_the_names_destroys_the_key_and_happens_once() {
    let mut log = signed_up();
    let refused = log.when(&erase()).unwrap_err();
    assert_eq!(refused, Refusal::User(UserError::NoDeletionPending), "nobody asked for it");
    log.when(&RequestDeletion { user: MINA }).unwrap();
    log.later(Duration::days(14));
    log.when(&begin()).unwrap();
    assert_eq!(log.when(&erase()).unwrap().types(), ["user.erased"]);
    assert_eq!(log.claimed("username", "mina"), None);
    assert_eq!(log.claimed("email", &"07".repeat(32)), None);
    for secret in [PASSWORD, PERSON_KEY] {
        assert_eq!(log.kept(secret, &MINA.to_string()), None, "{secret}");
    }
    assert_eq!(log.state::<User>(MINA).status(), Status::Erased);
    assert!(log.when(&erase()).unwrap().events.is_empty(), "again it changes nothing");
    let again = log.when(&begin()).unwrap();
    assert_eq!((again.reply, again.events.len()), (Begun::Yes, 0), "what follows may be left");
    assert!(log.kept(ACCOUNT_DELETION, &MINA.to_string()).is_some(), "so the timer stays");
}

#[test]
fn a_former_handle_is_free_at_once_and_no_timer_remembers_it() {
    let mut log = signed_up();
    let rename = UpdateMe {
        user: MINA,
        username: Some(Username::parse("Inky").unwrap()),
        change: ProfileChange::default(),
        version: None,
    };
    log.when(&rename).unwrap();
    log.when(&RequestDeletion { user: MINA }).unwrap();
    log.later(Duration::days(14));
    log.when(&begin()).unwrap();
    assert!(log.kept(USERNAME_RELEASE, "mina").is_some());
    let claims = ["mina", "inky"].map(|handle| claim("username", handle)).into();
    log.when(&Erase { user: MINA, claims }).unwrap();
    for handle in ["mina", "inky"] {
        assert_eq!(log.claimed("username", handle), None, "{handle}");
        assert_eq!(log.kept(USERNAME_RELEASE, handle), None, "{handle}");
    }
}

#[test]
fn a_persons_programs_end_with_the_person() {
    let mut log = signed_up();
    for n in 0..2 {
        let sha256 = Sha256::parse(&format!("{n:064x}")).unwrap();
        let create = CreateKey {
            user: MINA,
            key: KeyId(id(100 + n)),
            name: Sealed { person: MINA.0, nonce: String::new(), ct: String::new() },
            mode: KeyMode::Live,
            scopes: [Scope::WalletsRead].into(),
            secret: Secret { prefix: "sk_live_abcd".to_owned(), sha256 },
            expires_at: None,
        };
        log.when(&create).unwrap();
    }
    log.when(&RequestDeletion { user: MINA }).unwrap();
    log.later(Duration::days(14));
    log.when(&begin()).unwrap();
    let erased = log.when(&erase()).unwrap();
    assert_eq!(erased.types(), ["api_key.revoked", "api_key.revoked", "user.erased"]);
    assert_eq!(log.state::<ApiKeys>(MINA).live().count(), 0);
}

/// Earnings of Mina's are on their way to a bank.
fn open_payout(log: Given) -> Given {
    let (wallet, purpose) = (WalletId::of(MINA, Asset::Earning), Purpose::Payout(PayoutId(id(30))));
    let gross = Amount::new(1_000).unwrap();
    let earn = Earn {
        artist: MINA,
        generation: GenerationId(id(70)),
        style: StyleId(id(3)),
        payer: UserId(id(2)),
        gross,
        fee_basis_points: 0,
    };
    let held = WalletEvent::Held {
        owner: MINA,
        asset: Asset::Earning,
        hold: HoldId::from(purpose),
        purpose,
        draws: vec![Draw { lot: LotId::earned(wallet), amount: gross }],
        expires_at: None,
    };
    let key = WalletKey::earning(MINA);
    log.event::<Wallet>(key, earn.event().unwrap()).event::<Wallet>(key, held)
}

#[test]
fn nobody_asks_to_leave_while_money_is_on_its_way_to_them() {
    let mut log = open_payout(signed_up());
    let refused = log.when(&RequestDeletion { user: MINA }).unwrap_err();
    assert_eq!(refused, Refusal::User(UserError::PayoutOpen));
}

#[test]
fn an_erasure_waits_day_by_day_for_a_payout_under_way() {
    let mut log = signed_up();
    log.when(&RequestDeletion { user: MINA }).unwrap();
    log.later(Duration::days(14));
    let mut log = open_payout(log);
    let waits = log.when(&begin()).unwrap();
    assert_eq!(waits.reply, Begun::Later(log.at() + LOOK_AGAIN));
    let (user, due, obstacle) = (MINA, log.at() + LOOK_AGAIN, Obstacle::OpenPayout);
    let postponed = UserEvent::DeletionPostponed { user, due, obstacle };
    assert_eq!(waits.events, [crate::Event::User(postponed)]);
}
