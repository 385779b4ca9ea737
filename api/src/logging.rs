//! What is logged (docs/logging.md).

use tracing_subscriber::EnvFilter;

/// What is logged unless `RUST_LOG` says otherwise.
const DEFAULT: &str = "info,tower_http=warn";
/// Libraries that would write what passes through them: messages, statements with their parameters,
/// proofs of login. Nobody asks for that by `RUST_LOG=trace`, so they stay at `info`.
const CARRIERS: [&str; 9] = [
    "async_nats=info",
    "tokio_postgres=info",
    "lettre=info",
    "reqwest=info",
    "hyper=info",
    "hyper_util=info",
    "h2=info",
    "rustls=info",
    "object_store=info",
];

/// What `RUST_LOG` wants, as far as no line can then hold what is sealed elsewhere.
#[must_use]
pub fn filter(wanted: Option<&str>) -> EnvFilter {
    let wanted = wanted.filter(|wanted| !wanted.trim().is_empty()).unwrap_or(DEFAULT);
    let allowed: Vec<_> = wanted.split(',').filter(|directive| !is_finer(directive)).collect();
    let carriers = CARRIERS.iter().filter_map(|carrier| carrier.parse().ok());
    carriers.fold(EnvFilter::new(allowed.join(",")), EnvFilter::add_directive)
}

/// Whether it would win over a carrier's: it names a part of one, or spans of whomever.
fn is_finer(directive: &str) -> bool {
    let directive = directive.trim();
    let is_part = |carrier: &&'static str| {
        let name = carrier.split('=').next().unwrap_or_default();
        let rest = directive.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with("::") || rest.starts_with('['))
    };
    directive.starts_with('[') || CARRIERS.iter().any(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_carries_words_of_people_is_never_asked_for_details() {
        for wanted in ["trace", "async_nats=trace,tokio_postgres=debug", "api=debug"] {
            let filter = filter(Some(wanted)).to_string();
            let directives: Vec<&str> = filter.split(',').collect();
            for carrier in CARRIERS {
                let name = carrier.split('=').next().unwrap_or_default();
                let of_it: Vec<_> = directives
                    .iter()
                    .filter(|directive| directive.split('=').next() == Some(name))
                    .collect();
                assert_eq!(of_it, [&carrier], "{wanted}: {filter}");
            }
        }
        let finer =
            "info,tokio_postgres::query=trace, hyper::proto=trace,h2[frame]=trace,[x]=trace";
        let filter = filter(Some(finer)).to_string();
        assert!(!filter.contains("trace") && filter.contains("info"), "{filter}");
    }

    #[test]
    fn what_is_not_asked_for_is_as_ever() {
        assert!(filter(None).to_string().contains("tower_http=warn"));
    }
}
