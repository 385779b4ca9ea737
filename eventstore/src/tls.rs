//! TLS to Postgres (SEC-04). Who answers is verified against a CA that was given, by host name, or
//! there is no TLS: an encrypted line to nobody knows whom would only look safe.

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use crate::database::DatabaseError;

/// Why a URL's TLS parameters cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Encryption without knowing who is at the other end.
    #[error(
        "sslmode={0} without sslrootcert does not verify who answers: add \
         sslrootcert=<file of the CA>, then the certificate and the host name are verified"
    )]
    Unverified(String),
    /// A CA for a connection that is not to be encrypted.
    #[error("sslmode=disable and sslrootcert contradict each other: leave one of them out")]
    Contradiction,
    /// No mode of libpq's.
    #[error("there is no sslmode {0}: leave it out, or use disable or verify-full")]
    Mode(String),
    /// The CA's file.
    #[error("the CA's certificates in {0} cannot be read")]
    File(PathBuf, #[source] pem::Error),
    /// A certificate in it.
    #[error("{0} holds no CA certificate that can be used")]
    Certificate(PathBuf, #[source] Option<rustls::Error>),
    /// The library.
    #[error("TLS cannot be set up")]
    Library(#[from] rustls::Error),
}

/// How connections are made: in the clear, or verified.
#[derive(Clone, Default)]
pub struct Tls(Option<TlsConnector>);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Tls(verified)" } else { "Tls(none)" })
    }
}

/// Takes `sslmode` and `sslrootcert` out of a database URL, which the driver does not know in
/// libpq's meaning: the URL without them, and what they come to.
///
/// # Errors
/// [`TlsError`].
fn of_url(url: &str) -> Result<(String, SslMode, Tls), TlsError> {
    let (mut mode, mut root) = (None, None);
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let others = query.split('&').filter(|pair| match pair.split_once('=') {
        Some(("sslmode", value)) => {
            mode = Some(value.to_owned());
            false
        }
        Some(("sslrootcert", value)) => {
            root = Some(PathBuf::from(decoded(value)));
            false
        }
        _ => !pair.is_empty(),
    });
    let others = others.collect::<Vec<_>>().join("&");
    let url = if others.is_empty() { base.to_owned() } else { format!("{base}?{others}") };
    match (mode.as_deref(), root) {
        (None | Some("disable" | "allow" | "prefer"), None) => {
            Ok((url, SslMode::Disable, Tls::default()))
        }
        (Some("disable"), Some(_)) => Err(TlsError::Contradiction),
        (Some(mode @ ("require" | "verify-ca" | "verify-full")), None) => {
            Err(TlsError::Unverified(mode.to_owned()))
        }
        (None | Some("allow" | "prefer" | "require" | "verify-ca" | "verify-full"), Some(root)) => {
            Ok((url, SslMode::Require, Tls(Some(verified_by(root)?))))
        }
        (Some(other), _) => Err(TlsError::Mode(other.to_owned())),
    }
}

fn decoded(value: &str) -> String {
    percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned()
}

/// Trusts the CAs in a file, and nobody else.
fn verified_by(file: PathBuf) -> Result<TlsConnector, TlsError> {
    let mut roots = RootCertStore::empty();
    let unreadable = |error| TlsError::File(file.clone(), error);
    for certificate in CertificateDer::pem_file_iter(&file).map_err(unreadable)? {
        let added = roots.add(certificate.map_err(unreadable)?);
        added.map_err(|error| TlsError::Certificate(file.clone(), Some(error)))?;
    }
    if roots.is_empty() {
        return Err(TlsError::Certificate(file, None));
    }
    // The provider is named: with two in the tree none is the default.
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// How to connect to a URL, and with what: the two belong together, for one that is to be verified
/// does not connect in the clear.
///
/// # Errors
/// The URL is none, or its TLS parameters cannot be followed.
pub fn endpoint(url: &str) -> Result<(Config, Tls), DatabaseError> {
    let (url, mode, tls) = of_url(url)?;
    let mut config: Config = url.parse().map_err(DatabaseError::Url)?;
    config.ssl_mode(mode);
    Ok((config, tls))
}

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Verified<S>;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Handshake> {
        Ok(Handshake { connector: self.0.clone(), host: host.to_owned() })
    }
}

/// A handshake with a host that must prove to be it.
pub struct Handshake {
    connector: Option<TlsConnector>,
    host: String,
}

impl<S> TlsConnect<S> for Handshake
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Verified<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Verified<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let connector = self.connector.ok_or_else(|| io::Error::other("TLS has no CA"))?;
            let host = ServerName::try_from(self.host).map_err(io::Error::other)?;
            Ok(Verified(connector.connect(host, stream).await?))
        })
    }
}

/// A connection whose other end has proven who it is.
pub struct Verified<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Verified<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none() // The certificate and the name are verified instead.
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Verified<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Verified<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn an_encrypted_line_to_nobody_knows_whom_is_refused() {
        for mode in ["require", "verify-ca", "verify-full"] {
            let url = format!("postgres://api@db/folio?sslmode={mode}");
            assert!(matches!(of_url(&url), Err(TlsError::Unverified(_))), "{mode}");
        }
        let both = of_url("postgres://api@db/folio?sslmode=disable&sslrootcert=ca.pem");
        assert!(matches!(both, Err(TlsError::Contradiction)));
        assert!(matches!(of_url("postgres://db?sslmode=maybe"), Err(TlsError::Mode(_))));
        let missing = of_url("postgres://db?sslrootcert=%2Fno%2Fsuch.pem").unwrap_err();
        assert!(missing.to_string().contains("/no/such.pem"), "{missing}");
    }

    #[test]
    fn other_parameters_stay_in_the_url() {
        let plain = "postgres://api@db/folio?sslmode=disable&options=-c%20a%3Db&user=api";
        let (url, mode, _) = of_url(plain).unwrap();
        assert_eq!(url, "postgres://api@db/folio?options=-c%20a%3Db&user=api");
        assert_eq!(mode, SslMode::Disable);
        assert_eq!(of_url("postgres://db").unwrap().0, "postgres://db");
    }
}
