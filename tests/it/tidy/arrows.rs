//! Who may depend on whom (ARCHITECTURE.md, "The flow"), read from the manifests.

use super::source::{none, read};

/// Each package and those of ours it may name under `[dependencies]`.
const ARROWS: [(&str, &[&str]); 10] = [
    ("domain", &[]),
    ("eventstore-migrations", &[]),
    ("eventstore", &["domain"]),
    ("projections", &["domain", "eventstore"]),
    ("api", &["domain", "eventstore", "eventstore-migrations", "projections"]),
    ("replay-tool", &["domain", "eventstore", "projections"]),
    ("worker", &[]),
    ("demo", &[]),
    // It measures every part, the auditor's included.
    (
        "bench",
        &["domain", "eventstore", "eventstore-migrations", "projections", "api", "replay-tool"],
    ),
    ("tests", &[]),
];

/// What a pure domain needs; nothing here waits, opens a file or knows a protocol.
const DOMAIN: [&str; 9] = [
    "chrono",
    "cqrs-es",
    "rust_decimal",
    "serde",
    "serde_json",
    "thiserror",
    "unicode-normalization",
    "unicode-security",
    "uuid",
];

#[test]
fn dependencies_between_our_crates_point_one_way() {
    let names = ARROWS.map(|(name, _)| name);
    let mut offences = Vec::new();
    for (package, allowed) in ARROWS {
        for dependency in dependencies(&read(&format!("{package}/Cargo.toml"))) {
            let ours = names.contains(&dependency.as_str());
            if ours && !allowed.contains(&dependency.as_str()) {
                offences.push(format!("{package}/Cargo.toml: may not depend on {dependency}"));
            }
        }
    }
    none(&offences, "the arrows of ARCHITECTURE.md point one way:");
}

#[test]
fn every_package_of_the_workspace_has_its_arrows() {
    let members = read("Cargo.toml");
    let members = members.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    let members: Vec<&str> = members.split('"').skip(1).step_by(2).collect();
    let mut known = ARROWS.map(|(name, _)| name).to_vec();
    known.retain(|name| !members.contains(name));
    none(&known.iter().map(ToString::to_string).collect::<Vec<_>>(), "not a member:");
    assert_eq!(members.len(), ARROWS.len(), "a new package needs its arrows here: {members:?}");
}

#[test]
fn the_domain_depends_on_nothing_that_waits() {
    let mut offences = dependencies(&read("domain/Cargo.toml"));
    offences.retain(|dependency| !DOMAIN.contains(&dependency.as_str()));
    none(&offences, "domain/ is pure; whatever needs these belongs above it:");
}

#[test]
fn every_package_keeps_the_workspace_lints() {
    let mut offences: Vec<_> = ARROWS.map(|(package, _)| format!("{package}/Cargo.toml")).into();
    offences.retain(|manifest| !read(manifest).contains("[lints]\nworkspace = true"));
    none(&offences, "add `[lints] workspace = true`:");
}

#[test]
fn stored_json_keeps_the_order_it_is_written_in() {
    // With `preserve_order` the same value serialises to other bytes, and the hash covers bytes.
    // It can come in by any dependency, so the lock file is asked: only that feature pulls indexmap.
    let lock = read("Cargo.lock");
    let entry = lock.split("[[package]]").find(|entry| entry.contains("name = \"serde_json\"\n"));
    assert!(!entry.unwrap().contains("\"indexmap"), "serde_json is built with preserve_order");
}

/// The names under `[dependencies]` and `[build-dependencies]` of a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut section = "";
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if matches!(section, "[dependencies]" | "[build-dependencies]") {
            names.extend(line.split(['.', ' ', '=']).next().filter(|name| !name.is_empty()));
        }
    }
    names.into_iter().filter(|name| !name.starts_with('#')).map(str::to_owned).collect()
}
