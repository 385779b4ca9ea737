//! A history made by hand that touches every read table: Ann buys tokens, Bob sells a style, a
//! picture is painted at the second attempt, another is canceled, a third is never finished.

use chrono::{DateTime, Utc};
use domain::artists::ArtistEvent;
use domain::generations::{FailureCode, GenerationEvent, Line, Output, Parameters};
use domain::images::ImageEvent;
use domain::likes::LikeEvent;
use domain::models::{BaseModel, ModelEvent, ModelType};
use domain::purchases::{Payment, PurchaseEvent};
use domain::styles::StyleEvent;
use domain::users::{Role, UserEvent};
use domain::wallets::{Category, Draw, GrantSource, Purpose, ReleaseReason, WalletEvent};
use domain::webhooks::WebhookEvent;
use domain::workers::WorkerEvent;
use domain::{
    Amount, Asset, Event, GenerationId, HoldId, ImageId, LikeId, LotId, ModelId, PurchaseId,
    Sealed, StyleId, TransferId, UserId, WalletId, WebhookId, WorkerId,
};
use uuid::Uuid;

use crate::projections_artist::{earnings, shown};
use crate::projections_debts::debts;
use crate::projections_ground::recorded_at;
use crate::projections_logins::{linked, logins};
use crate::projections_packages::packages;
use crate::projections_plans::plans;
use crate::projections_refunds::refunds;

pub const ANN: UserId = UserId(Uuid::from_u128(0xa));
pub const BOB: UserId = UserId(Uuid::from_u128(0xb));
pub const PERSONS: [Uuid; 2] = [ANN.0, BOB.0];
pub const PURCHASE: PurchaseId = PurchaseId(Uuid::from_u128(0x10));
pub const STYLE: StyleId = StyleId(Uuid::from_u128(0x20));
pub const MODEL: ModelId = ModelId(Uuid::from_u128(0x21));
pub const PAINTED: GenerationId = GenerationId(Uuid::from_u128(0x31));
pub const CANCELED: GenerationId = GenerationId(Uuid::from_u128(0x32));
pub const WAITING: GenerationId = GenerationId(Uuid::from_u128(0x33));
pub const IMAGE: ImageId = ImageId(Uuid::from_u128(0x40));
pub const WORKER: WorkerId = WorkerId(Uuid::from_u128(0x50));
pub const WEBHOOK: WebhookId = WebhookId(Uuid::from_u128(0x60));
pub const TRANSFER: TransferId = TransferId(Uuid::from_u128(0x70));
const TOKEN: Asset = Asset::Token;

/// Seals a field: person, (event type, field), text.
pub type Seal<'a> = &'a dyn Fn(Uuid, (&str, &str), &str) -> Sealed;

pub type Story = Vec<(Uuid, Event)>;

/// Everything that happened, with the stream it happened in.
pub fn story(seal: Seal<'_>) -> Story {
    [
        people(seal),
        purchase(),
        shop(),
        transfer(seal),
        painted(seal),
        canceled(seal),
        rest(seal),
        logins(),
        linked(seal),
        debts(),
        plans(),
        refunds(seal),
        packages(),
    ]
    .concat()
}

fn amount(value: i64) -> Amount {
    Amount::new(value).expect("an amount of the story")
}

pub fn end() -> DateTime<Utc> {
    recorded_at(1_000_000)
}

fn wallet(owner: UserId, event: WalletEvent) -> (Uuid, Event) {
    (WalletId::of(owner, TOKEN).0, Event::Wallet(event))
}

fn draw(lot: LotId, value: i64) -> Vec<Draw> {
    vec![Draw { lot, amount: amount(value) }]
}

fn granted(owner: UserId, lot: LotId, value: i64, source: GrantSource) -> (Uuid, Event) {
    let category = if source == GrantSource::Welcome { Category::Promo } else { Category::Paid };
    let (amount, effective_at) = (amount(value), recorded_at(0));
    wallet(
        owner,
        WalletEvent::Granted {
            owner,
            asset: TOKEN,
            lot,
            amount,
            source,
            category,
            priority: 0,
            effective_at,
            expires_at: Some(end()),
            rollover: None,
        },
    )
}

fn registered(user: UserId, name: &str, seal: Seal<'_>) -> (Uuid, Event) {
    let field = |field, text: &str| seal(user.0, ("user.registered", field), text);
    (
        user.0,
        Event::User(UserEvent::Registered {
            user,
            username: name.to_owned(),
            email: field("email", &format!("{name}@example.com")),
            display_name: field("display_name", &name.to_uppercase()),
        }),
    )
}

fn people(seal: Seal<'_>) -> Story {
    let role = |event| (BOB.0, Event::User(event));
    vec![
        registered(ANN, "ann", seal),
        registered(BOB, "bob", seal),
        role(UserEvent::RoleGranted { user: BOB, role: Role::Support }),
        role(UserEvent::RoleGranted { user: BOB, role: Role::Admin }),
        (
            BOB.0,
            Event::Artist(ArtistEvent::Registered { artist: BOB, artist_name: "Bobby".to_owned() }),
        ),
        role(UserEvent::RoleRevoked { user: BOB, role: Role::Support }),
        granted(ANN, LotId::welcome(ANN), 100, GrantSource::Welcome),
        granted(BOB, LotId::welcome(BOB), 100, GrantSource::Welcome),
    ]
}

fn purchase() -> Story {
    let purchase = PURCHASE;
    let step = |event| (PURCHASE.0, Event::Purchase(event));
    let webhook = |event| (WEBHOOK.0, Event::Webhook(event));
    let payment = Payment {
        payment_key: "key".to_owned(),
        total_amount: 5_000,
        method: Some("card".to_owned()),
        approved_at: Some(recorded_at(0)),
        receipt_url: None,
        card: Some("4330****123*".to_owned()),
        easy_pay: None,
    };
    vec![
        step(PurchaseEvent::Initiated {
            purchase,
            buyer: ANN,
            package: "starter".to_owned(),
            tokens: amount(50),
            unit_price: "100.0000".to_owned(),
            amount: 5_000,
            currency: "KRW".to_owned(),
            order_id: "p_1".to_owned(),
            expires_at: end(),
        }),
        step(PurchaseEvent::ConfirmRequested {
            purchase,
            payment_key: "key".to_owned(),
            order_id: "p_1".to_owned(),
            amount: 5_000,
        }),
        step(PurchaseEvent::PutInDoubt { purchase, code: "TIMEOUT".to_owned(), attempt: 1 }),
        webhook(WebhookEvent::Received {
            webhook: WEBHOOK,
            provider: "toss".to_owned(),
            event_type: Some("PAYMENT_STATUS_CHANGED".to_owned()),
            body_sha256: "ab".repeat(32),
            purchase: Some(purchase),
            user: Some(ANN),
            rejected: None,
        }),
        step(PurchaseEvent::Approved { purchase, payment }),
        granted(ANN, LotId::purchase(purchase), 50, GrantSource::Purchase { purchase }),
        step(PurchaseEvent::TokensGranted {
            purchase,
            buyer: ANN,
            lot: LotId::purchase(purchase),
            tokens: amount(50),
        }),
        webhook(WebhookEvent::Processed {
            webhook: WEBHOOK,
            effect: "purchase.approved".to_owned(),
        }),
    ]
}

fn shop() -> Story {
    let style = |event| (STYLE.0, Event::Style(event));
    vec![
        style(StyleEvent::Created {
            style: STYLE,
            artist: BOB,
            name: "Ink".to_owned(),
            description: "Black".to_owned(),
        }),
        (BOB.0, Event::Artist(ArtistEvent::StyleAdded { artist: BOB, style: STYLE })),
        style(StyleEvent::Priced { style: STYLE, tokens: amount(10) }),
        (
            MODEL.0,
            Event::Model(ModelEvent::Registered {
                model: MODEL,
                name: "ink-1".to_owned(),
                display_name: "Ink 1".to_owned(),
                model_type: ModelType::Lora,
                base: BaseModel::Sdxl,
                path: "models/ink".to_owned(),
                sha256: "cd".repeat(32),
                bytes: 1_000,
                style: Some(STYLE),
            }),
        ),
        style(StyleEvent::ModelReady { style: STYLE, model: MODEL }),
        style(StyleEvent::Published { style: STYLE }),
        style(StyleEvent::Described { style: STYLE, description: "Black \"ink\"".to_owned() }),
        (
            WORKER.0,
            Event::Worker(WorkerEvent::KeyIssued {
                worker: WORKER,
                name: "gpu-1".to_owned(),
                key_sha256: "ef".repeat(32),
            }),
        ),
        (
            WORKER.0,
            Event::Worker(WorkerEvent::Registered {
                worker: WORKER,
                gpu: "RTX".to_owned(),
                classes: vec!["free".to_owned(), "a, \"b\" \\ {c}".to_owned()],
            }),
        ),
        (
            WORKER.0,
            Event::Worker(WorkerEvent::KeyRotated {
                worker: WORKER,
                key_sha256: "cd".repeat(32),
                previous_until: end(),
            }),
        ),
    ]
}

fn transfer(seal: Seal<'_>) -> Story {
    let memo = seal(ANN.0, ("wallet.transfer_sent", "memo"), "thanks");
    vec![
        wallet(
            ANN,
            WalletEvent::TransferSent {
                owner: ANN,
                asset: TOKEN,
                transfer: TRANSFER,
                to: BOB,
                draws: draw(LotId::purchase(PURCHASE), 20),
                memo: Some(memo),
                day: None,
            },
        ),
        wallet(
            BOB,
            WalletEvent::TransferReceived {
                owner: BOB,
                asset: TOKEN,
                transfer: TRANSFER,
                from: ANN,
                lot: LotId::received(WalletId::of(BOB, TOKEN)),
                amount: amount(20),
                effective_at: recorded_at(0),
            },
        ),
    ]
}

fn step(event: GenerationEvent, generation: GenerationId) -> (Uuid, Event) {
    (generation.0, Event::Generation(event))
}

/// Ten tokens held, and a job in the queue.
fn requested(generation: GenerationId, is_public: bool, seal: Seal<'_>) -> Story {
    let field = |field, text| Some(seal(ANN.0, ("generation.requested", field), text));
    let parameters = Parameters {
        prompt: field("prompt", "a fox").expect("sealed"),
        negative_prompt: field("negative_prompt", "a dog"),
        width: 1536,
        height: 1024,
        steps: 20,
        cfg_scale_tenths: 75,
        seed: 42,
        sampler: "euler_a".to_owned(),
    };
    vec![
        wallet(
            ANN,
            WalletEvent::Held {
                owner: ANN,
                asset: TOKEN,
                hold: HoldId::from(generation),
                purpose: Purpose::Generation(generation),
                draws: draw(LotId::welcome(ANN), 10),
                expires_at: Some(end()),
            },
        ),
        step(
            GenerationEvent::Requested {
                generation,
                user: ANN,
                style: Some(STYLE),
                artist: Some(BOB),
                model: Some(MODEL),
                parameters: Box::new(parameters),
                lines: vec![Line { asset: TOKEN, amount: amount(10), payee: Some(BOB) }],
                fee_basis_points: 1_000,
                is_public,
                retried_from: None,
            },
            generation,
        ),
        queued(generation, 1),
    ]
}

fn queued(generation: GenerationId, attempt: u32) -> (Uuid, Event) {
    let lane = "free".to_owned();
    step(GenerationEvent::Queued { generation, lane, priority: 10, attempt }, generation)
}

fn painted(seal: Seal<'_>) -> Story {
    let (generation, code) = (PAINTED, FailureCode::GpuOom);
    let of = |event| step(event, generation);
    let output =
        Output { image: IMAGE, sha256: "12".repeat(32), bytes: 99, width: 1536, height: 1024 };
    let hold = HoldId::from(generation);
    let mut story = requested(generation, true, seal);
    story.extend([
        of(GenerationEvent::Started { generation, attempt: 1, worker: WORKER, at: None }),
        of(GenerationEvent::AttemptFailed { generation, attempt: 1, code, retryable: true }),
        of(GenerationEvent::RetryScheduled {
            generation,
            attempt: 2,
            not_before: recorded_at(500),
        }),
        queued(generation, 2),
        of(GenerationEvent::Started {
            generation,
            attempt: 2,
            worker: WORKER,
            at: Some(recorded_at(1)),
        }),
    ]);
    story.extend(uploaded(generation));
    story.extend([
        of(GenerationEvent::Completed {
            generation,
            attempt: 2,
            outputs: vec![output],
            gpu_ms: 1_234,
        }),
        wallet(
            ANN,
            WalletEvent::Captured {
                owner: ANN,
                asset: TOKEN,
                hold,
                purpose: Purpose::Generation(generation),
                captured: draw(LotId::welcome(ANN), 10),
                released: vec![],
                style: Some(STYLE),
            },
        ),
        (
            WalletId::of(BOB, Asset::Earning).0,
            Event::Wallet(WalletEvent::Earned {
                owner: BOB,
                asset: Asset::Earning,
                generation,
                style: STYLE,
                payer: ANN,
                gross: amount(10),
                fee: amount(1),
                amount: amount(9),
            }),
        ),
        of(GenerationEvent::Settled {
            generation,
            captured: amount(10),
            released: amount(0),
            artist_paid: amount(9),
            credits_captured: amount(0),
            credits_released: amount(0),
        }),
        of(GenerationEvent::Published { generation }),
    ]);
    story
}

fn uploaded(generation: GenerationId) -> Story {
    let image = |event| (IMAGE.0, Event::Image(event));
    vec![
        image(ImageEvent::UploadRequested {
            image: IMAGE,
            owner: ANN,
            generation,
            sha256: "12".repeat(32),
            bytes: 99,
        }),
        image(ImageEvent::Stored {
            image: IMAGE,
            owner: ANN,
            generation,
            key: "images/1.png".to_owned(),
            sha256: "12".repeat(32),
            bytes: 99,
            width: 1536,
            height: 1024,
            format: "png".to_owned(),
        }),
    ]
}

fn canceled(seal: Seal<'_>) -> Story {
    let (generation, hold) = (CANCELED, HoldId::from(CANCELED));
    let mut story = requested(generation, false, seal);
    story.extend([
        step(GenerationEvent::Canceled { generation }, generation),
        wallet(
            ANN,
            WalletEvent::Released {
                owner: ANN,
                asset: TOKEN,
                hold,
                purpose: Purpose::Generation(generation),
                released: draw(LotId::welcome(ANN), 10),
                reason: ReleaseReason::Canceled,
            },
        ),
    ]);
    story
}

/// Likes that come and go, a job that is left waiting, and a lot that ends.
fn rest(seal: Seal<'_>) -> Story {
    let like = |user, added| {
        let generation = PAINTED;
        let event = if added {
            LikeEvent::Added { user, generation }
        } else {
            LikeEvent::Removed { user, generation }
        };
        (LikeId::of(user, generation).0, Event::Like(event))
    };
    let mut story = vec![like(ANN, true), like(BOB, true), like(ANN, false)];
    story.extend(requested(WAITING, false, seal));
    story.push(wallet(
        ANN,
        WalletEvent::LotExpired {
            owner: ANN,
            asset: TOKEN,
            lot: LotId::welcome(ANN),
            amount: amount(80),
            category: Category::Promo,
        },
    ));
    story.extend(shown(seal));
    story.extend(earnings(seal));
    story
}
