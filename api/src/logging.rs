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
    let carriers = CARRIERS.iter().filter_map(|carrier| carrier.parse().ok());
    carriers.fold(EnvFilter::new(wanted), EnvFilter::add_directive)
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
        assert!(filter(None).to_string().contains("tower_http=warn"));
    }
}
