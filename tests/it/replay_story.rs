//! A history by the real decisions: Ann and Bob sign up, Ann buys tokens and sends Bob some, Bob
//! sells a style; one picture is painted, one is being painted, one is canceled.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use chrono::FixedOffset;
use domain::artists::{ArtistName, RegisterArtist};
use domain::generations::{
    AcceptedPrice, Asked, CancelGeneration, ClaimGeneration, CompleteGeneration, LEASE, Lane,
    Lease, Output, QUEUE_WAIT_MAX, RequestGeneration, Wanted,
};
use domain::images::{RequestUpload, StoredFile};
use domain::likes::{Like, LikeCommand};
use domain::models::{BaseModel, ModelName, ModelPath, ModelTitle, ModelType, RegisterModel};
use domain::packages::{PackageName, SeedPackages};
use domain::process::query;
use domain::purchases::{
    ConfirmPurchase, Figures, InitiatePurchase, Payment, PaymentResult, PaymentSnapshot,
    PaymentStatus, RecordPayment,
};
use domain::styles::{CreateStyle, Description, Style, StyleCommand, StyleName};
use domain::users::{EmailClaim, RegisterUser, Username};
use domain::wallets::{DailyLimit, GrantWelcome, TransferTokens};
use domain::workers::{Gpu, Worker, WorkerCommand, WorkerName};
use domain::{
    Amount, Decision, GenerationId, ImageId, LikeId, ModelId, One, PurchaseId, Sealed, Sha256,
    StyleId, TransferId, UserId, WorkerId,
};
use eventstore::seal::MasterKey;
use eventstore::writer::Writer;
use uuid::Uuid;

use crate::writer_ground::run;

/// Who and what the history is about.
pub struct Story {
    pub ann: UserId,
    pub bob: UserId,
    pub purchase: PurchaseId,
    pub style: StyleId,
    pub worker: WorkerId,
    pub painted: GenerationId,
    pub running: GenerationId,
    prompt: Sealed,
}

struct Stage<'a> {
    writer: &'a Writer,
    master: &'a MasterKey,
}

/// Plays it.
pub async fn play(writer: &Writer, master: &MasterKey) -> Story {
    let stage = Stage { writer, master };
    let (ann, prompt) = stage.sign_up("ann").await;
    let (bob, _) = stage.sign_up("bob").await;
    let (style, worker) = (stage.open_studio(bob).await, stage.worker().await);
    let purchase = PurchaseId(Uuid::now_v7());
    let (painted, running) = (GenerationId(Uuid::now_v7()), GenerationId(Uuid::now_v7()));
    let story = Story { ann, bob, purchase, style, worker, painted, running, prompt };
    stage.buy(&story).await;
    stage.does(story.transfer(20)).await;
    stage.paint(&story).await;
    stage.does(story.request(running)).await;
    stage.does(story.claim(running)).await;
    let canceled = GenerationId(Uuid::now_v7());
    stage.does(story.request(canceled)).await;
    stage.does(CancelGeneration { generation: canceled, user: ann }).await;
    stage.does(story.like()).await;
    story
}

/// So many tokens.
pub fn tokens(count: i64) -> Amount {
    Amount::new(count).unwrap()
}

impl Story {
    /// Ann sends Bob tokens.
    pub fn transfer(&self, count: i64) -> TransferTokens {
        TransferTokens {
            transfer: TransferId(Uuid::now_v7()),
            from: self.ann,
            to: self.bob,
            amount: tokens(count),
            memo: None,
            limit: DailyLimit { amount: Amount::MAX, zone: FixedOffset::east_opt(0).unwrap() },
        }
    }

    /// Ann asks for a picture in Bob's style.
    pub fn request(&self, generation: GenerationId) -> RequestGeneration {
        let asked = Asked { prompt: "a fox".to_owned(), ..Asked::default() };
        RequestGeneration {
            generation,
            user: self.ann,
            style: self.style,
            parameters: Wanted::parse(asked).unwrap().sealed(self.prompt.clone(), None, 42),
            accepted: AcceptedPrice::AtMost(tokens(10)),
            credits: None,
            fee_basis_points: 1_000,
            is_public: true,
            lane: Lane::FREE,
            queue_wait: QUEUE_WAIT_MAX,
            retried_from: None,
        }
    }

    /// Ann likes the painted picture.
    pub fn like(&self) -> One<Like> {
        let (user, generation) = (self.ann, self.painted);
        One::of(LikeId::of(user, generation), LikeCommand::Add { user, generation })
    }

    fn claim(&self, generation: GenerationId) -> ClaimGeneration {
        ClaimGeneration { generation, worker: self.worker, lease: LEASE }
    }
}

impl Stage<'_> {
    async fn does<D: Decision>(&self, decision: D) -> D::Reply {
        run(self.writer, decision).await.unwrap().outcome.unwrap()
    }

    /// A person with the welcome present, and a prompt sealed for them.
    async fn sign_up(&self, name: &str) -> (UserId, Sealed) {
        let user = UserId(Uuid::now_v7());
        let person_key = self.master.new_person_key().unwrap();
        let seal = |field: (&str, &str), text: &str| {
            self.master.seal_with(&person_key, user.0, field, text).unwrap()
        };
        let prompt = seal(("generation.requested", "prompt"), "a fox");
        self.does(RegisterUser {
            user,
            username: Username::parse(name).unwrap(),
            email_claim: EmailClaim([name.as_bytes()[0]; 32]),
            email: seal(("user.registered", "email"), &format!("{name}@example.com")),
            display_name: seal(("user.registered", "display_name"), name),
            password_phc: b"$argon2id$".to_vec(),
            person_key: person_key.clone(),
        })
        .await;
        self.does(GrantWelcome { user, amount: tokens(100), subject: None }).await;
        (user, prompt)
    }

    /// A published style at ten tokens.
    async fn open_studio(&self, artist: UserId) -> StyleId {
        let (style, model) = (StyleId(Uuid::now_v7()), ModelId(Uuid::now_v7()));
        let artist_name = ArtistName::parse("Bobby").unwrap();
        self.does(RegisterArtist { user: artist, artist_name }).await;
        let (name, description) =
            (StyleName::parse("Ink").unwrap(), Description::parse("Black").unwrap());
        let (tokens, max_styles) = (tokens(10), 1);
        self.does(CreateStyle { style, artist, name, description, tokens, max_styles }).await;
        self.does(RegisterModel {
            model,
            name: ModelName::parse("ink-1").unwrap(),
            display_name: ModelTitle::parse("Ink 1").unwrap(),
            model_type: ModelType::Lora,
            base: BaseModel::Sdxl,
            path: ModelPath::parse("models/ink").unwrap(),
            sha256: Sha256::parse(&"cd".repeat(32)).unwrap(),
            bytes: 1_000,
            style: Some(style),
        })
        .await;
        self.does(One::<Style>::of(style, StyleCommand::Publish { style, artist })).await;
        style
    }

    async fn worker(&self) -> WorkerId {
        let worker = WorkerId(Uuid::now_v7());
        let (name, key_sha256) =
            (WorkerName::parse("forge").unwrap(), Sha256::parse(&"ef".repeat(32)).unwrap());
        let issue = WorkerCommand::IssueKey { worker, name, key_sha256 };
        self.does(One::<Worker>::of(worker, issue)).await;
        let (gpu, classes) = (Gpu::parse("RTX 4090").unwrap(), vec![]);
        self.does(One::<Worker>::of(worker, WorkerCommand::Register { worker, gpu, classes }))
            .await;
        worker
    }

    async fn buy(&self, story: &Story) {
        let (purchase, buyer, payment_key) = (story.purchase, story.ann, "key".to_owned());
        self.does(SeedPackages).await;
        let package = PackageName::parse("tokens-50").unwrap();
        let offer = self.does(InitiatePurchase { purchase, buyer, package }).await;
        let (order_id, amount) = (offer.order_id, offer.amount);
        let figures =
            Figures { payment_key: payment_key.clone(), order_id: order_id.clone(), amount };
        self.does(ConfirmPurchase { purchase, caller: buyer, figures }).await;
        let payment = Payment {
            payment_key,
            total_amount: amount,
            method: Some("card".to_owned()),
            approved_at: None,
            receipt_url: None,
            card: None,
            easy_pay: None,
        };
        let shown = PaymentSnapshot {
            order_id,
            status: PaymentStatus::Done,
            currency: offer.currency,
            payment,
            failure: None,
            bank: None,
            account_number: None,
            due_at: None,
            secret: None,
            cancels: vec![],
            balance: amount,
        };
        let result = PaymentResult::Shown(shown);
        self.does(RecordPayment { call: query(purchase, None), result }).await;
    }

    async fn paint(&self, story: &Story) {
        let generation = story.painted;
        self.does(story.request(generation)).await;
        let claimed = self.does(story.claim(generation)).await;
        let lease = Lease { worker: story.worker, attempt: claimed.attempt };
        let sha256 = Sha256::parse(&"12".repeat(32)).unwrap();
        let image = ImageId::of(generation, &sha256);
        let upload = RequestUpload { image, generation, lease, sha256: sha256.clone(), bytes: 99 };
        self.does(upload).await;
        let output = Output { image, sha256: sha256.into(), bytes: 99, width: 64, height: 64 };
        let file = StoredFile { output, key: "images/1.png".to_owned(), format: "png".to_owned() };
        self.does(CompleteGeneration { generation, lease, files: vec![file], gpu_ms: 1_200 }).await;
    }
}
