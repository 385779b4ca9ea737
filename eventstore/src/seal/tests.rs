//! What sealing promises, without a database.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use deadpool_postgres::{Manager, Pool};
use tokio_postgres::NoTls;
use uuid::Uuid;

use super::keyring::KEYS_MAX;
use super::{ERASED, Keyring, MasterKey, SealError, persons};

const FIELD: (&str, &str) = ("user.registered", "email");
const ANN: Uuid = Uuid::from_u128(1);
const BOB: Uuid = Uuid::from_u128(2);

fn master() -> MasterKey {
    MasterKey::from_base64("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap()
}

/// A keyring that has no database to ask.
fn keyring() -> Keyring {
    let manager = Manager::new(tokio_postgres::Config::new(), NoTls);
    Keyring::new(Pool::builder(manager).build().unwrap(), master())
}

#[test]
fn a_sealed_field_opens_with_its_persons_key_only() {
    let (key, other) = (master().new_person_key().unwrap(), master().new_person_key().unwrap());
    let sealed = master().seal_with(&key, ANN, FIELD, "ann@example.com").unwrap();
    let keyring = keyring();
    keyring.keys().put(ANN, Some(master().unwrap(&key).unwrap()));
    assert_eq!(keyring.open(&sealed, FIELD.0, FIELD.1).unwrap(), "ann@example.com");
    keyring.keys().put(ANN, Some(master().unwrap(&other).unwrap()));
    assert!(matches!(keyring.open(&sealed, FIELD.0, FIELD.1), Err(SealError::Broken { .. })));
}

#[test]
fn a_sealed_field_opens_nowhere_else() {
    let key = master().new_person_key().unwrap();
    let sealed = master().seal_with(&key, ANN, FIELD, "ann@example.com").unwrap();
    let keyring = keyring();
    for person in [ANN, BOB] {
        keyring.keys().put(person, Some(master().unwrap(&key).unwrap()));
    }
    assert!(keyring.open(&sealed, FIELD.0, "display_name").is_err());
    assert!(keyring.open(&sealed, "user.renamed", FIELD.1).is_err());
    let stolen = domain::Sealed { person: BOB, ..sealed };
    assert!(keyring.open(&stolen, FIELD.0, FIELD.1).is_err());
}

#[test]
fn a_destroyed_key_leaves_a_placeholder_and_an_unasked_one_a_fault() {
    let key = master().new_person_key().unwrap();
    let sealed = master().seal_with(&key, ANN, FIELD, "ann@example.com").unwrap();
    let keyring = keyring();
    assert!(matches!(keyring.open(&sealed, FIELD.0, FIELD.1), Err(SealError::NotLoaded(ANN))));
    keyring.keys().put(ANN, None);
    assert_eq!(keyring.open(&sealed, FIELD.0, FIELD.1).unwrap(), ERASED);
}

#[test]
fn equal_texts_have_different_ciphertexts() {
    let key = master().new_person_key().unwrap();
    let seal = || master().seal_with(&key, ANN, FIELD, "same").unwrap();
    assert_ne!(seal().ct, seal().ct);
}

#[test]
fn a_wrapped_key_opens_under_its_master_key_only() {
    let key = master().new_person_key().unwrap();
    let other = MasterKey::from_base64("ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=").unwrap();
    assert!(matches!(other.unwrap(&key), Err(SealError::Wrapped)));
    assert!(MasterKey::from_base64("dG9vIHNob3J0").is_err());
}

#[test]
fn the_newest_master_key_wraps_and_older_ones_still_unwrap() {
    const NEW: &str = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    let both = format!("{NEW}\nMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n");
    let (both, new) =
        (MasterKey::from_base64(&both).unwrap(), MasterKey::from_base64(NEW).unwrap());
    let key = master().new_person_key().unwrap();
    assert!(both.unwrap(&key).is_ok() && new.unwrap(&key).is_err());

    let rewrapped = both.rewrap(&key).unwrap().expect("it was wrapped by the older key");
    assert!(new.unwrap(&rewrapped).is_ok() && master().unwrap(&rewrapped).is_err());
    assert_eq!(both.rewrap(&rewrapped).unwrap(), None, "once is enough");
    assert!(matches!(new.rewrap(&key), Err(SealError::Wrapped)));
}

#[test]
fn keys_in_use_stay_and_the_others_go() {
    let keyring = keyring();
    let mut keys = keyring.keys();
    keys.put(ANN, None);
    for person in 0..KEYS_MAX as u128 {
        assert!(keys.unknown(&[ANN]).is_empty(), "it is used all the time");
        keys.put(Uuid::from_u128(1_000 + person), None);
    }
    assert_eq!(keys.unknown(&[ANN, BOB, BOB]), [BOB]);
    assert_eq!(keys.unknown(&[Uuid::from_u128(1_000)]), [Uuid::from_u128(1_000)]);
}

#[test]
fn the_persons_of_an_event_are_found_in_its_stored_text() {
    let payload = format!(
        "{{\"email\":{{\"$sealed\":\"{ANN}\",\"nonce\":\"\",\"ct\":\"\"}},\"memo\":null,\
        \"x\":{{\"$sealed\":\"{BOB}\",\"nonce\":\"\",\"ct\":\"\"}}}}"
    );
    assert_eq!(persons(&payload), [ANN, BOB]);
    assert!(persons("{\"note\":\"$sealed\"}").is_empty());
}
