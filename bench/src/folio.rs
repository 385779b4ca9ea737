//! Folio itself, as far as a row needs it: a migrated log, a writer, and a world to move in.

use anyhow::{Context, Result, bail};
use chrono::{Offset as _, Utc};
use domain::generations::{AcceptedPrice, Lane, Parameters, QUEUE_WAIT_MAX, RequestGeneration};
use domain::styles::StyleEvent;
use domain::users::UserEvent;
use domain::wallets::{
    Category, DailyLimit, Grant, GrantSource, TransferTokens, Wallet, WalletCommand, WalletKey,
};
use domain::{
    Actor, Amount, Decision, GenerationId, Halt, LotId, Metadata, ModelId, PurchaseId, Sealed,
    Stream, StyleId, TransferId, UserId, Work,
};
use eventstore::writer::{Writer, WriterConfig};
use eventstore::{Command, Key, Origin};
use uuid::Uuid;

/// Users of a world.
pub const USERS: usize = 10_000;

/// What every user starts with.
const OPENING: i64 = 1_000_000_000;

/// Users made by one command; far below the events one unit may have.
const SEED_CHUNK: usize = 20;

/// The platform's share of a licence fee, in basis points.
const FEE_BASIS_POINTS: u32 = 1_000;

/// A writer on its own database.
#[derive(Clone)]
pub struct Folio {
    /// The handle.
    pub writer: Writer,
}

impl Folio {
    /// Migrates the database and starts a writer on it.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn start(url: &str) -> Result<Self> {
        eventstore_migrations::migrate(url, &eventstore_migrations::Options::default())
            .await
            .context("migrating")?;
        Self::join(url).await
    }

    /// Starts one more writer on a migrated database, as a second process would.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn join(url: &str) -> Result<Self> {
        let writer_url = url.replace("postgres@", "es_writer@");
        let (writer, _running) = Writer::start(WriterConfig::new(writer_url.parse()?)).await?;
        Ok(Self { writer })
    }

    /// Executes a command under a key of its own, as a client's request would be.
    ///
    /// # Errors
    /// Refused or failed: in a bench nothing may be.
    pub async fn run<D: Decision>(&self, scope: &str, caller: UserId, decision: D) -> Result<i64> {
        let now = Utc::now();
        let key = Key {
            scope: scope.to_owned(),
            key: Uuid::now_v7().to_string(),
            request_hash: [7; 32],
            origin: Origin::Client,
        };
        let metadata = Metadata {
            request_id: Some("bench".to_owned()),
            ..Metadata::new(Actor::User(caller.0), now, Uuid::now_v7())
        };
        let answer = self.writer.execute(Command { key, metadata, decision }).await?;
        match answer.outcome {
            Ok(_) => Ok(answer.position),
            Err(refusal) => bail!("refused: {refusal}"),
        }
    }

    /// Users with paid tokens, and one published style.
    ///
    /// # Errors
    /// A command fails.
    pub async fn seed(&self, world: &World) -> Result<()> {
        for users in world.users.chunks(SEED_CHUNK) {
            let seed = SeedUsers { users: users.to_vec() };
            self.run("bench:seed", users[0], seed).await?;
        }
        let style = SeedStyle { style: world.style, artist: world.artist };
        self.run("bench:seed", world.artist, style).await?;
        Ok(())
    }

    /// One transfer of one token.
    ///
    /// # Errors
    /// See [`Folio::run`].
    pub async fn transfer(&self, from: UserId, to: UserId) -> Result<i64> {
        let transfer = TransferId(Uuid::now_v7());
        let memo = None;
        let amount = Amount::new(1)?;
        let limit = DailyLimit { amount: Amount::MAX, zone: Utc.fix() };
        let transfer = TransferTokens { transfer, from, to, amount, memo, limit };
        self.run("POST /v1/transfers", from, transfer).await
    }

    /// One request for a picture of one token.
    ///
    /// # Errors
    /// See [`Folio::run`].
    pub async fn request(&self, user: UserId, world: &World) -> Result<i64> {
        let request = RequestGeneration {
            generation: GenerationId(Uuid::now_v7()),
            user,
            style: world.style,
            parameters: world.parameters.clone(),
            accepted: world.accepted(),
            credits: None,
            fee_basis_points: FEE_BASIS_POINTS,
            is_public: false,
            lane: Lane::FREE,
            queue_wait: QUEUE_WAIT_MAX,
            retried_from: None,
        };
        self.run("POST /v1/generations", user, request).await
    }
}

/// Who and what there is.
#[derive(Debug, Clone)]
pub struct World {
    /// Payers and receivers.
    pub users: Vec<UserId>,
    /// Whose style it is; no payer.
    pub artist: UserId,
    /// The one style.
    pub style: StyleId,
    parameters: Parameters,
}

impl World {
    /// A new one.
    pub fn new() -> Self {
        let users: Vec<UserId> = (0..USERS).map(|_| UserId(Uuid::now_v7())).collect();
        Self {
            artist: UserId(Uuid::now_v7()),
            style: StyleId(Uuid::now_v7()),
            parameters: parameters(users[0]),
            users,
        }
    }

    /// A user, spread evenly over the calls of a run.
    pub fn user(&self, n: u64) -> UserId {
        self.users[usize::try_from(n.wrapping_mul(7_919)).unwrap_or(0) % self.users.len()]
    }

    /// A user who is never `users[0]`, so that nobody pays himself when everybody pays one artist.
    pub fn payer(&self, n: u64) -> UserId {
        self.users[1 + usize::try_from(n.wrapping_mul(7_919)).unwrap_or(0) % (self.users.len() - 1)]
    }

    /// Somebody other than [`World::payer`] of the same call.
    pub fn other(&self, n: u64) -> UserId {
        let (one, two) = (self.user(n.wrapping_add(1)), self.user(n.wrapping_add(2)));
        if one == self.payer(n) { two } else { one }
    }

    fn accepted(&self) -> AcceptedPrice {
        AcceptedPrice::AtMost(Amount::MAX)
    }
}

fn parameters(user: UserId) -> Parameters {
    let sealed = Sealed { person: user.0, nonce: "AAAAAAAAAAAAAAAA".into(), ct: "c".repeat(96) };
    Parameters {
        prompt: sealed,
        negative_prompt: None,
        width: 512,
        height: 512,
        steps: 20,
        cfg_scale_tenths: 75,
        seed: 42,
        sampler: "euler_a".to_owned(),
    }
}

/// Makes users who bought tokens, without the detour of a payment.
struct SeedUsers {
    users: Vec<UserId>,
}

impl Decision for SeedUsers {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        let streams = self.users.iter().map(|user| {
            let wallet = Stream::of::<Wallet>(WalletKey::token(*user));
            [Stream::of::<domain::users::User>(*user), wallet]
        });
        streams.flatten().collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        for user in &self.users {
            let sealed = Sealed { person: user.0, nonce: "n".into(), ct: "c".into() };
            work.record::<domain::users::User>(
                *user,
                UserEvent::Registered {
                    user: *user,
                    username: format!("u{}", user.0.simple()),
                    email: sealed.clone(),
                    display_name: sealed,
                },
            )?;
            let purchase = PurchaseId(user.0);
            let grant = Grant {
                wallet: WalletKey::token(*user),
                lot: LotId::purchase(purchase),
                amount: Amount::new(OPENING).unwrap_or(Amount::MAX),
                source: GrantSource::Purchase { purchase },
                category: Category::Paid,
                priority: 0,
                effective_at: work.at(),
                expires_at: None,
                rollover: None,
            };
            work.decide::<Wallet>(WalletKey::token(*user), WalletCommand::Grant(grant))?;
        }
        Ok(())
    }
}

/// Makes a published style of one token per image.
struct SeedStyle {
    style: StyleId,
    artist: UserId,
}

impl Decision for SeedStyle {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        Vec::new()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let (style, artist) = (self.style, self.artist);
        let tokens = Amount::new(1).unwrap_or(Amount::ZERO);
        let name = "bench".to_owned();
        let model = ModelId(style.0);
        for event in [
            StyleEvent::Created { style, artist, name, description: String::new() },
            StyleEvent::Priced { style, tokens },
            StyleEvent::ModelReady { style, model },
            StyleEvent::Published { style },
        ] {
            work.record::<domain::styles::Style>(style, event)?;
        }
        Ok(())
    }
}
