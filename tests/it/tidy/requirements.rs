//! `docs/requirements.md` names routes and tests; each of them exists.

use std::collections::BTreeSet;

use super::source::{none, read, sources};

const PATH: &str = "docs/requirements.md";
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The table's lines without its headings, in cells.
fn rows(page: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    page.lines().enumerate().filter_map(|(index, line)| {
        let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let cells: Vec<_> = line.split(" | ").collect();
        (cells[0] != "id").then_some((index + 1, cells))
    })
}

/// `METHOD path` of every operation of the OpenAPI document.
fn routes() -> BTreeSet<String> {
    let document = serde_json::to_value(api::router::document()).unwrap();
    let mut routes = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys().map(|method| method.to_uppercase());
        routes.extend(methods.map(|method| format!("{method} {path}")));
    }
    routes
}

/// Names of the functions under `#[test]` or `#[tokio::test…]`.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for file in sources(&["rs"]) {
        let mut awaited = false;
        for (_, line) in file.code() {
            let line = line.trim();
            awaited |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            let name = line.trim_start_matches("async ").strip_prefix("fn ");
            if let Some(name) = name.filter(|_| awaited) {
                tests.extend(name.split('(').next().map(str::to_owned));
                awaited = false;
            }
        }
    }
    tests
}

/// What is wrong with a page, one line each.
fn offences(page: &str, routes: &BTreeSet<String>, tests: &BTreeSet<String>) -> Vec<String> {
    let (mut offences, mut told) = (Vec::new(), BTreeSet::new());
    for (line, cells) in rows(page) {
        let mut say = |what: &str| offences.push(format!("{PATH}:{line}: {what}"));
        let [id, _, place, proofs] = cells[..] else {
            say("a line is id, what, where, proven by");
            continue;
        };
        if !told.insert(id) {
            say(&format!("{id} stands here twice"));
        }
        let is_route = |text: &&str| METHODS.contains(&text.split(' ').next().unwrap_or_default());
        for route in quoted(place).filter(is_route).filter(|route| !routes.contains(*route)) {
            say(&format!("no such route: {route}"));
        }
        for test in quoted(proofs).filter(|test| !tests.contains(*test)) {
            say(&format!("no such test: {test}"));
        }
        if quoted(proofs).next().is_none() {
            say(&format!("nothing proves {id}"));
        }
    }
    if told.is_empty() {
        offences.push(format!("{PATH}: no requirement at all"));
    }
    offences
}

#[test]
fn every_requirement_names_routes_and_tests_that_exist() {
    none(&offences(&read(PATH), &routes(), &tests()), "name what there is:");
}

#[test]
fn a_requirement_that_names_what_is_not_there_is_found() {
    let known = |name: &str| BTreeSet::from([name.to_owned()]);
    let wrong = |page: &str| offences(page, &known("GET /v1/me"), &known("it_works")).len();
    let fine = "| A | what | `GET /v1/me`, `folio migrate` | `it_works` |";
    assert_eq!(wrong(fine), 0);
    assert_eq!(wrong(&fine.replace("/me", "/you")), 1, "a route");
    assert_eq!(wrong(&fine.replace("it_works", "it_worked")), 1, "a test");
    assert_eq!(wrong(&fine.replace("`it_works`", "trust")), 1, "no proof");
    assert_eq!(wrong("| A | what | `it_works` |"), 2, "a cell is missing, so nothing is told");
    assert_eq!(wrong(&format!("{fine}\n{fine}")), 1, "told twice");
    assert_eq!(wrong("| id | what | where | proven by |"), 1, "an empty table");
}
