//! What the process is told from outside, read once and checked whole: all that is missing is named
//! at once, with what to do about it.

mod lemonsqueezy;
mod limits;
mod login;
mod wallets;

pub use lemonsqueezy::{LemonSqueezyConfig, VariantName};
pub use limits::{LimitsConfig, Origins, Proxies, ProxyHeader, Quota};
pub use login::{ARGON2_LEAST, Argon2, LoginConfig, MailConfig, ProviderConfig};
pub use wallets::WalletFigures;

use std::net::SocketAddr;
use std::path::PathBuf;

use domain::Amount;
use domain::payouts::Terms;
use rust_decimal::Decimal;

/// Where it listens unless told otherwise.
const ADDR_DEFAULT: &str = "127.0.0.1:8080";
/// Where Toss answers unless told otherwise (d1.1).
const TOSS_URL_DEFAULT: &str = "https://api.tosspayments.com";
/// The fee is a share: at most the whole.
const BASIS_POINTS_MAX: u32 = 10_000;

/// Everything from the environment; secrets are files ([`crate::secrets`]).
#[derive(Debug, Clone)]
pub struct Config {
    /// `FOLIO_ADDR`: where HTTP listens.
    pub addr: SocketAddr,
    /// `FOLIO_PUBLIC_URL`: how clients reach us, for links and problem types.
    pub public_url: String,
    /// One connection per database role (SEC-03).
    pub database: Databases,
    /// `NATS_URL`; without it everything works by polling.
    pub nats_url: Option<String>,
    /// `FOLIO_SECRETS`: the folder of secret files.
    pub secrets: PathBuf,
    /// `FOLIO_OBJECTS`: the folder of the object store.
    pub objects: PathBuf,
    /// The payment provider.
    pub toss: TossConfig,
    /// Where plans are sold.
    pub lemonsqueezy: LemonSqueezyConfig,
    /// How people show who they are.
    pub login: LoginConfig,
    /// How much one client may take.
    pub limits: LimitsConfig,
    /// Figures of the business, recorded in the events they shape.
    pub figures: Figures,
}

/// Connections by role; only `migrate` works as the migrator. URLs may hold passwords.
#[derive(Clone)]
pub struct Databases {
    /// `DATABASE_URL`: owns the schema.
    pub migrator: String,
    /// `FOLIO_WRITER_URL`: may append.
    pub writer: String,
    /// `FOLIO_PROJECTOR_URL`: writes read tables.
    pub projector: String,
    /// `FOLIO_API_URL`: reads them.
    pub api: String,
}

impl std::fmt::Debug for Databases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Databases(…)")
    }
}

/// Where Toss is and what browsers may know.
#[derive(Debug, Clone)]
pub struct TossConfig {
    /// `FOLIO_TOSS_URL`.
    pub url: String,
    /// `FOLIO_TOSS_CLIENT_KEY`: public, for the browser's payment window.
    pub client_key: String,
    /// `FOLIO_TOSS_TEST_CODE`: the error that calls with a test key are to fail with.
    pub test_code: Option<String>,
}

/// Figures of the business.
#[derive(Debug, Clone)]
pub struct Figures {
    /// `FOLIO_WELCOME_TOKENS`: the welcome grant (P1).
    pub welcome: Amount,
    /// `FOLIO_FEE_BASIS_POINTS`: the platform's share of an artist's line.
    pub fee_basis_points: u32,
    /// What earnings are worth when they are paid out (P8).
    pub payout: Terms,
    /// `FOLIO_REFUND_APPROVAL_WON`: from this many won on, somebody has to approve a refund.
    pub refund_approval_from: i64,
    /// Of wallets.
    pub wallets: WalletFigures,
}

/// Why the process does not start.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is not complete:\n{}", .0.join("\n"))]
pub struct ConfigError(Vec<String>);

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Every variable that is missing or wrong, each with what to do.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// Reads variables from anywhere.
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut source = Source { variable: &variable, wrong: Vec::new() };
        let addr = source.parsed("FOLIO_ADDR", ADDR_DEFAULT);
        let database = source.databases();
        let public_url = source.or("FOLIO_PUBLIC_URL", &format!("http://{addr}"));
        let config = Self {
            addr,
            login: source.login(&public_url),
            public_url,
            database,
            nats_url: variable("NATS_URL"),
            secrets: source.required("FOLIO_SECRETS", "run `folio secrets init`").into(),
            objects: source.required("FOLIO_OBJECTS", "name a folder for pictures").into(),
            toss: TossConfig {
                url: source.or("FOLIO_TOSS_URL", TOSS_URL_DEFAULT),
                client_key: source
                    .required("FOLIO_TOSS_CLIENT_KEY", "Toss's developer centre has it"),
                test_code: variable("FOLIO_TOSS_TEST_CODE"),
            },
            lemonsqueezy: source.lemonsqueezy(),
            limits: source.limits(),
            figures: source.figures(),
        };
        if source.wrong.is_empty() { Ok(config) } else { Err(ConfigError(source.wrong)) }
    }
}

impl Databases {
    /// Reads the environment, for what needs nothing but the database.
    ///
    /// # Errors
    /// Every URL that is missing, with what to do.
    pub fn from_env() -> Result<Self, ConfigError> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let mut source = Source { variable: &variable, wrong: Vec::new() };
        let databases = source.databases();
        if source.wrong.is_empty() { Ok(databases) } else { Err(ConfigError(source.wrong)) }
    }
}

struct Source<'a, F> {
    variable: &'a F,
    wrong: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Source<'_, F> {
    fn or(&self, name: &str, default: &str) -> String {
        (self.variable)(name).unwrap_or_else(|| default.to_owned())
    }

    fn required(&mut self, name: &str, advice: &str) -> String {
        (self.variable)(name).unwrap_or_else(|| {
            self.wrong.push(format!("  {name} is not set: {advice}"));
            String::new()
        })
    }

    /// The value, or the default with the complaint noted.
    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
        &mut self,
        name: &str,
        default: &'static str,
    ) -> T {
        let text = self.or(name, default);
        match text.parse() {
            Ok(value) => value,
            Err(e) => {
                self.wrong.push(format!("  {name}={text:?} does not parse: {e}"));
                match default.parse() {
                    Ok(value) => value,
                    Err(e) => unreachable!("the default of {name} parses: {e}"),
                }
            }
        }
    }

    fn figures(&mut self) -> Figures {
        let welcome: i64 = self.parsed("FOLIO_WELCOME_TOKENS", "100");
        let fee_basis_points: u32 = self.parsed("FOLIO_FEE_BASIS_POINTS", "1000");
        if fee_basis_points > BASIS_POINTS_MAX {
            self.wrong.push(format!("  FOLIO_FEE_BASIS_POINTS is above {BASIS_POINTS_MAX}"));
        }
        let welcome = Amount::new(welcome).unwrap_or_else(|e| {
            self.wrong.push(format!("  FOLIO_WELCOME_TOKENS: {e}"));
            Amount::ZERO
        });
        let refund_approval_from = self.parsed("FOLIO_REFUND_APPROVAL_WON", "100000");
        let (payout, wallets) = (self.payout(), self.wallets());
        Figures { welcome, fee_basis_points, payout, refund_approval_from, wallets }
    }

    /// `FOLIO_PAYOUT_MINIMUM`, `FOLIO_PAYOUT_UNIT_PRICE` in won, and
    /// `FOLIO_PAYOUT_WITHHOLDING_BASIS_POINTS`: 3.3 % for individuals in Korea.
    fn payout(&mut self) -> Terms {
        let minimum: i64 = self.parsed("FOLIO_PAYOUT_MINIMUM", "1000");
        let unit_price: Decimal = self.parsed("FOLIO_PAYOUT_UNIT_PRICE", "100");
        let withholding: u32 = self.parsed("FOLIO_PAYOUT_WITHHOLDING_BASIS_POINTS", "330");
        if withholding > BASIS_POINTS_MAX {
            let name = "FOLIO_PAYOUT_WITHHOLDING_BASIS_POINTS";
            self.wrong.push(format!("  {name} is above {BASIS_POINTS_MAX}"));
        }
        if unit_price <= Decimal::ZERO {
            self.wrong.push("  FOLIO_PAYOUT_UNIT_PRICE is not above zero".to_owned());
        }
        let minimum = Amount::new(minimum).unwrap_or_else(|e| {
            self.wrong.push(format!("  FOLIO_PAYOUT_MINIMUM: {e}"));
            Amount::ZERO
        });
        Terms { minimum, unit_price, withholding_basis_points: withholding }
    }

    fn databases(&mut self) -> Databases {
        let migrator = self.required("DATABASE_URL", "the migrator's connection");
        Databases {
            writer: self.role("FOLIO_WRITER_URL", "es_writer", &migrator),
            projector: self.role("FOLIO_PROJECTOR_URL", "projector", &migrator),
            api: self.role("FOLIO_API_URL", "api", &migrator),
            migrator,
        }
    }

    /// A role's own connection; derived from the migrator's only where no password is asked for,
    /// since another role would need another one. Complaints never repeat a URL: it may hold one.
    fn role(&mut self, name: &str, user: &str, migrator: &str) -> String {
        if let Some(url) = (self.variable)(name) {
            return url;
        }
        if migrator.is_empty() {
            return String::new(); // Already complained about.
        }
        match as_user(migrator, user) {
            Some(url) => url,
            None => {
                self.wrong.push(format!(
                    "  {name} is not set, and DATABASE_URL has a password or is no postgres:// URL: \
                     give the role {user:?} a URL of its own"
                ));
                String::new()
            }
        }
    }
}

/// The same database as another user, if that needs no password.
fn as_user(url: &str, user: &str) -> Option<String> {
    let mut url: reqwest::Url = url.parse().ok()?;
    let has_password =
        url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password");
    if has_password || !matches!(url.scheme(), "postgres" | "postgresql") {
        return None;
    }
    if url.set_username(user).is_err() {
        // Without a host (a Unix socket) the user stands among the parameters.
        let others: Vec<_> =
            url.query_pairs().into_owned().filter(|(name, _)| name != "user").collect();
        url.query_pairs_mut().clear().extend_pairs(others).append_pair("user", user);
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables: Vec<(String, String)> =
            variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Config::read(|name| variables.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()))
    }

    const COMPLETE: &[(&str, &str)] = &[
        ("DATABASE_URL", "postgres://owner@localhost/folio"),
        ("FOLIO_SECRETS", "s"),
        ("FOLIO_OBJECTS", "o"),
        ("FOLIO_TOSS_CLIENT_KEY", "test_ck"),
    ];

    #[test]
    fn everything_missing_is_named_at_once() {
        let Err(e) = read(&[]) else { panic!("an empty environment was accepted") };
        let text = e.to_string();
        for name in ["DATABASE_URL", "FOLIO_SECRETS", "FOLIO_OBJECTS", "FOLIO_TOSS_CLIENT_KEY"] {
            assert!(text.contains(name), "{name} is not named in {text}");
        }
    }

    #[test]
    fn each_role_connects_as_itself_where_no_password_is_needed() {
        let config = read(COMPLETE).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(config.database.writer, "postgres://es_writer@localhost/folio");
        assert_eq!(config.database.migrator, "postgres://owner@localhost/folio");
        let socket = as_user("postgres:///folio?host=/run/pg&user=owner", "api");
        assert_eq!(socket.as_deref(), Some("postgres:///folio?host=%2Frun%2Fpg&user=api"));
    }

    #[test]
    fn a_password_is_never_reused_for_another_role() {
        let mut variables = COMPLETE.to_vec();
        variables[0] = ("DATABASE_URL", "postgres://owner:secret@localhost/folio");
        let Err(e) = read(&variables) else { panic!("a password was reused") };
        assert!(e.to_string().contains("FOLIO_WRITER_URL"));
        assert!(!e.to_string().contains("secret"));
    }
}
