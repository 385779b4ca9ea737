//! Admins keep the price list. Purchases that were begun keep their figures.

use axum::extract::State;
use domain::input::FieldError;
use domain::packages::{PackageCommand, PackageName, TokenPackage, UNIT_PRICE_DIGITS_MAX};
use domain::purchases::Package;
use domain::{Amount, One, PackageId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, NoBody, OptionallyKeyed, Path};
use crate::problem::Problem;

/// The longest text of a price, as long as the largest with all its digits.
const PRICE_CHARS_MAX: usize = 20;

/// What a package sells from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPackage {
    /// How many tokens.
    #[schema(minimum = 1, example = 150)]
    tokens: i64,
    /// Won per token, a decimal with four digits at most; times tokens it is whole won, 100 or more.
    #[schema(max_length = 20, example = "100")]
    unit_price: String,
}

/// What a package costs from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPrice {
    /// Won per token, a decimal with four digits at most; times tokens it is whole won, 100 or more.
    #[schema(max_length = 20, example = "90")]
    unit_price: String,
}

/// A package that changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedPackage {
    /// Which.
    #[schema(example = "tokens-150")]
    id: String,
}

/// Publish a package, also one that was retired. The figures of now again change nothing.
#[utoipa::path(put, path = "/v1/admin/packages/{name}", tag = "admin", operation_id = "publish_package",
    security(("bearer" = ["admin"])), request_body = NewPackage,
    params(("name" = String, Path, description = "For `package_id`, for example tokens-150"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Published", body = Positioned<ChangedPackage>),
        (status = 403, description = "forbidden: only admins set prices")))]
pub async fn publish_package(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    OptionallyKeyed { key, body }: OptionallyKeyed<NewPackage>,
) -> Result<Answered<ChangedPackage>, Problem> {
    let name = PackageName::parse(&name).map_err(|e| FieldError::new("/name", e))?;
    let tokens = Amount::new(body.tokens).map_err(|e| FieldError::new("/tokens", e))?;
    let unit_price = price(&body.unit_price)?;
    let package = Package { name: name.clone().into(), tokens, unit_price };
    let decision = of(&name, PackageCommand::Publish(package));
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| ChangedPackage { id: name.into() }))
}

/// Give a package another price, for purchases that begin from now on.
#[utoipa::path(patch, path = "/v1/admin/packages/{name}", tag = "admin", operation_id = "reprice_package",
    security(("bearer" = ["admin"])), request_body = NewPrice,
    params(("name" = String, Path, description = "For example tokens-150"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Repriced", body = Positioned<ChangedPackage>),
        (status = 403, description = "forbidden: only admins set prices"),
        (status = 409, description = "conflict: it is retired")))]
pub async fn reprice_package(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    OptionallyKeyed { key, body }: OptionallyKeyed<NewPrice>,
) -> Result<Answered<ChangedPackage>, Problem> {
    let (name, unit_price) = (known(&name)?, price(&body.unit_price)?);
    let command = PackageCommand::Reprice { package: name.clone(), unit_price };
    let done = app.execute(key, caller.metadata(&app), of(&name, command)).await?;
    Ok(done.ok(|()| ChangedPackage { id: name.into() }))
}

/// Take a package from sale, until it is published again. What was begun can still be paid.
#[utoipa::path(delete, path = "/v1/admin/packages/{name}", tag = "admin", operation_id = "retire_package",
    security(("bearer" = ["admin"])),
    params(("name" = String, Path, description = "For example tokens-150"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Retired", body = Positioned<ChangedPackage>),
        (status = 403, description = "forbidden: only admins set prices")))]
pub async fn retire_package(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<ChangedPackage>, Problem> {
    let name = known(&name)?;
    let decision = of(&name, PackageCommand::Retire { package: name.clone() });
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| ChangedPackage { id: name.into() }))
}

fn of(name: &PackageName, command: PackageCommand) -> One<TokenPackage> {
    One::of(PackageId::of(name.as_str()), command)
}

/// A name that a package may have; another names none.
fn known(name: &str) -> Result<PackageName, Problem> {
    PackageName::parse(name).map_err(|_| Problem::not_found("package"))
}

fn price(text: &str) -> Result<Decimal, FieldError> {
    let plain = |text: &&str| text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let short = Some(text).filter(|text| text.len() <= PRICE_CHARS_MAX).filter(plain);
    let price = short.and_then(|text| text.parse::<Decimal>().ok());
    let price = price.filter(|price| price.normalize().scale() <= UNIT_PRICE_DIGITS_MAX);
    price.ok_or_else(|| {
        let digits = UNIT_PRICE_DIGITS_MAX;
        FieldError::new("/unit_price", format!("a decimal with {digits} digits at most"))
    })
}
