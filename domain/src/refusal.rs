//! A decision of no, whosever it is. Frozen with the command's key, so it serializes; what HTTP
//! makes of it is the api's business.

use serde::{Deserialize, Serialize};

use crate::{
    adjustments::AdjustmentError, artists::ArtistError, exports::ExportError,
    generations::GenerationError, images::ImageError, invoices::InvoiceError, keys::KeyError,
    likes::LikeError, models::ModelError, packages::PackageError, payouts::PayoutError,
    plans::PlanError, purchases::PurchaseError, sessions::SessionError, styles::StyleError,
    subscriptions::SubscriptionError, users::UserError, wallets::WalletError,
    webhooks::WebhookError, workers::WorkerError,
};

macro_rules! refusals {
    ($($context:ident($error:ty)),+ $(,)?) => {
        /// Why a command is refused: the caller's to act on, never a fault of ours.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each variant is its context's enum")]
        pub enum Refusal {
            $(#[error(transparent)] $context(#[from] $error)),+
        }
    };
}

refusals! {
    User(UserError),
    Artist(ArtistError),
    Wallet(WalletError),
    Adjustment(AdjustmentError),
    Package(PackageError),
    Purchase(PurchaseError),
    Payout(PayoutError),
    Plan(PlanError),
    Subscription(SubscriptionError),
    Invoice(InvoiceError),
    Webhook(WebhookError),
    Style(StyleError),
    Model(ModelError),
    Generation(GenerationError),
    Worker(WorkerError),
    Image(ImageError),
    Like(LikeError),
    Session(SessionError),
    Key(KeyError),
    Export(ExportError),
}
