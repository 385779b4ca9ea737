//! `GET /v1/token-packages`: what can be bought (PUR-01). The price list is configuration; a
//! purchase records the figures it was made with.

use axum::extract::State;
use domain::Amount;
use domain::purchases::{CURRENCY, Package};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::List;
use crate::problem::Problem;

/// Tokens of each package, and won per token.
const TOKENS: [i64; 3] = [50, 150, 500];
const WON_PER_TOKEN: i64 = 100;

/// The price list.
#[derive(Debug, Clone)]
pub struct Packages(Vec<(Package, i64)>);

/// A package of the price list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackageBody {
    /// For `package_id`.
    #[schema(example = "tokens-150")]
    id: String,
    /// How many tokens.
    #[schema(example = 150)]
    tokens: i64,
    /// Won per token, a decimal.
    #[schema(example = "100")]
    unit_price: String,
    /// Whole won to pay.
    #[schema(example = 15_000)]
    amount: i64,
    /// ISO 4217.
    #[schema(example = "KRW")]
    currency: &'static str,
}

impl Packages {
    /// The price list of the slice.
    ///
    /// # Errors
    /// A package that cannot be paid: a fault of ours, found at the start.
    pub fn standard() -> anyhow::Result<Self> {
        let package = |tokens: i64| {
            let package = Package {
                name: format!("tokens-{tokens}"),
                tokens: Amount::new(tokens)?,
                unit_price: Decimal::from(WON_PER_TOKEN),
            };
            let price = package.price()?;
            anyhow::Ok((package, price))
        };
        Ok(Self(TOKENS.into_iter().map(package).collect::<anyhow::Result<_>>()?))
    }

    /// The package of an id.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, id: &str) -> Result<Package, Problem> {
        let found = self.0.iter().find(|(package, _)| package.name == id);
        found
            .map(|(package, _)| package.clone())
            .ok_or_else(|| Problem::invalid("/package_id", "There is no such package."))
    }

    /// All of them, as they are shown.
    #[must_use]
    pub fn list(&self) -> Vec<PackageBody> {
        let body = |(package, price): &(Package, i64)| PackageBody {
            id: package.name.clone(),
            tokens: package.tokens.get(),
            unit_price: package.unit_price.normalize().to_string(),
            amount: *price,
            currency: CURRENCY,
        };
        self.0.iter().map(body).collect()
    }
}

/// What can be bought.
#[utoipa::path(get, path = "/v1/token-packages", tag = "purchases", operation_id = "list_token_packages",
    responses((status = 200, description = "The price list", body = List<PackageBody>)))]
pub async fn list_packages(State(app): State<App>) -> List<PackageBody> {
    List::whole(app.packages.list())
}
