//! Every event of every context, for those who read the whole log.

use crate::aggregate::{DecodeError, StoredEvent, decode, encode};
use crate::invoices::InvoiceEvent;
use crate::packages::PackageEvent;
use crate::plans::PlanEvent;
use crate::subscriptions::SubscriptionEvent;
use crate::{
    adjustments::{AdjustmentEvent, AllowanceEvent},
    artists::ArtistEvent,
    exports::ExportEvent,
    generations::GenerationEvent,
    images::ImageEvent,
    keys::KeyEvent,
    likes::LikeEvent,
    models::ModelEvent,
    payouts::PayoutEvent,
    purchases::PurchaseEvent,
    sessions::SessionEvent,
    styles::StyleEvent,
    users::UserEvent,
    wallets::WalletEvent,
    webhooks::WebhookEvent,
    workers::WorkerEvent,
};

/// The events of one context, as part of all. Who looks at some contexts only asks for those; a new
/// context is none of their business.
pub trait ContextEvent: Sized {
    /// The event, if it is of this context.
    fn of(event: &Event) -> Option<&Self>;
}

macro_rules! events {
    ($($kind:literal => $context:ident($event:ty)),+ $(,)?) => {
        /// An event, whosever it is. Who must see every context matches it without a wildcard; who
        /// looks at some asks [`Event::of`].
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant is its context's enum")]
        pub enum Event {
            $($context($event)),+
        }

        impl Event {
            /// The event a stored text stands for.
            ///
            /// # Errors
            /// No context has this type, or its text does not decode.
            pub fn decode(event_type: &str, payload: &str) -> Result<Self, DecodeError> {
                match event_type.split_once('.').map_or("", |(kind, _)| kind) {
                    $($kind => decode::<$event>(event_type, payload).map(Self::$context),)+
                    _ => Err(DecodeError {
                        event_type: event_type.to_owned(),
                        reason: "no context of this name".to_owned(),
                    }),
                }
            }

            /// The event, if it is of the context of `E`.
            #[must_use]
            pub fn of<E: ContextEvent>(&self) -> Option<&E> {
                E::of(self)
            }

            /// The stored text; the inverse of [`Event::decode`].
            ///
            /// # Errors
            /// See [`encode`].
            pub fn encode(&self) -> Result<String, DecodeError> {
                match self { $(Self::$context(event) => encode(event)),+ }
            }

            /// The stored type.
            #[must_use]
            pub fn type_name(&self) -> &'static str {
                match self { $(Self::$context(event) => event.type_name()),+ }
            }

            /// The stored types of all contexts.
            #[must_use]
            pub fn types() -> Vec<&'static str> {
                [$(<$event>::TYPES),+].concat()
            }
        }

        $(impl ContextEvent for $event {
            fn of(event: &Event) -> Option<&Self> {
                if let Event::$context(event) = event { Some(event) } else { None }
            }
        })+
    };
}

events! {
    "user" => User(UserEvent),
    "artist" => Artist(ArtistEvent),
    "wallet" => Wallet(WalletEvent),
    "adjustment" => Adjustment(AdjustmentEvent),
    "allowance" => Allowance(AllowanceEvent),
    "package" => Package(PackageEvent),
    "purchase" => Purchase(PurchaseEvent),
    "payout" => Payout(PayoutEvent),
    "plan" => Plan(PlanEvent),
    "subscription" => Subscription(SubscriptionEvent),
    "invoice" => Invoice(InvoiceEvent),
    "webhook" => Webhook(WebhookEvent),
    "style" => Style(StyleEvent),
    "model" => Model(ModelEvent),
    "generation" => Generation(GenerationEvent),
    "worker" => Worker(WorkerEvent),
    "image" => Image(ImageEvent),
    "like" => Like(LikeEvent),
    "session" => Session(SessionEvent),
    "api_key" => Key(KeyEvent),
    "export" => Export(ExportEvent),
}
