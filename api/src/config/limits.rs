//! How much of the service one client may take, and whose word about clients is believed.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use axum::http::HeaderValue;
use domain::plans::Tier;
use ipnet::IpNet;

use super::Source;

/// See the module.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// `FOLIO_LIMIT_API`: requests of nobody in particular, by address (QUE-06).
    pub api: Quota,
    /// `FOLIO_LIMIT_USER`: requests of a person.
    pub user: Quota,
    /// `FOLIO_LIMIT_KEY`: requests with one API key, which also count for its person.
    pub key: Quota,
    /// `FOLIO_LIMIT_TIERS`: what people may do of all that, by what they pay for.
    pub tiers: Tiers,
    /// `FOLIO_LIMIT_WORKER`: requests of a GPU worker.
    pub worker: Quota,
    /// `FOLIO_LIMIT_GENERATION`: pictures a person asks for (QUE-06).
    pub generation: Quota,
    /// `FOLIO_LIMIT_FILE`: uses of signed links, by address: a page shows many pictures.
    pub file: Quota,
    /// `FOLIO_LIMIT_WEBHOOK`: deliveries of providers, by address.
    pub webhook: Quota,
    /// `FOLIO_LIMIT_LEGACY_HEADERS`: whether answers also have `X-RateLimit-…`.
    pub legacy_headers: bool,
    /// `FOLIO_PROXIES`: whose word about the client's address is believed.
    pub proxies: Proxies,
    /// `FOLIO_PROXY_HEADER`: in which header they say it.
    pub proxy_header: ProxyHeader,
    /// `FOLIO_CORS_ORIGINS`: web apps whose scripts may ask us, with credentials.
    pub origins: Origins,
    /// `FOLIO_CONNECTIONS_MAX`: open at once.
    pub connections: usize,
    /// `FOLIO_CONNECTIONS_PER_ADDRESS_MAX`: of those, from one address; a proxy has as many as it
    /// wants.
    pub connections_per_address: usize,
    /// `FOLIO_HEAD_SECONDS`: how long the head of a request may take.
    pub head: Duration,
    /// `FOLIO_IDLE_SECONDS`: how long nothing may come or go. Above the longest wait for an answer.
    pub idle: Duration,
}

/// So many in any stretch of time of this length; `off` counts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota(pub Option<(u32, Duration)>);

/// The most of one window: each is remembered by its time.
const QUOTA_MAX: u32 = 10_000;
/// The longest window.
const WINDOW_SECONDS_MAX: u64 = 24 * 3_600;

impl FromStr for Quota {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let advice = || {
            format!(
                "write `off`, or a number up to {QUOTA_MAX} and a window up to \
                 {WINDOW_SECONDS_MAX} seconds: 100/60"
            )
        };
        let (quota, seconds) = text.split_once('/').ok_or_else(advice)?;
        match (quota.parse(), seconds.parse()) {
            (Ok(quota @ 1..=QUOTA_MAX), Ok(seconds @ 1..=WINDOW_SECONDS_MAX)) => {
                Ok(Self(Some((quota, Duration::from_secs(seconds)))))
            }
            _ => Err(advice()),
        }
    }
}

/// What people of each tier may do of a quota, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiers([u32; 5]);

/// As the lanes of the queue weigh the tiers (QUE-01): 10, 25, 50, 75, 100.
const TIERS_DEFAULT: &str = "free=100,starter=250,pro=500,studio=750,enterprise=1000";
/// Tiers by name, in the order of [`Tiers`].
const TIER_NAMES: [&str; 5] = ["free", "starter", "pro", "studio", "enterprise"];
/// The most of one tier: a hundred times what a quota says.
const PERCENT_MAX: u32 = 10_000;

impl Tiers {
    /// What people of a tier may do of a quota.
    #[must_use]
    pub const fn percent(self, tier: Tier) -> u32 {
        let [free, starter, pro, studio, enterprise] = self.0;
        match tier {
            Tier::Free => free,
            Tier::Starter => starter,
            Tier::Pro => pro,
            Tier::Studio => studio,
            Tier::Enterprise => enterprise,
        }
    }
}

impl FromStr for Tiers {
    type Err = String;

    /// All five by name, in any order.
    fn from_str(text: &str) -> Result<Self, String> {
        let advice = || format!("name all five, each from 1 to {PERCENT_MAX}: {TIERS_DEFAULT}");
        let mut percents = [0; TIER_NAMES.len()];
        for pair in listed(text) {
            let (name, percent) = pair.split_once('=').ok_or_else(advice)?;
            let tier = TIER_NAMES.iter().position(|known| *known == name).ok_or_else(advice)?;
            percents[tier] = percent.parse().map_err(|_| advice())?;
        }
        let fits = percents.iter().all(|percent| (1..=PERCENT_MAX).contains(percent));
        if fits { Ok(Self(percents)) } else { Err(advice()) }
    }
}

/// Networks of our own proxies.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Whether this is one of them.
    #[must_use]
    pub fn include(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

impl FromStr for Proxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let net = |text: &str| {
            let address = || text.parse::<IpAddr>().map(IpNet::from);
            text.parse().or_else(|_| address()).map_err(|_| format!("{text:?} is no network"))
        };
        listed(text).map(net).collect::<Result<_, _>>().map(Self)
    }
}

/// The header in which proxies say for whom they ask. Only one is read: what a proxy does not write
/// it passes on from the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl FromStr for ProxyHeader {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "x-forwarded-for" => Ok(Self::XForwardedFor),
            "forwarded" => Ok(Self::Forwarded),
            _ => Err("write x-forwarded-for or forwarded"),
        }
    }
}

/// Origins of web apps.
#[derive(Debug, Clone, Default)]
pub struct Origins(pub Vec<HeaderValue>);

impl FromStr for Origins {
    type Err = String;

    /// `*` is refused: with credentials, every page of the web could act as its visitor.
    fn from_str(text: &str) -> Result<Self, String> {
        let origin = |text: &str| {
            let url = reqwest::Url::parse(text).ok();
            let is_origin = url.is_some_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.origin().ascii_serialization() == text
            });
            let value = HeaderValue::from_str(text).ok().filter(|_| is_origin);
            value.ok_or_else(|| format!("{text:?} is no origin such as https://app.example"))
        };
        listed(text).map(origin).collect::<Result<_, _>>().map(Self)
    }
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty())
}

impl<F: Fn(&str) -> Option<String>> Source<'_, F> {
    pub(super) fn limits(&mut self) -> LimitsConfig {
        let seconds = |source: &mut Self, name, default| {
            Duration::from_secs(source.parsed::<std::num::NonZeroU32>(name, default).get().into())
        };
        let all_off = self.or("FOLIO_LIMITS", "on") == "off";
        let mut quota = |name, default| {
            let quota: Quota = self.parsed(name, default);
            if all_off { Quota(None) } else { quota }
        };
        LimitsConfig {
            api: quota("FOLIO_LIMIT_API", "100/60"),
            user: quota("FOLIO_LIMIT_USER", "1200/60"),
            key: quota("FOLIO_LIMIT_KEY", "600/60"),
            worker: quota("FOLIO_LIMIT_WORKER", "6000/60"),
            generation: quota("FOLIO_LIMIT_GENERATION", "10/600"),
            file: quota("FOLIO_LIMIT_FILE", "1200/60"),
            webhook: quota("FOLIO_LIMIT_WEBHOOK", "600/60"),
            tiers: self.parsed("FOLIO_LIMIT_TIERS", TIERS_DEFAULT),
            legacy_headers: self.parsed("FOLIO_LIMIT_LEGACY_HEADERS", "false"),
            proxies: self.parsed("FOLIO_PROXIES", ""),
            proxy_header: self.parsed("FOLIO_PROXY_HEADER", "x-forwarded-for"),
            origins: self.parsed("FOLIO_CORS_ORIGINS", ""),
            connections: self
                .parsed::<std::num::NonZeroU16>("FOLIO_CONNECTIONS_MAX", "4096")
                .get()
                .into(),
            connections_per_address: self
                .parsed::<std::num::NonZeroU16>("FOLIO_CONNECTIONS_PER_ADDRESS_MAX", "512")
                .get()
                .into(),
            head: seconds(self, "FOLIO_HEAD_SECONDS", "20"),
            idle: seconds(self, "FOLIO_IDLE_SECONDS", "75"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_has_a_number_and_a_window_or_is_off() {
        assert_eq!("10/600".parse(), Ok(Quota(Some((10, Duration::from_secs(600))))));
        assert_eq!("off".parse(), Ok(Quota(None)));
        for wrong in ["", "10", "0/60", "10/0", "-1/60", "10/60s", "10001/60", "1/86401"] {
            assert!(wrong.parse::<Quota>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_tier_has_its_share_and_a_smaller_one_never_more() {
        let tiers: Tiers = TIERS_DEFAULT.parse().unwrap_or(Tiers([0; 5]));
        let all = [Tier::Free, Tier::Starter, Tier::Pro, Tier::Studio, Tier::Enterprise];
        assert_eq!(all.map(|tier| tiers.percent(tier)), [100, 250, 500, 750, 1000]);
        for wrong in ["", "free=100", "free=0,starter=1,pro=1,studio=1,enterprise=1", "gold=1"] {
            assert!(wrong.parse::<Tiers>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_explicit_origins_may_ask_with_credentials() {
        assert!("https://app.example, http://localhost:3000".parse::<Origins>().is_ok());
        for wrong in ["*", "null", "https://app.example/", "app.example", "ftp://app.example"] {
            assert!(wrong.parse::<Origins>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn proxies_are_networks_or_single_addresses() {
        let proxies: Proxies = "10.0.0.0/8, 192.0.2.1,fd00::/8".parse().unwrap_or_default();
        let include = |text: &str| text.parse().is_ok_and(|address| proxies.include(address));
        assert!(include("10.1.2.3") && include("192.0.2.1") && include("fd00::1"));
        assert!(!include("192.0.2.2") && !include("::1"));
        assert!("10.0.0.0/33".parse::<Proxies>().is_err());
    }
}
