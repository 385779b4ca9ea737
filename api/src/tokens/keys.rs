//! The keys of access tokens and statements: one signs, all verify, and the next one is published before it signs,
//! so that rotation refuses nobody (`folio secrets rotate-token-key`).

use anyhow::Context as _;
use aws_lc_rs::digest;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, crypto};
use serde_json::{Value, json};

use super::claims::Claims;
use crate::secrets::TokenKeys;

/// The type of our tokens, so that no other JWT of ours passes for one (RFC 9068).
const TYPE: &str = "at+jwt";

/// See the module.
pub struct Keys {
    signing: EncodingKey,
    header: Header,
    verifying: Vec<Verifying>,
}

/// One that verifies.
struct Verifying {
    /// The first part of every token it signed, byte for byte.
    header: String,
    key: DecodingKey,
    jwk: Value,
}

impl Keys {
    /// From PKCS#8 documents of Ed25519 keys.
    ///
    /// # Errors
    /// One is no such document.
    pub fn new(keys: &TokenKeys) -> anyhow::Result<Self> {
        let (header, current) = verifying(&keys.current)?;
        let mut all = vec![current];
        for other in [Some(&keys.next), keys.previous.as_ref()].into_iter().flatten() {
            all.push(verifying(other)?.1);
        }
        Ok(Self { signing: EncodingKey::from_ed_der(&keys.current), header, verifying: all })
    }

    /// A signed token.
    ///
    /// # Errors
    /// Signing failed: a fault of ours.
    pub fn sign(&self, claims: &Claims) -> anyhow::Result<String> {
        jsonwebtoken::encode(&self.header, claims, &self.signing).context("sign an access token")
    }

    /// A detached signature of a document: `<header>..<signature>` (RFC 7515, appendix F). The type
    /// in the header says what it signs, so that it never passes for a token's.
    ///
    /// # Errors
    /// Signing failed: a fault of ours.
    pub fn sign_document(&self, kind: &str, document: &[u8]) -> anyhow::Result<String> {
        let header = Header { typ: Some(kind.to_owned()), ..self.header.clone() };
        let header = serde_json::to_vec(&header).context("write a signature's header")?;
        let header = URL_SAFE_NO_PAD.encode(header);
        let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(document));
        let signature = crypto::sign(message.as_bytes(), &self.signing, Algorithm::EdDSA);
        Ok(format!("{header}..{}", signature.context("sign a document")?))
    }

    /// The key that made a token, by its header: that must be one we write, to the byte. So nothing
    /// in it is ever interpreted: no algorithm, no key id, no key or URL it may carry.
    pub fn of(&self, token: &str) -> Option<&DecodingKey> {
        let header = token.split('.').next()?;
        self.verifying.iter().find(|one| one.header == header).map(|one| &one.key)
    }

    /// All public halves as a JSON Web Key Set.
    pub fn public(&self) -> Value {
        let keys: Vec<&Value> = self.verifying.iter().map(|one| &one.jwk).collect();
        json!({ "keys": keys })
    }
}

fn verifying(pkcs8: &[u8]) -> anyhow::Result<(Header, Verifying)> {
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8).context("a token key is no Ed25519 key")?;
    let public = pair.public_key().as_ref();
    let x = URL_SAFE_NO_PAD.encode(public);
    let kid = thumbprint(&x);
    let header = Header {
        typ: Some(TYPE.to_owned()),
        kid: Some(kid.clone()),
        ..Header::new(Algorithm::EdDSA)
    };
    let written = serde_json::to_vec(&header).context("write a token's header")?;
    let verifying = Verifying {
        header: URL_SAFE_NO_PAD.encode(written),
        key: DecodingKey::from_ed_der(public),
        jwk: json!({
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x,
        }),
    };
    Ok((header, verifying))
}

/// A key's name: the hash of its public half (RFC 7638, RFC 8037).
fn thumbprint(x: &str) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()))
}
