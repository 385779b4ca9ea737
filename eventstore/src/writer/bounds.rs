//! What one unit may be, checked in bytes before it can spoil a batch (log protocol, B2).

use domain::work::{CLAIM_VALUE_BYTES_MAX, Changes, ClaimChange, VaultChange};

use crate::command::Key;

/// Events of one unit.
const EVENTS_MAX: usize = 64;
/// Payloads and vault records of one unit.
const BYTES_MAX: usize = 256 << 10;
/// [`Key::scope`].
const SCOPE_BYTES_MAX: usize = 200;
/// [`Key::key`].
const KEY_BYTES_MAX: usize = 255;

/// Checks a key.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check_key(key: &Key) -> Result<(), String> {
    text("the key's scope", &key.scope, SCOPE_BYTES_MAX)?;
    text("the key", &key.key, KEY_BYTES_MAX)
}

/// Checks what a unit would write.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(changes: &Changes) -> Result<(), String> {
    if changes.events.len() > EVENTS_MAX {
        return Err(format!("{} events, at most {EVENTS_MAX}", changes.events.len()));
    }
    let mut bytes = 0;
    for event in &changes.events {
        bytes += event.payload.len();
        if has_nul(&event.payload) {
            return Err(format!("{} contains U+0000", event.event_type));
        }
    }
    for change in &changes.claims {
        let (ClaimChange::Take { scope, value, .. } | ClaimChange::Release { scope, value, .. }) =
            change;
        text(scope, value, CLAIM_VALUE_BYTES_MAX)?;
    }
    for change in &changes.vault {
        match change {
            VaultChange::Keep { kind, key, bytes: kept, .. } => {
                text(kind, key, KEY_BYTES_MAX)?;
                bytes += kept.len();
            }
            VaultChange::Forget { kind, key } => text(kind, key, KEY_BYTES_MAX)?,
        }
    }
    if bytes > BYTES_MAX { Err(format!("{bytes} bytes, at most {BYTES_MAX}")) } else { Ok(()) }
}

fn text(what: &str, text: &str, bytes_max: usize) -> Result<(), String> {
    if text.len() > bytes_max {
        return Err(format!("{what} has {} bytes, at most {bytes_max}", text.len()));
    }
    if text.contains('\0') {
        return Err(format!("{what} contains U+0000"));
    }
    Ok(())
}

/// Whether a JSON text contains U+0000, which Postgres stores as `json` but cannot read back as
/// text. Serialized, it can only appear escaped, after an even number of backslashes.
pub(super) fn has_nul(json: &str) -> bool {
    json.match_indices("\\u0000").any(|(at, _)| {
        let before = json.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\');
        before.count() % 2 == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_nul_is_found_and_an_escaped_backslash_is_not_mistaken_for_one() {
        assert!(has_nul(r#"{"name":"a\u0000b"}"#));
        assert!(has_nul(r#"{"name":"\\\u0000"}"#));
        assert!(!has_nul(r#"{"name":"\\u0000"}"#));
        assert!(!has_nul(r#"{"name":"u0000"}"#));
    }

    #[test]
    fn a_key_is_bounded_in_bytes() {
        assert!(text("the key", &"é".repeat(127), KEY_BYTES_MAX).is_ok());
        assert!(text("the key", &"é".repeat(128), KEY_BYTES_MAX).is_err());
    }
}
