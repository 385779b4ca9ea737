//! RS256, as Google signs its id tokens.

use anyhow::Context as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const KID: &str = "stand-in-1";

/// One key.
#[derive(Debug)]
pub struct Signing(KeyPair);

impl Signing {
    /// A fresh one.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn draw() -> anyhow::Result<Self> {
        KeyPair::generate(KeySize::Rsa2048).map(Self).context("draw an RSA key")
    }

    /// The public half, as a JSON Web Key.
    pub fn public(&self) -> Value {
        let key = self.0.public_key();
        let encoded = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
        let n = encoded(key.modulus().big_endian_without_leading_zero());
        let e = encoded(key.exponent().big_endian_without_leading_zero());
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KID, "n": n, "e": e})
    }

    /// A token that says this.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn sign(&self, claims: &Value) -> anyhow::Result<String> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": KID});
        let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encoded(&header), encoded(claims));
        let mut signature = vec![0; self.0.public_modulus_len()];
        let signed = self.0.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        );
        signed.context("sign an id token")?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
