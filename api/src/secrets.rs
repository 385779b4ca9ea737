//! The secrets: one file each in a folder only we may read. Without them nothing starts, and
//! nothing invents them but `folio secrets init`.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use aws_lc_rs::rand;
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a symmetric key.
const KEY_BYTES: usize = 32;
/// Only the owner reads and writes.
const MODE: u32 = 0o600;
/// Stands for Toss's secret key until the real one is put there; the stand-in accepts it.
const TOSS_SECRET_LOCAL: &str = "test_sk_local_stand_in_0000000000";

/// All secrets, in memory.
pub struct Secrets {
    /// Wraps persons' keys (base64, 32 bytes).
    pub master_key: String,
    /// Signs access tokens: Ed25519, PKCS#8 DER.
    pub token_key: Vec<u8>,
    /// Makes refresh tokens.
    pub session_key: Vec<u8>,
    /// Signs links, cursors and quotes.
    pub link_key: Vec<u8>,
    /// Hashes requests and e-mail addresses, so that neither can be guessed from the log.
    pub request_key: Vec<u8>,
    /// Toss's secret key, as text.
    pub toss_secret_key: String,
    /// For the mail server, if `FOLIO_MAIL_URL` names a user.
    pub smtp_password: Option<String>,
    /// Google's secret for our client, if Google is connected.
    pub google_client_secret: Option<String>,
    /// Discord's secret for our client, if Discord is connected.
    pub discord_client_secret: Option<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// Reads all of them.
    ///
    /// # Errors
    /// A file is missing, readable by others, or not what it should be; says which and what to do.
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            master_key: STANDARD.encode(symmetric(folder, "master-key")?),
            token_key: decoded(folder, "token-key")?,
            session_key: symmetric(folder, "session-key")?,
            link_key: symmetric(folder, "link-key")?,
            request_key: symmetric(folder, "request-key")?,
            toss_secret_key: text(folder, "toss-secret-key")?,
            smtp_password: optional(folder, "smtp-password")?,
            google_client_secret: optional(folder, "google-client-secret")?,
            discord_client_secret: optional(folder, "discord-client-secret")?,
        })
    }
}

/// Makes every secret that does not exist yet; touches none that does.
///
/// # Errors
/// The folder cannot be written.
pub fn init(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .with_context(|| format!("close the folder {}", folder.display()))?;
    for name in ["master-key", "session-key", "link-key", "request-key"] {
        put(folder, name, &STANDARD.encode(random()?))?;
    }
    let signing = Ed25519KeyPair::generate().context("draw the token key")?;
    let pkcs8 = signing.to_pkcs8v1().context("write the token key")?;
    put(folder, "token-key", &STANDARD.encode(pkcs8.as_ref()))?;
    put(folder, "toss-secret-key", TOSS_SECRET_LOCAL)
}

/// Fresh random bytes for a key or token.
///
/// # Errors
/// The system has no randomness to give.
pub fn random() -> anyhow::Result<[u8; KEY_BYTES]> {
    let mut bytes = [0; KEY_BYTES];
    rand::fill(&mut bytes).context("draw random bytes")?;
    Ok(bytes)
}

/// Writes a secret to a file only we may read; one that is there is kept.
///
/// # Errors
/// The file cannot be made.
pub fn keep(path: &Path, content: &str) -> anyhow::Result<()> {
    match fs::OpenOptions::new().write(true).create_new(true).mode(MODE).open(path) {
        Ok(mut file) => {
            file.write_all(content.as_bytes()).with_context(|| format!("write {}", path.display()))
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e).with_context(|| format!("create {}", path.display())),
    }
}

fn put(folder: &Path, name: &str, content: &str) -> anyhow::Result<()> {
    keep(&folder.join(name), content)
}

fn text(folder: &Path, name: &str) -> anyhow::Result<String> {
    read(&folder.join(name))
}

/// A secret that only some places have.
fn optional(folder: &Path, name: &str) -> anyhow::Result<Option<String>> {
    let path = folder.join(name);
    path.exists().then(|| read(&path)).transpose()
}

/// A secret from a file only we may read.
///
/// # Errors
/// It is missing, empty, or readable by others.
pub fn read(path: &Path) -> anyhow::Result<String> {
    let advice = || format!("read the secret {} (`folio secrets init` makes it)", path.display());
    let mode = fs::metadata(path).with_context(advice)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{} is readable by others (mode {:o}): chmod 600 it", path.display(), mode & 0o777);
    }
    let content = fs::read_to_string(path).with_context(advice)?;
    let content = content.trim().to_owned();
    ensure!(!content.is_empty(), "the secret {} is empty", path.display());
    Ok(content)
}

fn decoded(folder: &Path, name: &str) -> anyhow::Result<Vec<u8>> {
    STANDARD.decode(text(folder, name)?).with_context(|| format!("the secret {name} is no base64"))
}

fn symmetric(folder: &Path, name: &str) -> anyhow::Result<Vec<u8>> {
    let key = decoded(folder, name)?;
    ensure!(key.len() == KEY_BYTES, "the secret {name} must have {KEY_BYTES} bytes");
    Ok(key)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder =
            std::env::temp_dir().join(format!("folio-secrets-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn secrets_once_made_are_never_made_again() {
        let folder = folder("kept");
        init(&folder).unwrap();
        let first = Secrets::load(&folder).unwrap();
        init(&folder).unwrap();
        assert_eq!(first.request_key, Secrets::load(&folder).unwrap().request_key);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let folder = folder("open");
        init(&folder).unwrap();
        fs::set_permissions(folder.join("link-key"), fs::Permissions::from_mode(0o644)).unwrap();
        let error = Secrets::load(&folder).unwrap_err().to_string();
        assert!(error.contains("link-key") && error.contains("chmod 600"), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }
}
