//! Unspent tokens become money again (P2.7).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::artists::AccountNumber;
use domain::input::FieldError;
use domain::purchases::{self, CURRENCY, Purchase, PurchaseError, RequestRefund, SealedAccount};
use domain::{Amount, Asset, PurchaseId, RefundId, Refusal};
use projections::wallets::{self, Lot};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::standing::standing;
use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{AtLeast, AtRest, Caller, Keyed, MinPosition, Path, Query};
use crate::problem::{OrFault as _, Problem};
use crate::purchases::carrier::REFUND_SEALED_FOR;

/// The projection that knows what is left of a lot.
const READS: &[&str] = &["wallets"];
/// The source of lots that were bought.
const PURCHASED: &str = "purchase";
/// Most purchases that are looked through for what they would give back.
const REFUNDABLE_MAX: usize = 100;
/// Longest code of a bank and name that Toss takes (d1.6).
const BANK_CHARS_MAX: usize = 40;
const HOLDER_CHARS_MAX: usize = 60;

/// How much is to be given back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QuoteFilter {
    /// How many tokens; all that are unspent and not owed, if nothing is said.
    #[param(minimum = 1)]
    tokens: Option<i64>,
}

/// What would be given back.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundQuote {
    /// How many tokens.
    tokens: i64,
    /// Whole won: tokens times their unit price, rounded down.
    amount: i64,
    /// ISO 4217.
    currency: &'static str,
    /// Whether a bank account must be named.
    needs_account: bool,
    /// Whether somebody has to approve it first: with what the purchase gave back before it is much.
    needs_approval: bool,
}

/// What a refund of unspent tokens would give back now.
#[utoipa::path(get, path = "/v1/purchases/{id}/refund-quote", tag = "purchases", operation_id = "quote_refund",
    params(("id" = Uuid, Path, description = "The purchase"), QuoteFilter, MinPosition),
    security(("bearer" = [])),
    responses((status = 200, description = "What would be given back", body = RefundQuote),
        (status = 409, description = "nothing-refundable")))]
pub async fn quote_refund(
    State(app): State<App>,
    AtRest(caller): AtRest,
    Path(id): Path<Uuid>,
    Query(filter): Query<QuoteFilter>,
    at_least: AtLeast,
) -> Result<Json<RefundQuote>, Problem> {
    at_least.reached(&app, READS).await?;
    let purchase = standing(&app, id).await?.purchase;
    let id = purchase.refundable_lot(caller.user).map_err(Refusal::from)?;
    let lot = lots(&app, &caller).await?.into_iter().find(|lot| lot.id == id.0);
    let left = lot.map_or(Ok(Amount::ZERO), |lot| left(&lot))?;
    let owed = owed(&app, &caller).await?;
    let tokens = filter.tokens.map(|tokens| amount("?tokens", tokens)).transpose()?;
    let tokens = purchases::refundable(left, owed, tokens).map_err(Refusal::from)?;
    let quote = RefundQuote::of(&app, &purchase, tokens);
    let refused = || Refusal::from(PurchaseError::SpentAlready { left }).into();
    quote.map(Json).ok_or_else(refused)
}

impl RefundQuote {
    /// For so many tokens; none if they are worth nothing.
    fn of(app: &App, purchase: &Purchase, tokens: Amount) -> Option<Self> {
        let amount = purchase.worth(tokens);
        (amount > 0).then(|| Self {
            tokens: tokens.get(),
            amount,
            currency: CURRENCY,
            needs_account: purchase.is_by_deposit(),
            needs_approval: purchase
                .needs_approval(amount, app.config.figures.refund_approval_from),
        })
    }
}

/// What a purchase would give back.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refundable {
    /// Which purchase.
    purchase_id: Uuid,
    /// What is unspent of it.
    #[serde(flatten)]
    quote: RefundQuote,
}

/// What of somebody's purchases is unspent and can become money again now: what whoever leaves is
/// offered (P7). At most [`REFUNDABLE_MAX`] purchases, the first to be spent first.
///
/// # Errors
/// The read tables are behind, or cannot be read.
pub(crate) async fn refundable(app: &App, caller: &Caller) -> Result<Vec<Refundable>, Problem> {
    AtLeast::now(app).await?.reached(app, READS).await?;
    let (mut found, owed) = (Vec::new(), owed(app, caller).await?);
    let lots = lots(app, caller).await?.into_iter().filter(|lot| lot.source == PURCHASED);
    for (lot, id) in lots.filter_map(|lot| lot.source_id.map(|id| (lot, id))).take(REFUNDABLE_MAX) {
        let Ok(tokens) = purchases::refundable(left(&lot)?, owed, None) else { continue };
        let purchase = standing(app, id).await?.purchase;
        let quote = RefundQuote::of(app, &purchase, tokens);
        found.extend(quote.map(|quote| Refundable { purchase_id: id, quote }));
    }
    Ok(found)
}

async fn lots(app: &App, caller: &Caller) -> Result<Vec<Lot>, Problem> {
    let lots = wallets::lots_of(caller.reads(app), caller.user.0, Asset::Token).await;
    lots.or_fault("read lots")
}

async fn owed(app: &App, caller: &Caller) -> Result<i64, Problem> {
    let wallet = wallets::wallet(caller.reads(app), caller.user.0, Asset::Token).await;
    Ok(wallet.or_fault("read a wallet")?.map_or(0, |wallet| wallet.owed))
}

fn left(lot: &Lot) -> Result<Amount, Problem> {
    Amount::new(lot.remaining).or_fault("read what is left of a lot")
}

/// Ask for money back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// How many tokens; all that are unspent and not owed, if nothing is said.
    #[schema(minimum = 1, example = 50)]
    tokens: Option<i64>,
    /// Where the money goes; needed for what was paid by deposit, and only then.
    account: Option<RefundTo>,
}

/// A bank account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundTo {
    /// The bank, by Toss's code.
    #[schema(min_length = 1, max_length = 40, example = "20")]
    bank: String,
    /// 6 to 20 digits, with hyphens or without.
    #[schema(min_length = 6, max_length = 30, pattern = "^[0-9-]+$", example = "110123456789")]
    account_number: String,
    /// Whose it is.
    #[schema(min_length = 1, max_length = 60, example = "Kim Mina")]
    holder_name: String,
}

/// A refund that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestedRefund {
    /// Which.
    id: Uuid,
    /// How many tokens; they are held until it has come to its end.
    tokens: i64,
    /// Whole won to be given back.
    amount: i64,
    /// ISO 4217.
    currency: &'static str,
    /// `approved`: Toss is being asked. `requested`: somebody has to approve it first.
    #[schema(value_type = String, example = "approved")]
    status: &'static str,
}

/// Have unspent tokens of a purchase become money again. They are held from now on; how it went is
/// to be read from the purchase.
#[utoipa::path(post, path = "/v1/purchases/{id}/refunds", tag = "purchases", operation_id = "request_refund",
    security(("bearer" = [])), request_body = NewRefund,
    params(("id" = Uuid, Path, description = "The purchase"),
        ("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 202, description = "Asked for", body = Positioned<RequestedRefund>),
        (status = 409, description = "nothing-refundable; conflict: a refund is under way, or the erasure of the account"),
        (status = 422, description = "validation-failed: a deposit needs an account, nothing else does")))]
pub async fn request_refund(
    State(app): State<App>,
    AtRest(caller): AtRest,
    Path(id): Path<Uuid>,
    Keyed { key, body }: Keyed<NewRefund>,
) -> Result<Answered<RequestedRefund>, Problem> {
    let account = match &body.account {
        Some(account) => Some(account.sealed(&app, &caller).await?),
        None => None,
    };
    let decision = RequestRefund {
        purchase: PurchaseId(id),
        refund: RefundId(Uuid::now_v7()),
        caller: caller.user,
        tokens: body.tokens.map(|tokens| amount("/tokens", tokens)).transpose()?,
        account,
        approval_from: app.config.figures.refund_approval_from,
    };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.answer(StatusCode::ACCEPTED, |refund| RequestedRefund {
        id: refund.refund.0,
        tokens: refund.tokens.get(),
        amount: refund.amount,
        currency: CURRENCY,
        status: refund.status.word(),
    }))
}

fn amount(pointer: &str, tokens: i64) -> Result<Amount, Problem> {
    let amount = Amount::new(tokens).ok().filter(|amount| !amount.is_zero());
    amount.ok_or_else(|| FieldError::new(pointer, "at least one token is needed").into())
}

impl RefundTo {
    /// Checked, and sealed for the buyer: it lies in the vault until the refund has ended.
    async fn sealed(&self, app: &App, caller: &Caller) -> Result<SealedAccount, Problem> {
        let bank = bounded("/account/bank", &self.bank, BANK_CHARS_MAX)?;
        let number = AccountNumber::parse(&self.account_number)
            .map_err(|e| FieldError::new("/account/account_number", e))?;
        let holder = bounded("/account/holder_name", &self.holder_name, HOLDER_CHARS_MAX)?;
        let seal = async |field: &'static str, text: &str| {
            let sealed = app.keyring.seal(caller.user.0, REFUND_SEALED_FOR, field, text).await;
            sealed.or_fault("seal a bank account")
        };
        Ok(SealedAccount {
            bank: bank.to_owned(),
            account_number: seal("account_number", &number.digits()).await?,
            holder_name: seal("holder_name", holder).await?,
        })
    }
}

fn bounded<'a>(pointer: &str, text: &'a str, max: usize) -> Result<&'a str, Problem> {
    let text = text.trim();
    let fits = (1..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then_some(text).ok_or_else(|| {
        FieldError::new(pointer, format!("1 to {max} characters of one line are needed")).into()
    })
}
