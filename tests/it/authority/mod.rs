//! Who may do what: every operation against everybody (the table), and the stories behind it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod accounts;
mod audience;
pub(crate) mod cast;
mod keys;
mod table;
mod workers;

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::Value;

use audience::{Heard, Line, expected};
use cast::Cast;
use table::table;

/// Operation id -> method and path, from the document.
fn operations() -> BTreeMap<String, (Method, String)> {
    let document = serde_json::to_value(api::router::document()).unwrap();
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if let Some(id) = operation["operationId"].as_str() {
                let method = method.to_uppercase().parse().unwrap();
                operations.insert(id.to_owned(), (method, path.clone()));
            }
        }
    }
    operations
}

#[test]
fn every_operation_says_for_whom_it_is() {
    let (operations, table) = (operations(), table());
    let known: BTreeSet<&str> = operations.keys().map(String::as_str).collect();
    let told: BTreeSet<&str> = table.iter().map(|line| line.operation).collect();
    let missing: Vec<_> = known.difference(&told).collect();
    assert!(missing.is_empty(), "give these a line in tests/it/authority/table.rs: {missing:?}");
    let gone: Vec<_> = told.difference(&known).collect();
    assert!(gone.is_empty(), "these are in the table and not in the document: {gone:?}");
    assert_eq!(told.len(), table.len(), "one line each");
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_nothing_else() {
    let (cast, operations) = (Cast::assemble().await, operations());
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let client = client.unwrap();
    let mut wrong = Vec::new();
    for (who, credentials) in &cast.players {
        for line in table() {
            let (method, path) = &operations[line.operation];
            let url = format!("{}{}", cast.studio.app.url, cast.path(path));
            let status = ask(&client, (method, &url), credentials.as_deref(), &line).await;
            let (heard, should) = (Heard::of(status), expected(&line, *who));
            if heard != should && !(credentialless(&line) && heard != Heard::Silence) {
                wrong.push(format!("{} as {who:?}: {status}, not {should:?}", line.operation));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Operations that look at credentials of another kind, in the body, the path or a signature.
fn credentialless(line: &Line) -> bool {
    matches!(line.operation, "upload" | "download" | "receive_lemonsqueezy")
}

async fn ask(
    client: &reqwest::Client,
    (method, url): (&Method, &str),
    credentials: Option<&str>,
    line: &Line,
) -> u16 {
    let mut request = client.request(method.clone(), url);
    if let Some(credentials) = credentials {
        request = request.bearer_auth(credentials);
    }
    if *method != Method::GET {
        let key = uuid::Uuid::now_v7().to_string();
        request = request.header("Idempotency-Key", key).json::<Value>(&line.body);
    }
    // The body may be a stream without end; the status says it all.
    request.send().await.unwrap().status().as_u16()
}
