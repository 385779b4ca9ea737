//! What each refusal of the domain becomes. Exhaustive on purpose: a new refusal does not compile
//! until somebody says which problem it is.

use std::time::Duration;

use domain::Refusal;
use domain::adjustments::AdjustmentError;
use domain::artists::ArtistError;
use domain::exports::ExportError;
use domain::generations::{Funding, GenerationError};
use domain::images::ImageError;
use domain::invoices::InvoiceError;
use domain::keys::KeyError;
use domain::likes::LikeError;
use domain::models::ModelError;
use domain::packages::PackageError;
use domain::payouts::PayoutError;
use domain::plans::PlanError;
use domain::purchases::PurchaseError;
use domain::sessions::SessionError;
use domain::styles::StyleError;
use domain::subscriptions::SubscriptionError;
use domain::users::UserError;
use domain::wallets::WalletError;
use domain::webhooks::WebhookError;
use domain::workers::WorkerError;
use serde_json::json;

use super::{Problem, Slug};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = sentence(&refusal.to_string());
        match refusal {
            Refusal::User(UserError::LetterTooSoon { seconds })
            | Refusal::Artist(ArtistError::LetterTooSoon { seconds }) => {
                let wait = Duration::from_secs(seconds);
                Self::new(Slug::QuotaExceeded, detail).retry_after(wait)
            }
            Refusal::User(e) => Self::new(user(&e), detail),
            Refusal::Artist(e) => Self::new(artist(&e), detail),
            Refusal::Wallet(e) => wallet(&e, detail),
            Refusal::Package(e) => package(&e, detail),
            Refusal::Purchase(e) => purchase(&e, detail),
            Refusal::Adjustment(e) => adjustment(&e, detail),
            Refusal::Payout(e) => payout(&e, detail),
            Refusal::Plan(e) => Self::new(plan(&e), detail),
            Refusal::Subscription(e) => Self::new(subscription(&e), detail),
            Refusal::Invoice(e) => Self::new(invoice(&e), detail),
            Refusal::Webhook(e) => Self::new(webhook(&e), detail),
            Refusal::Style(e) => Self::new(style(&e), detail),
            Refusal::Model(e) => Self::new(model(&e), detail),
            Refusal::Generation(e) => generation(&e, detail),
            Refusal::Worker(e) => Self::new(worker(&e), detail),
            Refusal::Image(e) => Self::new(image(&e), detail),
            Refusal::Like(e) => Self::new(like(&e), detail),
            Refusal::Session(e) => Self::new(session(&e), detail),
            Refusal::Key(e) => key(&e, detail),
            Refusal::Export(e) => export(&e, detail),
        }
    }
}

/// Errors begin small and end open, details are sentences.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn user(error: &UserError) -> Slug {
    match error {
        UserError::NotFound | UserError::NotLinked | UserError::NoDeletionPending => Slug::NotFound,
        UserError::TokenNotValid => Slug::LinkExpired,
        UserError::LastLoginMethod => Slug::LastLoginMethod,
        UserError::OauthTaken => Slug::OauthAccountInUse,
        UserError::NoEmail
        | UserError::AlreadyVerified
        | UserError::PasswordReplaced
        | UserError::ProviderLinked => Slug::Conflict,
        UserError::LetterTooSoon { .. } => Slug::QuotaExceeded,
        UserError::AlreadyRegistered | UserError::EmailTaken => Slug::AlreadyExists,
        UserError::UsernameTaken => Slug::NameTaken,
        UserError::UsernameChangedLately { .. } => Slug::UsernameChangedLately,
        UserError::VersionMismatch { .. } => Slug::VersionMismatch,
        UserError::NotYourImage => Slug::ValidationFailed,
        UserError::Suspended => Slug::AccountSuspended,
        UserError::Deactivated => Slug::AccountDeactivated,
        UserError::DeletionPending => Slug::DeletionPending,
        UserError::ErasureBegun | UserError::StillAdmin => Slug::Conflict,
        UserError::PayoutOpen => Slug::OpenPayout,
        UserError::Forgotten => Slug::PersonForgotten,
        UserError::Oneself
        | UserError::NotStaff
        | UserError::NotAuditor
        | UserError::OnlyAdmins
        | UserError::RoleNotHeld { .. } => Slug::Forbidden,
    }
}

fn artist(error: &ArtistError) -> Slug {
    match error {
        ArtistError::AlreadyRegistered => Slug::AlreadyExists,
        ArtistError::NotAnArtist => Slug::Forbidden,
        ArtistError::TokenNotValid => Slug::LinkExpired,
        ArtistError::NotYourImage => Slug::ValidationFailed,
        ArtistError::LetterTooSoon { .. } => Slug::QuotaExceeded,
        ArtistError::StyleLimit { .. } => Slug::StyleLimit,
    }
}

fn wallet(error: &WalletError, detail: String) -> Problem {
    match error {
        WalletError::InsufficientFunds { asset, needed, available } => {
            Problem::new(Slug::InsufficientFunds, detail)
                .with("asset", asset.code())
                .with("needed", needed.get())
                .with("available", *available)
        }
        WalletError::NotTransferable { asset, needed, transferable } => {
            Problem::new(Slug::NonTransferable, detail)
                .with("asset", asset.code())
                .with("needed", needed.get())
                .with("available", *transferable)
        }
        WalletError::DailyLimit { limit, left } => {
            Problem::new(Slug::DailyLimit, detail).with("limit", limit.get()).with("left", *left)
        }
        WalletError::NothingToMove => Problem::invalid("/amount", detail),
        WalletError::SelfTransfer | WalletError::UnknownReceiver { .. } => {
            Problem::invalid("/to", detail)
        }
        WalletError::SelfTip | WalletError::UnknownArtist { .. } => {
            Problem::invalid("/artist", detail)
        }
        WalletError::WrongAsset { .. }
        | WalletError::WalletFull { .. }
        | WalletError::TooManyLots { .. }
        | WalletError::AlreadyEnded
        | WalletError::AlreadyWelcomed
        | WalletError::LotConflict { .. }
        | WalletError::LotSpent { .. }
        | WalletError::HoldConflict { .. }
        | WalletError::HoldNotOpen { .. }
        | WalletError::CaptureExceedsHold { .. } => Problem::new(Slug::Conflict, detail),
    }
}

fn package(error: &PackageError, detail: String) -> Problem {
    match error {
        PackageError::Unpublished { .. } => Problem::new(Slug::NotFound, detail),
        PackageError::Retired { .. } => Problem::new(Slug::Conflict, detail),
        PackageError::NoTokens => Problem::invalid("/tokens", detail),
        PackageError::FractionOfWon
        | PackageError::BelowMinimum { .. }
        | PackageError::AboveMaximum { .. } => Problem::invalid("/unit_price", detail),
    }
}

fn purchase(error: &PurchaseError, detail: String) -> Problem {
    let slug = match error {
        PurchaseError::Unknown => Slug::NotFound,
        PurchaseError::NotConfirmable { .. } => Slug::PurchaseNotConfirmable,
        PurchaseError::SessionExpired => Slug::PaymentSessionExpired,
        PurchaseError::PaymentKeyLength { .. } => Slug::ValidationFailed,
        PurchaseError::UnknownPackage => return Problem::invalid("/package_id", detail),
        PurchaseError::Conflict
        | PurchaseError::PackageRetired { .. }
        | PurchaseError::Unpayable
        | PurchaseError::TooManyLots { .. }
        | PurchaseError::NotCancelable { .. }
        | PurchaseError::RefundUnderWay
        | PurchaseError::RefundNotWaiting
        | PurchaseError::PaymentKeyTaken => Slug::Conflict,
        PurchaseError::NothingRefundable
        | PurchaseError::SpentAlready { .. }
        | PurchaseError::Owed { .. }
        | PurchaseError::NotPaid { .. }
        | PurchaseError::NotRefundable { .. } => Slug::NothingRefundable,
        PurchaseError::RefundAccountMissing | PurchaseError::RefundAccountUnneeded => {
            return Problem::invalid("/account", detail);
        }
        PurchaseError::OwnRefund => Slug::Forbidden,
    };
    Problem::new(slug, detail)
}

fn adjustment(error: &AdjustmentError, detail: String) -> Problem {
    let slug = match error {
        AdjustmentError::OnlyEarned => return Problem::invalid("{asset}", detail),
        AdjustmentError::EndsTooSoon => return Problem::invalid("/expires_at", detail),
        AdjustmentError::Unknown | AdjustmentError::NobodyThere => Slug::NotFound,
        AdjustmentError::OwnWallet | AdjustmentError::SamePerson => Slug::Forbidden,
        AdjustmentError::AlreadyRequested | AdjustmentError::NotInState { .. } => Slug::Conflict,
    };
    Problem::new(slug, detail)
}

fn payout(error: &PayoutError, detail: String) -> Problem {
    let slug = match error {
        PayoutError::Unknown => Slug::NotFound,
        PayoutError::AlreadyOpen => Slug::AlreadyExists,
        PayoutError::BelowMinimum { minimum } => {
            return Problem::new(Slug::BelowMinimum, detail).with("minimum", minimum.get());
        }
        PayoutError::NoAccount => Slug::PayoutAccountMissing,
        PayoutError::Unpayable => return Problem::invalid("/amount", detail),
        PayoutError::NotInState { .. } | PayoutError::SaidOtherwise { .. } => Slug::Conflict,
        PayoutError::OwnPayout => Slug::Forbidden,
    };
    Problem::new(slug, detail)
}

fn plan(error: &PlanError) -> Slug {
    match error {
        PlanError::Unpublished { .. } => Slug::NotFound,
        PlanError::NotForSale { .. }
        | PlanError::Free
        | PlanError::VariantTaken { .. }
        | PlanError::TooManyVersions { .. } => Slug::Conflict,
    }
}

fn subscription(error: &SubscriptionError) -> Slug {
    match error {
        SubscriptionError::Unknown => Slug::NotFound,
        SubscriptionError::AlreadySubscribed { .. } => Slug::AlreadySubscribed,
        SubscriptionError::WrongStore { .. }
        | SubscriptionError::WrongMode { .. }
        | SubscriptionError::UnknownVariant { .. }
        | SubscriptionError::UnknownUser
        | SubscriptionError::NotPossible { .. }
        | SubscriptionError::ChangeUnderWay => Slug::Conflict,
    }
}

fn invoice(error: &InvoiceError) -> Slug {
    match error {
        InvoiceError::Unknown => Slug::NotFound,
        InvoiceError::Conflict => Slug::Conflict,
    }
}

fn webhook(error: &WebhookError) -> Slug {
    match error {
        WebhookError::Unknown => Slug::NotFound,
        WebhookError::OtherBody { .. } | WebhookError::StillOpen | WebhookError::NotAuthentic => {
            Slug::Conflict
        }
    }
}

fn style(error: &StyleError) -> Slug {
    match error {
        StyleError::NotFound => Slug::NotFound,
        StyleError::AlreadyCreated => Slug::AlreadyExists,
        StyleError::NameTaken => Slug::NameTaken,
        StyleError::NotTrained => Slug::NotTrained,
        StyleError::NotUsable => Slug::StyleNotUsable,
        StyleError::StillUsable => Slug::Conflict,
    }
}

fn model(error: &ModelError) -> Slug {
    match error {
        ModelError::NameTaken => Slug::NameTaken,
        ModelError::AlreadyRegistered => Slug::AlreadyExists,
    }
}

fn generation(error: &GenerationError, detail: String) -> Problem {
    let slug = match error {
        GenerationError::Unfunded { lines } => return unfunded(lines, detail),
        GenerationError::NotFound => Slug::NotFound,
        GenerationError::AlreadyRequested => Slug::AlreadyExists,
        GenerationError::QuoteExpired { .. } => Slug::QuoteExpired,
        GenerationError::CostAboveMax { .. } => Slug::PriceChanged,
        GenerationError::NotClaimable { .. }
        | GenerationError::NotCompleted { .. }
        | GenerationError::NotEnded { .. } => Slug::Conflict,
        GenerationError::LeaseLost => Slug::LeaseLost,
        GenerationError::Canceled => Slug::Canceled,
        GenerationError::AlreadyTerminal { .. } => Slug::AlreadyTerminal,
        GenerationError::Outputs { .. } => return Problem::invalid("/outputs", detail),
    };
    Problem::new(slug, detail)
}

/// Which asset lacks, as for a single one, and what each needs and has.
fn unfunded(lines: &[Funding], detail: String) -> Problem {
    let problem = Problem::new(Slug::InsufficientFunds, detail).with("lines", json!(lines));
    match lines.iter().find(|line| line.available < line.needed.get()) {
        Some(lacking) => problem
            .with("asset", lacking.asset.code())
            .with("needed", lacking.needed.get())
            .with("available", lacking.available),
        None => problem,
    }
}

fn worker(error: &WorkerError) -> Slug {
    match error {
        WorkerError::NotFound => Slug::NotFound,
        WorkerError::AlreadyIssued => Slug::AlreadyExists,
        WorkerError::Retired | WorkerError::NotRegistered => Slug::Conflict,
        WorkerError::TooManyClasses { .. } | WorkerError::OverlapTooLong { .. } => {
            Slug::ValidationFailed
        }
    }
}

fn image(error: &ImageError) -> Slug {
    match error {
        ImageError::Size { .. } => Slug::ValidationFailed,
        ImageError::NotDeclared => Slug::NotFound,
        ImageError::DeclaredOtherwise => Slug::UploadMismatch,
    }
}

fn like(error: &LikeError) -> Slug {
    match error {
        LikeError::NotFound => Slug::NotFound,
    }
}

fn key(error: &KeyError, detail: String) -> Problem {
    match error {
        KeyError::NotFound => Problem::new(Slug::NotFound, detail),
        KeyError::AlreadyCreated => Problem::new(Slug::AlreadyExists, detail),
        KeyError::TooMany { .. } => Problem::new(Slug::Conflict, detail),
        KeyError::NoScope => Problem::invalid("/scopes", detail),
        KeyError::AlreadyExpired => Problem::invalid("/expires_at", detail),
        KeyError::OverlapTooLong { .. } => Problem::invalid("/overlap_seconds", detail),
    }
}

fn export(error: &ExportError, detail: String) -> Problem {
    match error {
        ExportError::UnderWay { export } => {
            Problem::new(Slug::AlreadyExists, detail).with("id", export.to_string())
        }
        ExportError::TooMany { .. } => {
            Problem::new(Slug::QuotaExceeded, detail).with("violated-policies", json!(["export"]))
        }
        ExportError::Gone => Problem::new(Slug::Conflict, detail),
    }
}

fn session(error: &SessionError) -> Slug {
    match error {
        SessionError::NotFound => Slug::NotFound,
        SessionError::AlreadyOpen => Slug::AlreadyExists,
        SessionError::ProofVoid => Slug::LinkExpired,
        SessionError::Ended | SessionError::Expired => Slug::SessionEnded,
    }
}
