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
use eventstore::seal::MasterKey;

use crate::objects::hex;

/// Bytes of a symmetric key.
const KEY_BYTES: usize = 32;
/// The secret that wraps persons' keys.
const MASTER_KEY: &str = "master-key";
/// Only the owner reads and writes.
const MODE: u32 = 0o600;
/// The keys of access tokens.
const CURRENT: &str = "token-key";
const NEXT: &str = "token-key-next";
const PREVIOUS: &str = "token-key-previous";
/// Stands for Toss's secret key until the real one is put there; the stand-in accepts it.
const TOSS_SECRET_LOCAL: &str = "test_sk_local_stand_in_0000000000";
/// The same for Lemon Squeezy.
const LEMONSQUEEZY_KEY_LOCAL: &str = "local_stand_in";
/// What deliveries of Lemon Squeezy are signed with; drawn, for whoever knows it can sell plans.
const LEMONSQUEEZY_WEBHOOKS: &str = "lemonsqueezy-webhook-secrets";
/// Lemon Squeezy takes at most 40 characters: this many bytes in hex.
const WEBHOOK_SECRET_BYTES: usize = 20;

/// All secrets, in memory.
pub struct Secrets {
    /// Wraps persons' keys: base64, 32 bytes, one a line, the newest first.
    pub master_key: String,
    /// Sign access tokens.
    pub token_keys: TokenKeys,
    /// Makes refresh tokens.
    pub session_key: Vec<u8>,
    /// Signs links, cursors and quotes.
    pub link_key: Vec<u8>,
    /// Hashes requests and e-mail addresses, so that neither can be guessed from the log.
    pub request_key: Vec<u8>,
    /// Toss's secret key, as text.
    pub toss_secret_key: String,
    /// Lemon Squeezy's API key, as text.
    pub lemonsqueezy_api_key: String,
    /// What its deliveries are signed with: text, one a line, in any order.
    pub lemonsqueezy_webhook_secrets: String,
    /// Toss's security key, which checks deliveries about payouts, if it has been put there.
    pub toss_security_key: Option<String>,
    /// For the mail server, if `FOLIO_MAIL_URL` names a user.
    pub smtp_password: Option<String>,
    /// Google's secret for our client, if Google is connected.
    pub google_client_secret: Option<String>,
    /// Discord's secret for our client, if Discord is connected.
    pub discord_client_secret: Option<String>,
}

/// The keys of access tokens: Ed25519, PKCS#8 DER.
pub struct TokenKeys {
    /// Signs.
    pub current: Vec<u8>,
    /// Will sign after the next rotation; published already, so that whoever verifies knows it.
    pub next: Vec<u8>,
    /// Signed before the last rotation.
    pub previous: Option<Vec<u8>>,
}

impl TokenKeys {
    fn load(folder: &Path) -> anyhow::Result<Self> {
        let previous = folder.join(PREVIOUS).exists().then(|| decoded(folder, PREVIOUS));
        Ok(Self {
            current: decoded(folder, CURRENT)?,
            next: decoded(folder, NEXT)?,
            previous: previous.transpose()?,
        })
    }
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
            master_key: master_key(folder)?,
            token_keys: TokenKeys::load(folder)?,
            session_key: symmetric(folder, "session-key")?,
            link_key: symmetric(folder, "link-key")?,
            request_key: symmetric(folder, "request-key")?,
            toss_secret_key: text(folder, "toss-secret-key")?,
            lemonsqueezy_api_key: text(folder, "lemonsqueezy-api-key")?,
            lemonsqueezy_webhook_secrets: text(folder, LEMONSQUEEZY_WEBHOOKS)?,
            toss_security_key: optional(folder, "toss-security-key")?,
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
    for name in [MASTER_KEY, "session-key", "link-key", "request-key"] {
        put(folder, name, &STANDARD.encode(random()?))?;
    }
    for name in [CURRENT, NEXT] {
        put(folder, name, &STANDARD.encode(token_key()?))?;
    }
    put(folder, "toss-secret-key", TOSS_SECRET_LOCAL)?;
    put(folder, "lemonsqueezy-api-key", LEMONSQUEEZY_KEY_LOCAL)?;
    put(folder, LEMONSQUEEZY_WEBHOOKS, &hex(&random()?[..WEBHOOK_SECRET_BYTES]))
}

/// Moves the keys of access tokens on by one: the next one signs from now on, the present one only
/// verifies, the one before it is gone. Services take that over when they start.
///
/// # Errors
/// A key is missing, or the folder cannot be written.
pub fn rotate_token_key(folder: &Path) -> anyhow::Result<()> {
    TokenKeys::load(folder)?;
    for (from, to) in [(CURRENT, PREVIOUS), (NEXT, CURRENT)] {
        fs::rename(folder.join(from), folder.join(to))
            .with_context(|| format!("make the secret {from} the secret {to}"))?;
    }
    put(folder, NEXT, &STANDARD.encode(token_key()?))
}

/// Draws a key for access tokens, as PKCS#8 DER.
///
/// # Errors
/// The system has no randomness to give.
pub fn token_key() -> anyhow::Result<Vec<u8>> {
    let key = Ed25519KeyPair::generate().context("draw a token key")?;
    Ok(key.to_pkcs8v1().context("write a token key")?.as_ref().to_vec())
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

/// The master keys, from `FOLIO_MASTER_KEY` if it is set, where a secret store hands them over so.
fn master_key(folder: &Path) -> anyhow::Result<String> {
    let keys = match std::env::var("FOLIO_MASTER_KEY") {
        Ok(keys) if !keys.is_empty() => keys,
        Ok(_) | Err(_) => text(folder, MASTER_KEY)?,
    };
    MasterKey::from_base64(&keys).context("the secret master-key")?;
    Ok(keys)
}

/// Puts a new master key before those that are there: it will wrap once the services have read
/// it, and the others still unwrap.
///
/// # Errors
/// There is none yet, there are too many, or the folder cannot be written.
pub fn add_master_key(folder: &Path) -> anyhow::Result<()> {
    let keys = format!("{}\n{}\n", STANDARD.encode(random()?), text(folder, MASTER_KEY)?);
    MasterKey::from_base64(&keys).context("add a master key")?;
    let (path, new) = (folder.join(MASTER_KEY), folder.join("master-key.new"));
    // Whole or not at all: without its master key nobody's data opens.
    keep(&new, &keys)?;
    ensure!(text(folder, "master-key.new")? == keys.trim(), "{} is in the way", new.display());
    fs::rename(&new, &path).with_context(|| format!("replace {}", path.display()))
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
    fn a_rotation_signs_with_the_key_that_was_published_and_keeps_the_old_one() {
        let folder = folder("rotated");
        init(&folder).unwrap();
        let before = TokenKeys::load(&folder).unwrap();
        rotate_token_key(&folder).unwrap();
        let after = TokenKeys::load(&folder).unwrap();
        assert_eq!(
            (&after.current, after.previous.as_ref()),
            (&before.next, Some(&before.current))
        );
        assert!(after.next != after.current);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_new_master_key_stands_before_the_old_one() {
        let folder = folder("master-keys");
        init(&folder).unwrap();
        let old = Secrets::load(&folder).unwrap().master_key;
        add_master_key(&folder).unwrap();
        let both = Secrets::load(&folder).unwrap().master_key;
        let [new, kept] = &both.lines().collect::<Vec<_>>()[..] else { panic!("{both}") };
        assert!(*kept == old.trim() && *new != old.trim());
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
