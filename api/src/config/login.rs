//! How people show who they are here: with a password, with which providers, and how letters leave.

use super::Source;

/// OWASP's least for argon2id: kibibytes of memory, passes, lanes (SEC-05).
pub const ARGON2_LEAST: Argon2 = Argon2 { memory_kib: 19_456, passes: 2, lanes: 1 };
/// Above this a hash would take a machine's memory.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
/// Above this nobody would wait.
const PASSES_MAX: u32 = 16;
/// Above this no machine has so many cores to spare.
const LANES_MAX: u32 = 16;

const GOOGLE_ISSUER_DEFAULT: &str = "https://accounts.google.com";
const DISCORD_URL_DEFAULT: &str = "https://discord.com";
/// Where the app takes people who come back from a provider.
const CALLBACK_PATH: &str = "/auth/callback";

/// See the module.
#[derive(Debug, Clone)]
pub struct LoginConfig {
    /// `FOLIO_PASSWORD_LOGIN`: whether people may sign up and in with a password (IAM-04).
    pub passwords: bool,
    /// `FOLIO_ARGON2_MEMORY_KIB`, `_PASSES`, `_LANES`: how hard passwords are hashed.
    pub argon2: Argon2,
    /// `FOLIO_APP_URL`: the web app, where links in letters lead.
    pub app_url: String,
    /// `FOLIO_OAUTH_REDIRECTS`: exactly these addresses of apps may people be sent back to.
    pub redirects: Vec<String>,
    /// How letters leave.
    pub mail: MailConfig,
    /// Google, if it is connected.
    pub google: Option<ProviderConfig>,
    /// Discord, if it is connected.
    pub discord: Option<ProviderConfig>,
}

/// How hard a password is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2 {
    /// Kibibytes of memory.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// How letters leave.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// `FOLIO_MAIL_URL`: `smtp://`, `smtps://`, `file:///folder` or `log:`.
    pub url: String,
    /// `FOLIO_MAIL_FROM`: whose letters they are.
    pub from: String,
    /// `FOLIO_SUPPORT_EMAIL`: whom people write to, if letters shall say so.
    pub support: Option<String>,
}

/// A provider that vouches for people.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// Where it is; the stand-in has another address.
    pub url: String,
    /// What it knows us by.
    pub client_id: String,
}

impl<F: Fn(&str) -> Option<String>> Source<'_, F> {
    pub(super) fn login(&mut self, public_url: &str) -> LoginConfig {
        let app_url = self.or("FOLIO_APP_URL", public_url).trim_end_matches('/').to_owned();
        let redirects = self.or("FOLIO_OAUTH_REDIRECTS", &format!("{app_url}{CALLBACK_PATH}"));
        LoginConfig {
            passwords: self.passwords(),
            argon2: self.argon2(),
            redirects: redirects.split(',').map(|one| one.trim().to_owned()).collect(),
            mail: MailConfig {
                url: self.or("FOLIO_MAIL_URL", "log:"),
                from: self.or("FOLIO_MAIL_FROM", "Folio <no-reply@folio.localhost>"),
                support: (self.variable)("FOLIO_SUPPORT_EMAIL"),
            },
            google: self.provider("GOOGLE", "ISSUER", GOOGLE_ISSUER_DEFAULT),
            discord: self.provider("DISCORD", "URL", DISCORD_URL_DEFAULT),
            app_url,
        }
    }

    fn passwords(&mut self) -> bool {
        match self.or("FOLIO_PASSWORD_LOGIN", "on").as_str() {
            "on" => true,
            "off" => false,
            other => {
                self.wrong.push(format!("  FOLIO_PASSWORD_LOGIN={other:?} is neither on nor off"));
                true
            }
        }
    }

    fn argon2(&mut self) -> Argon2 {
        let Argon2 { memory_kib, passes, lanes } = ARGON2_LEAST;
        Argon2 {
            memory_kib: self.at_least("FOLIO_ARGON2_MEMORY_KIB", memory_kib, MEMORY_KIB_MAX),
            passes: self.at_least("FOLIO_ARGON2_PASSES", passes, PASSES_MAX),
            lanes: self.at_least("FOLIO_ARGON2_LANES", lanes, LANES_MAX),
        }
    }

    /// A number within bounds; the least of them is the default.
    fn at_least(&mut self, name: &str, least: u32, most: u32) -> u32 {
        let text = self.or(name, &least.to_string());
        match text.parse() {
            Ok(value) if (least..=most).contains(&value) => value,
            _ => {
                self.wrong.push(format!("  {name}={text:?} is no number from {least} to {most}"));
                least
            }
        }
    }

    fn provider(&self, name: &str, place: &str, default: &str) -> Option<ProviderConfig> {
        let client_id = (self.variable)(&format!("FOLIO_{name}_CLIENT_ID"))?;
        let url = self.or(&format!("FOLIO_{name}_{place}"), default);
        Some(ProviderConfig { url: url.trim_end_matches('/').to_owned(), client_id })
    }
}
