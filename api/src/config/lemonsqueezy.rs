//! Our shop at Lemon Squeezy: which store, in which mode, and what our plans are called there.

use domain::plans::{Cycle, Tier};
use domain::subscriptions::{Shop, Zone};

use super::Source;

/// Where it answers unless told otherwise (d2.1).
const URL_DEFAULT: &str = "https://api.lemonsqueezy.com";
/// How often it is looked whether a webhook was missed: an event is given up after some three
/// minutes (d2.2).
const POLL_SECONDS_DEFAULT: &str = "3600";

/// See the module.
#[derive(Debug, Clone)]
pub struct LemonSqueezyConfig {
    /// `FOLIO_LEMONSQUEEZY_URL`.
    pub url: String,
    /// `FOLIO_LEMONSQUEEZY_STORE`, `FOLIO_LEMONSQUEEZY_TEST_MODE` and `FOLIO_BILLING_ZONE`: without
    /// a store nothing is sold, and no delivery is believed.
    pub shop: Option<Shop>,
    /// `FOLIO_LEMONSQUEEZY_VARIANTS`: `starter:monthly=111,starter:yearly=121,…`
    pub variants: Vec<VariantName>,
    /// `FOLIO_LEMONSQUEEZY_POLL_SECONDS`.
    pub poll_seconds: u32,
}

/// What a plan is called at Lemon Squeezy, if it is paid so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VariantName {
    /// Which plan.
    pub plan: Tier,
    /// Paid how often.
    pub cycle: Cycle,
    /// `variant_id`.
    pub variant: u64,
}

impl<F: Fn(&str) -> Option<String>> Source<'_, F> {
    pub(super) fn lemonsqueezy(&mut self) -> LemonSqueezyConfig {
        LemonSqueezyConfig {
            url: self.or("FOLIO_LEMONSQUEEZY_URL", URL_DEFAULT),
            shop: self.shop(),
            variants: self.variants(),
            poll_seconds: self.parsed("FOLIO_LEMONSQUEEZY_POLL_SECONDS", POLL_SECONDS_DEFAULT),
        }
    }

    fn shop(&mut self) -> Option<Shop> {
        (self.variable)("FOLIO_LEMONSQUEEZY_STORE")?;
        let store = self.parsed("FOLIO_LEMONSQUEEZY_STORE", "0");
        let test_mode =
            self.choice("FOLIO_LEMONSQUEEZY_TEST_MODE", &[("off", false), ("on", true)]);
        let zones = [("UTC", Zone::Utc), ("Asia/Seoul", Zone::Seoul)];
        let zone = self.choice("FOLIO_BILLING_ZONE", &zones);
        Some(Shop { store, test_mode, zone })
    }

    /// The first of the choices unless told otherwise.
    fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> T {
        let word = self.or(name, choices[0].0);
        let chosen = choices.iter().find(|(choice, _)| *choice == word);
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
            self.wrong.push(format!("  {name}={word:?} is none of {words:?}"));
        }
        chosen.unwrap_or(&choices[0]).1
    }

    fn variants(&mut self) -> Vec<VariantName> {
        let text = self.or("FOLIO_LEMONSQUEEZY_VARIANTS", "");
        let mut names = Vec::new();
        for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            match variant(one) {
                Some(name) => names.push(name),
                None => self.wrong.push(format!(
                    "  FOLIO_LEMONSQUEEZY_VARIANTS: {one:?} is not like starter:monthly=111"
                )),
            }
        }
        names
    }
}

fn variant(text: &str) -> Option<VariantName> {
    let (what, variant) = text.split_once('=')?;
    let (plan, cycle) = what.split_once(':')?;
    Some(VariantName {
        plan: Tier::parse(plan)?,
        cycle: Cycle::parse(cycle)?,
        variant: variant.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (LemonSqueezyConfig, Vec<String>) {
        let variable = |name: &str| {
            variables.iter().find(|(set, _)| *set == name).map(|(_, to)| (*to).to_owned())
        };
        let mut source = Source { variable: &variable, wrong: Vec::new() };
        let config = source.lemonsqueezy();
        (config, source.wrong)
    }

    #[test]
    fn without_a_store_nothing_is_connected() {
        let (config, wrong) = read(&[]);
        assert!(config.shop.is_none() && config.variants.is_empty() && wrong.is_empty());
    }

    #[test]
    fn a_store_has_a_mode_a_calendar_and_names_for_our_plans() {
        let (config, wrong) = read(&[
            ("FOLIO_LEMONSQUEEZY_STORE", "7"),
            ("FOLIO_LEMONSQUEEZY_TEST_MODE", "on"),
            ("FOLIO_BILLING_ZONE", "Asia/Seoul"),
            ("FOLIO_LEMONSQUEEZY_VARIANTS", "starter:monthly=111, pro:yearly=122"),
        ]);
        assert_eq!(wrong, [""; 0]);
        assert_eq!(config.shop, Some(Shop { store: 7, test_mode: true, zone: Zone::Seoul }));
        let pro = VariantName { plan: Tier::Pro, cycle: Cycle::Yearly, variant: 122 };
        assert_eq!(config.variants[1], pro);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let (_, wrong) = read(&[
            ("FOLIO_LEMONSQUEEZY_STORE", "seven"),
            ("FOLIO_LEMONSQUEEZY_TEST_MODE", "maybe"),
            ("FOLIO_LEMONSQUEEZY_VARIANTS", "starter=111,gold:monthly=1"),
        ]);
        assert_eq!(wrong.len(), 4, "{wrong:?}");
    }
}
