//! Where an artist's earnings are paid to.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::artists::{AccountNumber, Bank, HolderName, SetPayoutAccount};
use domain::input::FieldError;
use domain::mail::Notice;
use projections::payouts as read;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::READS;
use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::auth::again;
use crate::extract::{AtLeast, Caller, MinPosition, OptionallyKeyed};
use crate::http::ClientAddress;
use crate::problem::{OrFault as _, Problem};

/// The event that carries it.
const SEALED_FOR: &str = "artist.payout_account_set";
/// The digits of an account number that are shown again.
const DIGITS_SHOWN: usize = 4;

/// A bank account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BankAccount {
    /// The bank, by the code or name transfers use.
    #[schema(min_length = 1, max_length = 40, example = "088")]
    bank: String,
    /// 6 to 20 digits, with hyphens or without.
    #[schema(min_length = 6, max_length = 30, pattern = "^[0-9-]+$", example = "110-123-456789")]
    account_number: String,
    /// Whose it is.
    #[schema(min_length = 1, max_length = 100, example = "Kim Mina")]
    holder_name: String,
    /// The caller's. An account without one must have been signed in to within ten minutes.
    password: Option<String>,
}

impl BankAccount {
    fn parse(&self) -> Result<(Bank, AccountNumber, HolderName), FieldError> {
        let bank = Bank::parse(&self.bank).map_err(|e| FieldError::new("/bank", e))?;
        let number = AccountNumber::parse(&self.account_number)
            .map_err(|e| FieldError::new("/account_number", e))?;
        let holder =
            HolderName::parse(&self.holder_name).map_err(|e| FieldError::new("/holder_name", e))?;
        Ok((bank, number, holder))
    }
}

/// A bank account as it is shown again.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutAccountBody {
    /// The bank.
    bank: String,
    /// The last digits of the account number.
    #[schema(example = "*6789")]
    account_number: String,
    /// Whose it is.
    holder_name: String,
    /// When it was last set.
    updated_at: DateTime<Utc>,
}

/// What is confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetAccount {
    /// The last digits of the account number.
    #[schema(example = "*6789")]
    account_number: String,
}

/// Say where payouts go that are asked for from now on; those asked for before go where they were to
/// go. A found access token alone does not do it, and a letter says that it was done.
#[utoipa::path(put, path = "/v1/artists/me/payout-account", tag = "payouts", operation_id = "set_payout_account",
    security(("bearer" = [])), request_body = BankAccount,
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Set", body = Positioned<SetAccount>),
        (status = 401, description = "invalid-credentials: the password"),
        (status = 403, description = "forbidden: only artists earn"),
        (status = 422, description = "validation-failed: also when an account with a password is changed without it"),
        (status = 429, description = "quota-exceeded: ten failures in ten minutes")))]
pub async fn set_payout_account(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    caller: Caller,
    OptionallyKeyed { key, body }: OptionallyKeyed<BankAccount>,
) -> Result<Answered<SetAccount>, Problem> {
    let (bank, number, holder) = body.parse()?;
    let artist = caller.user;
    again::authenticate(&app, &caller, from, body.password).await?;
    let seal = async |field: &'static str, text: &str| {
        let sealed = app.keyring.seal(artist.0, SEALED_FOR, field, text).await;
        sealed.or_fault("seal a bank account")
    };
    let account_number = seal("account_number", number.as_str()).await?;
    let holder_name = seal("holder_name", holder.as_str()).await?;
    let notice = app.notice(artist, Notice::PayoutAccountSet).await?;
    let decision = SetPayoutAccount { artist, bank, account_number, holder_name, notice };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| SetAccount { account_number: masked(number.as_str()) }))
}

/// Where the caller's earnings are paid to.
#[utoipa::path(get, path = "/v1/artists/me/payout-account", tag = "payouts", operation_id = "read_payout_account",
    params(MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "The account", body = PayoutAccountBody)))]
pub async fn read_payout_account(
    State(app): State<App>,
    caller: Caller,
    at_least: AtLeast,
) -> Result<Json<PayoutAccountBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let found =
        read::account_of(caller.reads(&app), caller.user.0).await.or_fault("read an account")?;
    let row = found.ok_or_else(|| Problem::not_found("payout account"))?;
    Ok(Json(PayoutAccountBody {
        bank: row.bank,
        account_number: masked(&row.account_number),
        holder_name: row.holder_name,
        updated_at: row.updated_at,
    }))
}

/// The last digits, enough to recognise it.
pub(super) fn masked(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let shown = digits.len().saturating_sub(DIGITS_SHOWN);
    format!("*{}", digits[shown..].iter().collect::<String>())
}
