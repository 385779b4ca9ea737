//! The one table of problems (c0.1): every slug, its status and what it means for people.

use axum::http::StatusCode;

macro_rules! problems {
    ($($name:ident = $status:ident $slug:literal, $title:literal, $advice:literal;)+) => {
        /// What went wrong, in a word a program can act on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Slug {
            $(#[doc = $title] $name),+
        }

        impl Slug {
            /// All of them, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The last part of the problem's `type`, and its `code`.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $slug),+ }
            }

            /// The usual status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }

            /// The same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }

            /// What to do about it, for the page behind the problem's `type`.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice),+ }
            }
        }
    };
}

problems! {
    MalformedRequest = BAD_REQUEST "malformed-request", "The request cannot be read",
        "Send UTF-8 JSON as application/json within the size limit. 415 means another content type, 413 too many bytes.";
    ValidationFailed = UNPROCESSABLE_ENTITY "validation-failed", "The request is not valid",
        "Each entry of errors[] names a field by JSON pointer (or ?name for a query parameter) and says what is wrong with it.";
    Unauthenticated = UNAUTHORIZED "unauthenticated", "Who is asking is not known",
        "Send Authorization: Bearer with an access token, or a worker key on worker routes.";
    TokenExpired = UNAUTHORIZED "token-expired", "The access token has expired",
        "POST /v1/auth/refresh gives a new one; when that is refused, log in again.";
    SessionEnded = UNAUTHORIZED "session-ended", "The session is over",
        "Log in again.";
    RefreshReused = UNAUTHORIZED "refresh-reused", "The refresh token was used before",
        "Two had the same token, so the session was ended for both. Log in again.";
    InvalidCredentials = UNAUTHORIZED "invalid-credentials", "E-mail and password do not fit",
        "The answer is the same for an unknown address and a wrong password.";
    PasswordLoginOff = FORBIDDEN "password-login-off", "Nobody signs in with a password here",
        "Sign in with one of the providers in /v1/config.";
    EmailInUse = CONFLICT "email-in-use", "The e-mail address belongs to an account",
        "Log in to that account and link the provider there.";
    OauthAccountInUse = CONFLICT "oauth-account-in-use", "The provider's account signs in another user",
        "Unlink it there first.";
    LastLoginMethod = CONFLICT "last-login-method", "This is the only way to sign in",
        "Link another provider or set a password first.";
    ProviderRefused = CONFLICT "provider-refused", "The provider did not vouch for you",
        "Begin anew; the detail says what was missing or did not fit.";
    BadSignature = UNAUTHORIZED "bad-signature", "The delivery is not signed as it must be",
        "X-Signature is the HMAC-SHA256 of the raw body in hex, made with the webhook's secret.";
    Forbidden = FORBIDDEN "forbidden", "The caller may not do this",
        "The account lacks the role this needs.";
    AccountSuspended = FORBIDDEN "account-suspended", "The account is suspended",
        "Support stopped it and can say why. Nobody gets in by password or key until it is reinstated.";
    AccountDeactivated = FORBIDDEN "account-deactivated", "The account is deactivated",
        "POST /v1/me/reactivate with an access token brings it back.";
    DeletionPending = FORBIDDEN "deletion-pending", "The account will be deleted",
        "Take the deletion back to go on using it.";
    OpenPayout = CONFLICT "open-payout", "A payout is under way",
        "Wait until it is settled or rejected, then ask again.";
    PersonForgotten = GONE "person-forgotten", "The person was forgotten",
        "Their key is destroyed; nobody can open what it sealed, now or later.";
    CsrfFailed = FORBIDDEN "csrf-failed", "The request may come from a foreign page",
        "With cookies, send X-CSRF-Token with the csrf_token that the login or refresh answered.";
    NotFound = NOT_FOUND "not-found", "There is no such thing",
        "Also the answer for things the caller may not know of.";
    MethodNotAllowed = METHOD_NOT_ALLOWED "method-not-allowed", "The route has no such method",
        "See /docs for the methods of each route.";
    InsufficientFunds = PAYMENT_REQUIRED "insufficient-funds", "The wallet holds too little",
        "needed and available are amounts of asset. Buy tokens, or ask for less.";
    PaymentDeclined = PAYMENT_REQUIRED "payment-declined", "The payment was refused",
        "provider_code is the provider's reason. Start a new purchase with another means of payment.";
    Conflict = CONFLICT "conflict", "The state does not allow this",
        "Read the resource again; detail says which state stands in the way.";
    AlreadyExists = CONFLICT "already-exists", "It exists already",
        "Use the one that exists.";
    AlreadySubscribed = CONFLICT "already-subscribed", "There is a subscription already",
        "GET /v1/subscriptions/current shows it: change its plan, or let it end first.";
    NameTaken = CONFLICT "name-taken", "The name is taken",
        "Names are compared without regard to case. Choose another.";
    UsernameChangedLately = CONFLICT "username-changed-lately", "The username was changed lately",
        "detail says when it can be changed again. The one before stays blocked for 30 days.";
    VersionMismatch = PRECONDITION_FAILED "version-mismatch", "It has changed since it was read",
        "Read it again, look at what changed, and send the new ETag as If-Match.";
    AmountMismatch = CONFLICT "amount-mismatch", "The callback does not fit the purchase",
        "Order id and amount must be those the purchase was created with. Nothing was charged.";
    PurchaseNotConfirmable = CONFLICT "purchase-not-confirmable", "The purchase cannot be confirmed",
        "Only a purchase that waits for its payment can be. Read it to see where it stands.";
    PaymentSessionExpired = GONE "payment-session-expired", "The payment window has closed",
        "Start a new purchase. Nothing was charged.";
    NothingRefundable = CONFLICT "nothing-refundable", "Nothing can be given back",
        "Only unspent tokens of a purchase that was paid become money again. GET its refund-quote.";
    NonTransferable = CONFLICT "non-transferable", "These tokens cannot be transferred",
        "Only tokens that were paid for can be given away.";
    DailyLimit = CONFLICT "daily-limit", "Enough was given away today",
        "limit is what can be given away in a day, left what is left of it. The day's zone is in /v1/config.";
    BelowMinimum = CONFLICT "below-minimum", "It is less than can be paid out",
        "minimum is the smallest payout. Wait until more is earned.";
    PayoutAccountMissing = CONFLICT "payout-account-missing", "It is not known where to pay to",
        "Set a bank account with PUT /v1/artists/me/payout-account first.";
    NotTrained = CONFLICT "not-trained", "The style has no model yet",
        "It can be published once a model is registered for it.";
    StyleLimit = CONFLICT "style-limit", "The artist has as many styles as allowed",
        "The limit is in /v1/config.";
    StyleInUse = CONFLICT "style-in-use", "The style is in use",
        "Unpublish it instead.";
    StyleNotUsable = CONFLICT "style-not-usable", "The style cannot be used now",
        "It is not published, or has no model.";
    QuoteExpired = GONE "quote-expired", "The quote is no longer valid",
        "Ask for a new one, or create without a quote and with max_cost.";
    PriceChanged = CONFLICT "price-changed", "The price is not the one agreed to",
        "Ask for a new quote, or raise max_cost.";
    QueueFull = TOO_MANY_REQUESTS "queue-full", "Too many generations are waiting",
        "Wait until some of yours are done.";
    AlreadyTerminal = CONFLICT "already-terminal", "It has already ended",
        "Read the generation to see how.";
    LeaseLost = CONFLICT "lease-lost", "The job belongs to another attempt",
        "Drop the work and claim anew.";
    Canceled = GONE "canceled", "The owner canceled the job",
        "Drop the work and claim anew.";
    UploadMismatch = UNPROCESSABLE_ENTITY "upload-mismatch", "The file is not the one declared",
        "Size and SHA-256 must be those the link was made for. Ask for a new link.";
    LinkExpired = GONE "link-expired", "The link is no longer valid",
        "Ask for a new one.";
    StatementTooLong = UNPROCESSABLE_ENTITY "statement-too-long", "The statement would be too long",
        "Ask for a shorter time; statements that meet at one instant fit together without gap or overlap.";
    IdempotencyKeyRequired = BAD_REQUEST "idempotency-key-required", "The request needs an Idempotency-Key",
        "Send a fresh random key of at most 255 visible ASCII characters, and the same one on every retry.";
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY "idempotency-key-reused", "The key was used for another request",
        "Use a new key for a new request.";
    AnswerGone = CONFLICT "answer-gone", "It was done, but its answer is no longer kept",
        "The command took effect at position; read the resource.";
    PositionUnknown = BAD_REQUEST "position-unknown", "The position is not one of ours",
        "It belongs to another store, or lies beyond what has happened. Drop it and read again.";
    ProjectionLagging = SERVICE_UNAVAILABLE "projection-lagging", "The read tables are not there yet",
        "Retry after the time in Retry-After, or read without Min-Position.";
    UpstreamUnavailable = SERVICE_UNAVAILABLE "upstream-unavailable", "A service we need does not answer",
        "Retry after the time in Retry-After, with the same Idempotency-Key.";
    ReducedCapacity = SERVICE_UNAVAILABLE "temporary-reduced-capacity", "Too much is going on",
        "Nothing was done. Retry after the time in Retry-After.";
    OutcomeUnknown = SERVICE_UNAVAILABLE "outcome-unknown", "The outcome is not known yet",
        "Retry with the same Idempotency-Key: it finds what happened.";
    RequestTimeout = SERVICE_UNAVAILABLE "request-timeout", "The request took too long",
        "Retry with the same Idempotency-Key: it finds what happened.";
    QuotaExceeded = TOO_MANY_REQUESTS "quota-exceeded", "Too many attempts",
        "Retry after the time in Retry-After.";
    Internal = INTERNAL_SERVER_ERROR "internal", "Something of ours broke",
        "We have been told. Quote the request id when asking for help.";
}
