//! Whatever order things happen in: no artist is paid twice or for nothing, and every hold closes.

use chrono::TimeDelta;
use proptest::prelude::*;

use crate::generations::scene::*;
use crate::generations::*;
use crate::wallets::{Draw, Wallet, WalletEvent, WalletKey};
use crate::{Amount, Event, WorkerId};

/// One thing that may happen, in an order nobody foresees.
#[derive(Debug, Clone, Copy)]
enum Step {
    Request,
    Claim(WorkerId),
    Fail(WorkerId, u32, FailureCode),
    Upload(WorkerId, u32),
    Complete(WorkerId, u32),
    Cancel,
    Ring(usize),
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let worker = || prop_oneof![Just(FORGE), Just(ANVIL)];
    let attempt = || 1u32..=5;
    let code = prop_oneof![
        4 => Just(FailureCode::GpuOom),
        1 => Just(FailureCode::NsfwBlocked),
        1 => Just(FailureCode::Internal),
    ];
    let step = prop_oneof![
        2 => Just(Step::Request),
        6 => worker().prop_map(Step::Claim),
        4 => (worker(), attempt(), code).prop_map(|(w, a, c)| Step::Fail(w, a, c)),
        4 => (worker(), attempt()).prop_map(|(w, a)| Step::Upload(w, a)),
        4 => (worker(), attempt()).prop_map(|(w, a)| Step::Complete(w, a)),
        1 => Just(Step::Cancel),
        6 => (0usize..4).prop_map(Step::Ring),
        2 => (1i64..100_000).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..60)
}

/// Refusals are part of the game; what must hold holds after each step.
fn play(scene: &mut Scene, step: Step) {
    let _ = match step {
        Step::Request => scene.when(&request(SUNSET, MINA)).map(drop),
        Step::Claim(worker) => scene.when(&claim(worker)).map(drop),
        Step::Fail(worker, attempt, code) => scene.when(&fail(worker, attempt, code)).map(drop),
        Step::Upload(worker, attempt) => scene.when(&upload(worker, attempt)).map(drop),
        Step::Complete(worker, attempt) => scene.when(&complete(worker, attempt)).map(drop),
        Step::Cancel => scene.when(&CancelGeneration { generation: SUNSET, user: MINA }).map(drop),
        Step::Ring(index) => {
            ring(scene, index);
            Ok(())
        }
        Step::Wait(seconds) => {
            scene.later(TimeDelta::seconds(seconds));
            Ok(())
        }
    };
}

/// One of this context's timers rings, not before its time.
fn ring(scene: &mut Scene, index: usize) {
    let mut timers = scene.timers();
    timers.retain(|(kind, ..)| [LEASE_LOST, RETRY, QUEUE_EXPIRY].contains(kind));
    let Some((kind, key, due)) = timers.get(index % timers.len().max(1)).cloned() else { return };
    let wait = due - scene.at();
    scene.later(wait.max(TimeDelta::zero()));
    let bytes = scene.kept(kind, &key).unwrap().bytes.clone();
    scene.when(&timer(kind, &key, &bytes).unwrap().unwrap()).unwrap();
}

/// What the log says of the money of [`SUNSET`].
#[derive(Debug, Default, PartialEq)]
struct Books {
    held: i64,
    captured: i64,
    released: i64,
    earnings: usize,
    settlements: usize,
    completions: usize,
    ends: usize,
}

impl Books {
    fn wallet(&mut self, event: &WalletEvent) {
        let sum = |draws: &[Draw]| Amount::total(draws.iter().map(|draw| draw.amount));
        match event {
            WalletEvent::Held { draws, .. } => self.held += sum(draws),
            WalletEvent::Captured { captured, released, .. } => {
                self.captured += sum(captured);
                self.released += sum(released);
            }
            WalletEvent::Released { released, .. } | WalletEvent::HoldExpired { released, .. } => {
                self.released += sum(released);
            }
            WalletEvent::Earned { .. } => self.earnings += 1,
            WalletEvent::Granted { .. }
            | WalletEvent::LotExpired { .. }
            | WalletEvent::TransferSent { .. }
            | WalletEvent::TransferReceived { .. }
            | WalletEvent::Revoked { .. }
            | WalletEvent::DebtRecorded { .. }
            | WalletEvent::DebtSettled { .. }
            | WalletEvent::Adjusted { .. }
            | WalletEvent::OverrunAbsorbed { .. }
            | WalletEvent::TipSent { .. }
            | WalletEvent::TipEarned { .. }
            | WalletEvent::AlertsSet { .. }
            | WalletEvent::RanLow { .. }
            | WalletEvent::EndsSoon { .. } => {}
        }
    }

    fn generation(&mut self, event: &GenerationEvent) {
        match event {
            GenerationEvent::Settled { .. } => self.settlements += 1,
            GenerationEvent::Completed { .. } => {
                self.completions += 1;
                self.ends += 1;
            }
            GenerationEvent::Failed { .. } | GenerationEvent::Canceled { .. } => self.ends += 1,
            GenerationEvent::Requested { .. }
            | GenerationEvent::Described { .. }
            | GenerationEvent::Queued { .. }
            | GenerationEvent::Started { .. }
            | GenerationEvent::AttemptFailed { .. }
            | GenerationEvent::RetryScheduled { .. }
            | GenerationEvent::Published { .. }
            | GenerationEvent::Unpublished { .. } => {}
        }
    }
}

fn books(scene: &Scene) -> Books {
    let mut books = Books::default();
    for event in &scene.log {
        if let Event::Wallet(event) = event {
            books.wallet(event);
        } else if let Event::Generation(event) = event {
            books.generation(event);
        }
    }
    books
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_artist_is_paid_exactly_once_for_a_picture_and_never_for_none(steps in steps()) {
        let mut scene = Scene::open();
        for step in steps {
            play(&mut scene, step);
            let (now, wallet) = (books(&scene), scene.state::<Wallet>(WalletKey::token(MINA)));
            prop_assert_eq!(now.earnings, now.completions, "paid for pictures, and only for them");
            prop_assert!(now.ends <= 1 && now.settlements == now.ends, "one end, settled with it");
            prop_assert_eq!(now.held, now.captured + now.released + wallet.held());
            prop_assert_eq!(wallet.available() + wallet.held() + now.captured, 100);
            prop_assert_eq!(wallet.held() > 0, scene.timers().iter().any(|t| t.0 == QUEUE_EXPIRY));
        }
    }

    #[test]
    fn every_request_ends_with_its_hold_closed_if_only_timers_ring(steps in steps()) {
        let mut scene = Scene::requested();
        for step in steps {
            play(&mut scene, step);
        }
        for _ in 0..200 {
            ring(&mut scene, 0);
        }
        let end = books(&scene);
        prop_assert_eq!((end.ends, end.settlements), (1, 1));
        prop_assert_eq!(end.held, end.captured + end.released);
        prop_assert!(scene.timers().is_empty(), "nothing is left to wait for");
    }
}
