//! TLS to Postgres (SEC-04): only the server that proves to be the one of the URL is talked to.
//! The certificates in `fixtures/tls` are for `localhost`, by a CA of their own.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::error::Error;
use std::path::{Path, PathBuf};

use eventstore::database::{self, Purpose};
use eventstore::tls;
use eventstore_migrations::{Options, migrate_over};

use crate::support::postgres;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it/fixtures/tls").join(name)
}

/// Whether a connection by this URL is encrypted, or why there is none.
async fn is_encrypted(url: &str) -> Result<bool, String> {
    let pool = database::pool(url, Purpose::Query, 1).map_err(|error| chain(&error))?;
    let client = pool.get().await.map_err(|error| chain(&error))?;
    let asking = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    Ok(client.query_one(asking, &[]).await.unwrap().get(0))
}

fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}

#[tokio::test]
async fn only_the_server_that_proves_to_be_the_one_of_the_url_is_talked_to() {
    let mut server = postgres().await;
    server.certify(&file("server.pem"), &file("server.key"));
    let named = server.url().replace("127.0.0.1", "localhost");
    let with = |url: &str, mode: &str, ca: &str| {
        format!("{url}?sslmode={mode}&sslrootcert={}", file(ca).display())
    };
    for mode in ["verify-full", "verify-ca", "require", "prefer"] {
        assert_eq!(is_encrypted(&with(&named, mode, "ca.pem")).await, Ok(true), "{mode}");
    }
    for mode in ["verify-full", "require"] {
        let wrong_name = is_encrypted(&with(&server.url(), mode, "ca.pem")).await.unwrap_err();
        assert!(wrong_name.contains("not valid for name"), "{mode}: {wrong_name}");
        let stranger = is_encrypted(&with(&named, mode, "other.pem")).await.unwrap_err();
        assert!(stranger.contains("invalid peer certificate"), "{mode}: {stranger}");
        let blind = is_encrypted(&format!("{named}?sslmode={mode}")).await.unwrap_err();
        assert!(blind.contains("sslrootcert"), "{mode}: {blind}");
    }
    assert_eq!(is_encrypted(&named).await, Ok(false), "nobody asked for it");

    let (config, tls) = tls::endpoint(&with(&named, "verify-full", "ca.pem")).unwrap();
    let options = Options { throwaway: true, ..Options::default() };
    migrate_over(&config, tls, &options).await.unwrap();
}

#[tokio::test]
async fn a_server_without_tls_is_not_talked_to_in_the_clear_instead() {
    let server = postgres().await;
    let named = server.url().replace("127.0.0.1", "localhost");
    let url = format!("{named}?sslmode=verify-full&sslrootcert={}", file("ca.pem").display());
    let refused = is_encrypted(&url).await.unwrap_err();
    assert!(refused.contains("does not support TLS"), "{refused}");
}
