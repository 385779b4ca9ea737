//! What is stored is read for ever: a file per event type holds samples of the stored text, one a
//! line, exactly as the log has them. A sample is never changed; a new field or a new word of a
//! field gets a new line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use domain::Event;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The stored texts kept for an event type.
fn samples(event_type: &str) -> Vec<String> {
    let path = golden().join(format!("{event_type}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn every_event_has_a_golden_file_and_every_golden_file_an_event() {
    let files: BTreeSet<String> = std::fs::read_dir(golden())
        .expect("tests/golden is there")
        .map(|entry| entry.expect("a readable entry").path())
        .map(|path| path.file_stem().expect("a named file").to_string_lossy().into_owned())
        .collect();
    let types: BTreeSet<String> = Event::types().into_iter().map(str::to_owned).collect();
    assert_eq!(types.len(), Event::types().len(), "every event type has a name of its own");
    assert_eq!(files, types);
}

#[test]
fn what_was_stored_once_is_read_and_written_alike_for_ever() {
    for event_type in Event::types() {
        let samples = samples(event_type);
        assert!(!samples.is_empty(), "{event_type} has no sample");
        for stored in samples {
            let event = Event::decode(event_type, &stored).expect(event_type);
            assert_eq!(event.type_name(), event_type);
            assert_eq!(event.encode().expect(event_type), stored, "{event_type}");
        }
    }
}

#[test]
fn a_stored_text_of_another_type_or_with_a_missing_field_is_never_read() {
    let held = &samples("wallet.held")[0];
    assert!(Event::decode("wallet.captured", held).is_err());
    assert!(Event::decode("wallet.unheard_of", held).is_err());
    assert!(Event::decode("purse.held", held).is_err());
    assert!(Event::decode("wallet.held", &held.replacen("\"hold\"", "\"grip\"", 1)).is_err());
}
