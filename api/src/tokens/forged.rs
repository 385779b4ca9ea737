//! Forged and confused tokens (S2): each is refused as invalid or expired, and none twice
//! differently because it was seen before.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::*;
use crate::secrets::token_key;

/// Signs whatever it is told to, with our key or another.
struct Forger {
    now: DateTime<Utc>,
    ours: Ed25519KeyPair,
    theirs: Ed25519KeyPair,
    /// Our own header, as it is written and as it is read.
    written: String,
    header: Value,
    claims: Value,
}

impl Forger {
    fn of(tokens: &Tokens, key: &[u8]) -> Self {
        let now = Utc::now();
        let good = tokens.keys.sign(&claims_at(now)).unwrap();
        let part = |at: usize| -> Value {
            let text = good.split('.').nth(at).unwrap();
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
        };
        assert!(tokens.verify(&good, now).is_ok(), "the token that is bent is a good one");
        Self {
            now,
            ours: Ed25519KeyPair::from_pkcs8(key).unwrap(),
            theirs: Ed25519KeyPair::generate().unwrap(),
            written: good.split('.').next().unwrap().to_owned(),
            header: part(0),
            claims: part(1),
        }
    }

    /// Our key over this text of a header and these claims.
    fn signed(&self, header: &str, claims: &Value) -> String {
        sign(&self.ours, header, &claims.to_string())
    }

    /// Our header with other members, our signature.
    fn header(&self, change: &Value) -> String {
        self.signed(&merged(&self.header, change).to_string(), &self.claims)
    }

    /// Our header as it is written, other claims, our signature.
    fn claims(&self, change: &Value) -> String {
        self.text(&merged(&self.claims, change).to_string())
    }

    /// Our header as it is written, this text of claims, our signature.
    fn text(&self, claims: &str) -> String {
        self.by(&self.ours, claims)
    }

    /// Our header as it is written, this text of claims, and whose signature.
    fn by(&self, key: &Ed25519KeyPair, claims: &str) -> String {
        let rest = format!("{}.{}", self.written, URL_SAFE_NO_PAD.encode(claims));
        let signature = key.sign(rest.as_bytes());
        format!("{rest}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A good token.
    fn good(&self) -> String {
        self.text(&self.claims.to_string())
    }

    /// Signed with HMAC under a key that everybody knows.
    fn symmetric(&self, key: &[u8]) -> String {
        let header = merged(&self.header, &json!({"alg": "HS256"})).to_string();
        let rest = unsigned(&header, &self.claims.to_string());
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), rest.as_bytes());
        format!("{rest}.{}", URL_SAFE_NO_PAD.encode(tag))
    }
}

fn claims_at(now: DateTime<Utc>) -> Claims {
    let mut claims = Claims::sample();
    (claims.iat, claims.nbf) = (now.timestamp(), now.timestamp());
    claims.exp = claims.iat + ACCESS_SECONDS;
    claims
}

fn unsigned(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

fn sign(key: &Ed25519KeyPair, header: &str, claims: &str) -> String {
    let rest = unsigned(header, claims);
    let signature = key.sign(rest.as_bytes());
    format!("{rest}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A JSON object with other members; null removes one.
fn merged(object: &Value, change: &Value) -> Value {
    let mut object = object.clone();
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(object.as_object_mut().unwrap().remove(name)),
            value => object[name.as_str()] = value.clone(),
        }
    }
    object
}

fn of_headers(forger: &Forger) -> Vec<(&'static str, String)> {
    let public = forger.ours.public_key().as_ref();
    let text = forger.header.to_string();
    let x = URL_SAFE_NO_PAD.encode(forger.theirs.public_key().as_ref());
    let their_jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
    let claims = forger.claims.to_string();
    let carrying_key = merged(&forger.header, &json!({"jwk": their_jwk})).to_string();
    let two_algorithms = text.replacen('{', r#"{"alg":"none","#, 1);
    vec![
        ("no algorithm, no signature", {
            let none = merged(&forger.header, &json!({"alg": "none"})).to_string();
            format!("{}.", unsigned(&none, &claims))
        }),
        ("no algorithm, our signature", forger.header(&json!({"alg": "none"}))),
        ("None, written otherwise", forger.header(&json!({"alg": "nOnE"}))),
        ("no algorithm named at all", forger.header(&json!({"alg": null}))),
        ("HS256 with the public key", forger.symmetric(public)),
        ("HS256 with the public key as text", {
            forger.symmetric(URL_SAFE_NO_PAD.encode(public).as_bytes())
        }),
        ("HS256 with an empty key", forger.symmetric(b"")),
        ("RS256 named, Ed25519 used", forger.header(&json!({"alg": "RS256"}))),
        ("ES256 named, Ed25519 used", forger.header(&json!({"alg": "ES256"}))),
        ("two algorithms", forger.signed(&two_algorithms, &forger.claims)),
        ("a kid that is a path", forger.header(&json!({"kid": "../../../../dev/null"}))),
        ("a kid that is SQL", forger.header(&json!({"kid": "' or '1'='1"}))),
        ("a kid nobody has", forger.header(&json!({"kid": "of-another-key"}))),
        ("no kid", forger.header(&json!({"kid": null}))),
        ("a kid that is a number", forger.header(&json!({"kid": 1}))),
        ("its own key in jwk", sign(&forger.theirs, &carrying_key, &claims)),
        ("a key elsewhere in jku", forger.header(&json!({"jku": "https://evil.example/jwks"}))),
        ("a certificate elsewhere", forger.header(&json!({"x5u": "https://evil.example/x5u"}))),
        ("a certificate of its own", forger.header(&json!({"x5c": ["MIIB"]}))),
        ("a critical extension", forger.header(&json!({"crit": ["exp"]}))),
        ("unencoded payload", forger.header(&json!({"b64": false, "crit": ["b64"]}))),
        ("typ of an ID token", forger.header(&json!({"typ": "JWT"}))),
        ("typ of nothing", forger.header(&json!({"typ": null}))),
        ("another key, our header", forger.by(&forger.theirs, &claims)),
        ("a header that is no JSON", sign(&forger.ours, "EdDSA", &claims)),
    ]
}

fn of_claims(forger: &Forger) -> Vec<(&'static str, String)> {
    let now = forger.now.timestamp();
    let future = now + SKEW_SECONDS_MAX + 60;
    let written = forger.claims.to_string();
    let two_subjects =
        written.replacen('{', r#"{"sub":"00000000-0000-0000-0000-000000000009","#, 1);
    vec![
        ("another issuer", forger.claims(&json!({"iss": "https://accounts.google.com"}))),
        ("no issuer", forger.claims(&json!({"iss": null}))),
        ("another audience", forger.claims(&json!({"aud": "folio-web"}))),
        ("no audience", forger.claims(&json!({"aud": null}))),
        ("no subject", forger.claims(&json!({"sub": null}))),
        ("a subject that is no id", forger.claims(&json!({"sub": "admin"}))),
        ("two subjects", forger.text(&two_subjects)),
        ("no session", forger.claims(&json!({"sid": null}))),
        ("no end", forger.claims(&json!({"exp": null}))),
        ("an end that is text", forger.claims(&json!({"exp": "never"}))),
        ("expired", forger.claims(&json!({"iat": now - 700, "nbf": now - 700, "exp": now - 1}))),
        ("a life longer than any of ours", forger.claims(&json!({"exp": now + 86_400}))),
        ("issued in the future", forger.claims(&json!({"iat": future}))),
        ("good only in the future", forger.claims(&json!({"nbf": future}))),
        ("no beginning", forger.claims(&json!({"nbf": null}))),
        ("a role nobody has", forger.claims(&json!({"roles": ["god"]}))),
        ("a claim of its own", forger.claims(&json!({"admin": true}))),
        ("claims that are a list", forger.text("[]")),
    ]
}

fn of_shape(forger: &Forger) -> Vec<(&'static str, String)> {
    let good = forger.good();
    let parts: Vec<&str> = good.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    let more = merged(&forger.claims, &json!({"roles": ["admin", "support"]})).to_string();
    vec![
        ("nothing", String::new()),
        ("two dots", "..".to_owned()),
        ("a megabyte", "a".repeat(1 << 20)),
        ("a megabyte after a good token", format!("{good}{}", "a".repeat(1 << 20))),
        ("cut in the signature", good[..good.len() - 3].to_owned()),
        ("without signature", format!("{header}.{claims}.")),
        ("without the last part", format!("{header}.{claims}")),
        ("with a part too many", format!("{good}.{signature}")),
        ("with padding", format!("{good}==")),
        ("with a blank inside", format!("{header}.{claims}. {signature}")),
        ("other claims, old signature", {
            format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(more))
        }),
        ("a signature of zeros", format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([0; 64]))),
    ]
}

#[test]
fn no_forged_or_confused_token_is_believed() {
    let key = token_key().unwrap();
    let keys = TokenKeys { current: key.clone(), next: token_key().unwrap(), previous: None };
    let tokens = Tokens::new(&keys).unwrap();
    let forger = Forger::of(&tokens, &key);
    assert!(tokens.verify(&forger.good(), forger.now).is_ok(), "the forger signs as we do");
    let cases = [of_headers(&forger), of_claims(&forger), of_shape(&forger)].concat();
    assert!(cases.len() >= 40);
    for (name, token) in cases {
        let expected = if name == "expired" { TokenError::Expired } else { TokenError::Invalid };
        for attempt in ["first", "second"] {
            assert_eq!(tokens.verify(&token, forger.now), Err(expected), "{name}, {attempt} time");
        }
    }
}
