//! Words, names and sizes that must not appear, with what to do instead.

use super::source::{Source, blank, body_of, none, sources};

const LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
/// Flat matches over every event of a large context, with the lines they have; these only shrink.
const LONG_MATCHES: [(&str, usize); 2] =
    [("projections/src/generations/mod.rs", 89), ("projections/src/purchases/mod.rs", 78)];

/// A word that a part of the tree must not contain.
struct Ban {
    word: &'static str,
    instead: &'static str,
}

const fn ban(word: &'static str, instead: &'static str) -> Ban {
    Ban { word, instead }
}

/// In `domain/` and `projections/`: a decision and a rebuild give the same result every time.
const CLOCK_AND_CHANCE: [Ban; 13] = [
    ban("Utc::now", "take the time from the command or the event"),
    ban("Local::now", "take the time from the command or the event"),
    ban("SystemTime::now", "take the time from the command or the event"),
    ban("Instant::now", "measure in the caller"),
    ban("Uuid::now_v7", "take the id from the command"),
    ban("Uuid::new_v4", "take the id from the command"),
    ban("rand::", "take the value from the command"),
    ban("now()", "take the time from the event"),
    ban("clock_timestamp", "take the time from the event"),
    ban("current_timestamp", "take the time from the event"),
    ban("current_date", "take the time from the event"),
    ban("random()", "take the value from the event"),
    ban("gen_random_uuid", "take the id from the event"),
];

/// Everywhere.
const EVERYWHERE: [Ban; 2] =
    [ban("FIXME", "mend it, or open an issue"), ban("TODO", "do it, or open an issue")];

/// In what is shipped; a test may compare whole rows.
const SHIPPED: [Ban; 1] = [ban("select * ", "name the columns")];

/// In libraries: a service's output is its log.
const PRINTING: [Ban; 3] = [
    ban("println!", "use tracing"),
    ban("eprintln!", "use tracing"),
    ban("print!(", "use tracing"),
];

/// Tables and functions that only the log's own crates may name.
const LOG: [&str; 11] = [
    "log",
    "blocks",
    "batches",
    "events",
    "commands",
    "outcomes",
    "claims",
    "snapshots",
    "append",
    "resolve",
    "head",
];

/// Names that fit anywhere say nothing.
const EMPTY_NAMES: [&str; 9] =
    ["utils", "util", "helpers", "helper", "common", "manager", "misc", "shared", "types"];

#[test]
fn decisions_and_projections_know_no_clock_and_no_chance() {
    let files = sources(&["rs", "sql"]);
    let pure = files.iter().filter(|file| matches!(file.package(), "domain" | "projections"));
    none(&offences(pure, &CLOCK_AND_CHANCE), "these must give the same result every time:");
}

#[test]
fn nothing_is_left_for_later() {
    let files = sources(&["rs", "sql", "sh", "toml"]);
    none(&offences(files.iter(), &EVERYWHERE), "banned everywhere:");
}

#[test]
fn every_select_names_its_columns() {
    let files = sources(&["rs", "sql"]);
    let shipped = files.iter().filter(|file| file.package() != "tests");
    none(&offences(shipped, &SHIPPED), "a column that is added must not change what is read:");
}

#[test]
fn libraries_do_not_print() {
    let files = sources(&["rs"]);
    let libraries = files.iter().filter(|file| {
        let library =
            ["domain", "eventstore", "eventstore-migrations", "projections", "api", "worker"]
                .contains(&file.package());
        let says_why = file.text.contains("expect(clippy::print_stdout, reason");
        library && !says_why && !file.path.ends_with("/main.rs")
    });
    none(&offences(libraries, &PRINTING), "libraries do not print:");
}

#[test]
fn only_the_event_store_names_the_tables_of_the_log() {
    let packages = ["domain", "projections", "api", "replay-tool", "worker", "demo"];
    let mut offences = Vec::new();
    for file in sources(&["rs", "sql"]).iter().filter(|file| packages.contains(&file.package())) {
        for (line, code) in file.code() {
            offences.extend(names_of_the_log(code).map(|name| file.at(line, &name)));
        }
    }
    none(&offences, "ask eventstore instead:");
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let files = sources(&["rs"]);
    let long = files.iter().filter(|file| file.text.lines().count() > LINES_MAX);
    let offences: Vec<_> =
        long.map(|file| format!("{}: {} lines", file.path, file.text.lines().count())).collect();
    none(&offences, &format!("more than {LINES_MAX} lines, split by what they do:"));
}

#[test]
fn no_function_is_longer_than_a_screen() {
    let mut offences = Vec::new();
    for file in sources(&["rs"]) {
        let excused = LONG_MATCHES.iter().find(|(path, _)| *path == file.path);
        let longest = excused.map_or(FUNCTION_LINES_MAX, |(_, lines)| *lines);
        for (line, lines) in functions(&blank(&file.text)) {
            if lines > longest {
                offences.push(file.at(line, &format!("{lines} lines")));
            }
        }
    }
    none(&offences, &format!("more than {FUNCTION_LINES_MAX} lines, split by what they do:"));
}

#[test]
fn every_file_is_named_after_what_is_in_it() {
    let files = sources(&["rs"]);
    let empty = files
        .iter()
        .filter(|file| file.path.split(['/', '.']).any(|part| EMPTY_NAMES.contains(&part)));
    none(&empty.map(|file| file.path.clone()).collect::<Vec<_>>(), "name it after its noun:");
}

fn offences<'a>(files: impl Iterator<Item = &'a Source>, bans: &[Ban]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (line, code) in file.code() {
            for Ban { word, instead } in bans.iter().filter(|ban| holds(code, ban.word)) {
                found.push(file.at(line, &format!("`{word}`: {instead}")));
            }
        }
    }
    found
}

/// Whether the word stands in the code, not as the end of a longer name.
fn holds(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    })
}

/// Names like `es.events` in a line.
fn names_of_the_log(code: &str) -> impl Iterator<Item = String> {
    LOG.iter().map(|table| format!("es.{table}")).filter(move |name| {
        code.match_indices(name.as_str()).any(|(at, _)| {
            let glued = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            !code[..at].ends_with(glued) && !code[at + name.len()..].starts_with(glued)
        })
    })
}

/// Where each function begins and how many lines it has, given blanked code.
fn functions(code: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let glued = code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let Some(body) = (!glued).then(|| body_of(&code[at..])).flatten() else { continue };
        let mut depth = 1;
        let end = code[at + body..].char_indices().find(|(_, c)| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0
        });
        let end = end.map_or(code.len(), |(offset, _)| at + body + offset);
        let first = code[..at].matches('\n').count() + 1;
        found.push((first, code[at..end].matches('\n').count() + 1));
    }
    found
}

#[test]
fn the_rules_see_what_they_forbid() {
    assert!(holds("let at = Utc::now();", "Utc::now"));
    assert!(!holds("let brand::Name = x;", "rand::"));
    assert!(holds("\"select * from wallets\"", "select * "));
    assert_eq!(functions("trait T { fn a(&self); fn b() {\n\n} }"), [(1, 3)]);
    assert_eq!(names_of_the_log("from es.events e").next().as_deref(), Some("es.events"));
    assert_eq!(names_of_the_log("from es_compat.events, notes.events, es.events_v2").next(), None);
}
