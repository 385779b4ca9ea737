//! A small studio for tests: Mina pays, Joon's style costs ten tokens, two workers paint.
#![expect(clippy::unwrap_used, reason = "a broken scene must fail the test")]

use std::ops::{Deref, DerefMut};

use super::*;
use crate::given::{Given, id};
use crate::images::{RequestUpload, StoredFile};
use crate::styles::{Style, StyleEvent};
use crate::wallets::{GrantWelcome, Wallet, WalletKey};
use crate::workers::{Worker, WorkerEvent};
use crate::{Asset, GenerationId, ImageId, ModelId, One, Sealed, Sha256, UserId};

/// Has a hundred tokens, and asks for pictures.
pub const MINA: UserId = UserId(id(1));
/// The artist.
pub const JOON: UserId = UserId(id(2));
/// Joon's style.
pub const INK: StyleId = StyleId(id(10));
/// Two workers.
pub const FORGE: WorkerId = WorkerId(id(30));
pub const ANVIL: WorkerId = WorkerId(id(31));
/// The generation most tests speak of.
pub const SUNSET: GenerationId = GenerationId(id(50));

/// A log in which all of them are known.
pub struct Scene(Given);

impl Deref for Scene {
    type Target = Given;

    fn deref(&self) -> &Given {
        &self.0
    }
}

impl DerefMut for Scene {
    fn deref_mut(&mut self) -> &mut Given {
        &mut self.0
    }
}

/// So many tokens.
pub fn tokens(count: i64) -> Amount {
    Amount::new(count).unwrap()
}

/// The line of Joon's style.
pub fn line(count: i64) -> Line {
    Line { asset: Asset::Token, amount: tokens(count), payee: Some(JOON) }
}

impl Scene {
    /// Nothing was asked for yet.
    pub fn open() -> Self {
        let (name, description) = ("Ink".to_owned(), String::new());
        let created = StyleEvent::Created { style: INK, artist: JOON, name, description };
        let mut log = Given::nothing()
            .event::<Style>(INK, created)
            .event::<Style>(INK, StyleEvent::Priced { style: INK, tokens: tokens(10) })
            .event::<Style>(INK, StyleEvent::ModelReady { style: INK, model: ModelId(id(20)) })
            .event::<Style>(INK, StyleEvent::Published { style: INK });
        for worker in [FORGE, ANVIL] {
            let (name, key_sha256) = ("Forge".to_owned(), "ab".repeat(32));
            let (gpu, classes) = ("RTX 4090".to_owned(), vec![]);
            log = log
                .event::<Worker>(worker, WorkerEvent::KeyIssued { worker, name, key_sha256 })
                .event::<Worker>(worker, WorkerEvent::Registered { worker, gpu, classes });
        }
        log.when(&GrantWelcome { user: MINA, amount: tokens(100), subject: None }).unwrap();
        Self(log)
    }

    /// Something that happened beside.
    pub fn with<A: crate::aggregate::Decide>(
        self,
        id: impl Into<uuid::Uuid>,
        event: A::Event,
    ) -> Self {
        Self(self.0.event::<A>(id, event))
    }

    /// The log, for what else may happen.
    pub fn into_log(self) -> Given {
        self.0
    }

    /// Mina asked for a picture.
    pub fn requested() -> Self {
        let mut scene = Self::open();
        scene.when(&request(SUNSET, MINA)).unwrap();
        scene
    }

    /// Forge paints it.
    pub fn processing() -> Self {
        let mut scene = Self::requested();
        scene.when(&claim(FORGE)).unwrap();
        scene
    }

    /// It is there, and Mina keeps it to herself.
    pub fn completed() -> Self {
        let mut scene = Self::processing();
        scene.deliver(FORGE, 1).unwrap();
        scene
    }

    /// Everybody may see it.
    pub fn published() -> Self {
        let mut scene = Self::completed();
        scene.when(&publish(MINA)).unwrap();
        scene
    }

    /// A worker declares its picture and delivers it.
    pub fn deliver(
        &mut self,
        worker: WorkerId,
        attempt: u32,
    ) -> Result<crate::given::Accepted<Option<Settlement>>, crate::Refusal> {
        self.when(&upload(worker, attempt))?;
        self.when(&complete(worker, attempt))
    }

    /// Mina's and Joon's money: available, held, earned.
    pub fn money(&self) -> (i64, i64, i64) {
        let payer = self.state::<Wallet>(WalletKey::token(MINA));
        let earner = self.state::<Wallet>(WalletKey::earning(JOON));
        (payer.available(), payer.held(), earner.available())
    }
}

/// A request as the edge makes it, at ten tokens and a fee of 15 %.
pub fn request(generation: GenerationId, user: UserId) -> RequestGeneration {
    let prompt = Sealed { person: user.0, nonce: String::new(), ct: String::new() };
    let asked = Asked { prompt: "a sunset".to_owned(), ..Asked::default() };
    RequestGeneration {
        generation,
        user,
        style: INK,
        parameters: Wanted::parse(asked).unwrap().sealed(prompt, None, 42),
        accepted: AcceptedPrice::AtMost(tokens(10)),
        credits: None,
        fee_basis_points: 1500,
        is_public: false,
        lane: Lane::FREE,
        queue_wait: QUEUE_WAIT_MAX,
        retried_from: None,
    }
}

pub fn claim(worker: WorkerId) -> ClaimGeneration {
    ClaimGeneration { generation: SUNSET, worker, lease: LEASE }
}

pub fn publish(user: UserId) -> One<Generation> {
    One::of(SUNSET, GenerationCommand::Publish(SUNSET, user))
}

pub fn unpublish(user: UserId) -> One<Generation> {
    One::of(SUNSET, GenerationCommand::Unpublish(SUNSET, user))
}

pub fn fail(worker: WorkerId, attempt: u32, code: FailureCode) -> FailAttempt {
    let lease = Lease { worker, attempt };
    FailAttempt { generation: SUNSET, lease, code, retryable: true }
}

/// The one file every test paints.
pub fn file() -> StoredFile {
    let sha256 = Sha256::parse(&"ab".repeat(32)).unwrap();
    let image = ImageId::of(SUNSET, &sha256);
    let output = Output { image, sha256: sha256.into(), bytes: 9, width: 8, height: 8 };
    StoredFile { output, key: "images/sunset.png".to_owned(), format: "png".to_owned() }
}

pub fn upload(worker: WorkerId, attempt: u32) -> RequestUpload {
    let Output { image, sha256, bytes, .. } = file().output;
    let (lease, sha256) = (Lease { worker, attempt }, Sha256::parse(&sha256).unwrap());
    RequestUpload { image, generation: SUNSET, lease, sha256, bytes }
}

pub fn complete(worker: WorkerId, attempt: u32) -> CompleteGeneration {
    let lease = Lease { worker, attempt };
    CompleteGeneration { generation: SUNSET, lease, files: vec![file()], gpu_ms: 1200 }
}
