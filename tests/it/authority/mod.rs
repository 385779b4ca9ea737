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

use audience::{Audience, Heard, Line, expected};
use cast::Cast;
use table::table;

/// What the document says of an operation.
struct Documented {
    method: Method,
    path: String,
    takes_key: bool,
    is_for_strangers: bool,
}

impl Documented {
    fn of(method: &str, path: &str, operation: &Value) -> Self {
        let has = |list: &str, it: &dyn Fn(&Value) -> bool| {
            operation[list].as_array().is_some_and(|list| list.iter().any(it))
        };
        Self {
            method: method.to_uppercase().parse().unwrap(),
            path: path.to_owned(),
            takes_key: has("parameters", &|parameter| parameter["name"] == "Idempotency-Key"),
            is_for_strangers: has("security", &|scheme| *scheme == serde_json::json!({})),
        }
    }
}

/// Operation id -> what the document says of it.
fn operations() -> BTreeMap<String, Documented> {
    let document = serde_json::to_value(api::router::document()).unwrap();
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if let Some(id) = operation["operationId"].as_str() {
                operations.insert(id.to_owned(), Documented::of(method, path, operation));
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

#[test]
fn whoever_may_look_without_credentials_is_told() {
    let operations = operations();
    for line in table() {
        let may_look = matches!(line.audience, Audience::Look | Audience::LookOwn);
        assert_eq!(operations[line.operation].is_for_strangers, may_look, "{}", line.operation);
    }
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_nothing_else() {
    let (cast, operations) = (Cast::assemble().await, operations());
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let client = client.unwrap();
    let mut wrong = Vec::new();
    for (who, credentials) in &cast.players {
        for line in table() {
            let operation = &operations[line.operation];
            let url = format!("{}{}", cast.studio.app.url, cast.path(&operation.path));
            let status = ask(&client, (operation, &url), credentials.as_deref(), &line).await;
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
    (operation, url): (&Documented, &str),
    credentials: Option<&str>,
    line: &Line,
) -> u16 {
    let mut request = client.request(operation.method.clone(), url);
    if let Some(credentials) = credentials {
        request = request.bearer_auth(credentials);
    }
    if operation.takes_key {
        request = request.header("Idempotency-Key", uuid::Uuid::now_v7().to_string());
    }
    if operation.method != Method::GET {
        request = request.json::<Value>(&line.body);
    }
    // The body may be a stream without end; the status says it all.
    request.send().await.unwrap().status().as_u16()
}
