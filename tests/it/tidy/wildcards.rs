//! A new event must be seen by everybody who reads events: no catch-all arm on an event enum.

use super::source::{blank, body_of, none, sources};

/// Where events are read.
const READERS: [&str; 6] = ["domain", "eventstore", "projections", "api", "replay-tool", "bench"];

#[test]
fn no_match_on_an_event_has_a_catch_all_arm() {
    let mut offences = Vec::new();
    for file in sources(&["rs"]).iter().filter(|file| READERS.contains(&file.package())) {
        let events_are_self = file.path.ends_with("/event.rs");
        for (line, pattern) in catch_alls(&file.text, events_are_self) {
            offences.push(file.at(line, &format!("`{pattern} =>` among events")));
        }
    }
    none(&offences, "name every event of the enum:");
}

/// The catch-all arms of matches whose other arms name a variant of an event enum: line, pattern.
fn catch_alls(text: &str, events_are_self: bool) -> Vec<(usize, String)> {
    let code = blank(text);
    let mut found = Vec::new();
    for (at, _) in code.match_indices("match ") {
        let glued = code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let Some(body) = (!glued).then(|| body_of(&code[at..])).flatten() else { continue };
        let patterns = patterns(&code[at + body..]);
        let names_event = |pattern: &str| {
            pattern.contains("Event::") || (events_are_self && pattern.contains("Self::"))
        };
        if !patterns.iter().any(|(_, pattern)| names_event(pattern)) {
            continue;
        }
        for (offset, pattern) in patterns.iter().filter(|(_, pattern)| catches_all(pattern)) {
            let line = code[..at + body + offset].matches('\n').count() + 1;
            found.push((line, pattern.clone()));
        }
    }
    found
}

/// `_`, `other`, and either with a guard.
fn catches_all(pattern: &str) -> bool {
    let name = pattern.split(" if ").next().unwrap_or_default().trim();
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// The patterns of a match, given what follows its opening brace, with their offsets.
fn patterns(body: &str) -> Vec<(usize, String)> {
    let (mut depth, mut in_pattern, mut begin) = (0_i32, true, 0);
    let mut found = Vec::new();
    for (offset, c) in body.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            '=' if depth == 0 && in_pattern && body[offset..].starts_with("=>") => {
                let pattern = body[begin..offset].trim();
                let skipped = body[begin..offset].len() - body[begin..offset].trim_start().len();
                found.push((begin + skipped, pattern.trim_start_matches("| ").to_owned()));
                in_pattern = false;
            }
            _ => {}
        }
        let ends_arm = depth == 0 && !in_pattern && matches!(c, ',' | '}');
        if ends_arm {
            (in_pattern, begin) = (true, offset + 1);
        } else if in_pattern && depth == 0 && c == ',' {
            begin = offset + 1; // The comma behind a block.
        }
    }
    found
}

#[test]
fn the_rule_sees_a_catch_all_wherever_it_stands() {
    let hidden = "match event {\n    WalletEvent::Held { hold, .. } => {\n        at(hold)\n    }\n    _ => {}\n}";
    assert_eq!(catch_alls(hidden, false), [(5, "_".to_owned())]);
    let bound = "match e { Event::User(_) => one(|x| x), other => two(other) }";
    assert_eq!(catch_alls(bound, false), [(1, "other".to_owned())]);
    let own = "match self { Self::Held { .. } => 1, _ => 2 }";
    assert_eq!(catch_alls(own, true), [(1, "_".to_owned())]);
    assert!(catch_alls(own, false).is_empty());
    let nested = "match event { WalletEvent::Held { kind, .. } => match kind { 1 => a, _ => b }, WalletEvent::Earned { .. } => c }";
    assert!(catch_alls(nested, false).is_empty());
    let command = "match command { Open => vec![WalletEvent::Held { a }], _ => vec![] }";
    assert!(catch_alls(command, false).is_empty());
}
